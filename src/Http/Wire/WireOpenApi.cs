using Microsoft.AspNetCore.Builder;
using Microsoft.OpenApi;

namespace SnapshotTasks;

/// <summary>Describes the routes for the OpenAPI document of whatever host generates one.</summary>
internal static class WireOpenApi
{
    private const string EventPlace = "^(now|([0-9a-f]{1,16}-){3}[0-9a-f]{1,16})$";
    private const string Json = "application/json", Ours = "An addition of this server, which the vendor's interface does not have.";

    public static TBuilder DescribeCreate<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "CreateThumbnailsTask", "Queues a snapshot task.", (operation, reference) =>
    {
        operation.Parameters!.Add(Parameter(RequestReading.KeyHeader, WireSchemas.IdempotencyKey("The caller's name for this create: sent again with the same request, it gives the same task."), ParameterLocation.Header));
        operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Content(reference("CreateThumbnailsReq")) };
        operation.Responses!["202"] = Answer("The task is queued, or with sync it has run; with a key it may be that of an earlier create.", reference("CreateThumbnailsResp"));
        operation.Responses["413"] = Answer("The body is too large.", reference("Error"));
        operation.Responses["415"] = Answer("The content type is not application/json.", reference("Error"));
    });

    public static TBuilder DescribeQuery<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "ListThumbnailsTask", "Finds tasks by id, or a page of tasks, newest first.", (operation, reference) =>
    {
        operation.Parameters = [.. operation.Parameters!.Where(parameter => parameter.In == ParameterLocation.Path),
            Query(QueryFields.TaskId, WireSchemas.List("The tasks; with it the other parameters are ignored.", WireSchemas.TaskId, 1, FindSnapshotTasks.MaxIds)),
            Query(QueryFields.Status, WireSchemas.Status([.. WireStatus.Words])),
            Query(QueryFields.StartTime, WireSchemas.Time),
            Query(QueryFields.EndTime, WireSchemas.Time),
            Query(QueryFields.Include, WireSchemas.List("What else is said of each task; with task_id.", WireSchemas.Words("A part.", QueryFields.Place))),
            Query(QueryFields.Page),
            Query(QueryFields.Size),
            Query(QueryFields.NextName, WireSchemas.Text(QueryFields.Next.Sentence, QueryFields.Next.MaxLength, QueryFields.Next.Pattern))];
        operation.Responses!["200"] = Answer("The tasks.", reference("ListThumbnailsResp"));
    });

    public static TBuilder DescribeCancel<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "DeleteThumbnailsTask", "Cancels a task as long as it is queued.", (operation, _) =>
    {
        var task = Query(QueryFields.TaskId, WireSchemas.TaskId);
        task.Required = true;
        operation.Parameters = [.. operation.Parameters!.Where(parameter => parameter.In == ParameterLocation.Path), task];
        operation.Responses!["204"] = new OpenApiResponse { Description = "The task is cancelled and never runs.", Headers = RequestIdHeader };
    });

    public static TBuilder DescribeCancelMany<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "CancelThumbnailsTasks", "Cancels many tasks, as far as they are queued, each with an outcome.", (operation, reference) =>
    {
        operation.Description =
            $"{Ours} With task_ids the tasks are cancelled and answered at once. With filter those that match are counted and written down for a day, and none is cancelled; "
            + "cancellation_id then cancels exactly these. It goes on for some seconds at most: send it again until nothing remains.";
        operation.Parameters!.Add(Parameter(
            RequestReading.KeyHeader,
            WireSchemas.IdempotencyKey("The caller's name for this cancellation: sent again with the same task_ids or filter, it gives the same one, with others it is refused. It has no effect with cancellation_id."),
            ParameterLocation.Header));
        operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Content(reference("CancellationReq")) };
        operation.Responses!["200"] = Answer("How far the cancellation has come; with task_ids also what became of each.", reference("CancellationResp"));
        operation.Responses["400"] = Answer("A parameter is wrong, or there is no such cancellation.", reference("Error"));
        operation.Responses["413"] = Answer("The body is too large.", reference("Error"));
        operation.Responses["415"] = Answer("The content type is not application/json.", reference("Error"));
    });

    public static TBuilder DescribeCancellation<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "ShowThumbnailsCancellation", "Finds what became of the tasks of a cancellation.", (operation, reference) =>
    {
        operation.Description = Ours;
        operation.Parameters = [.. operation.Parameters!.Where(parameter => parameter.In == ParameterLocation.Path),
            Query(CancellationFields.AfterName, WireSchemas.Text("The task after which the page begins.", 16, "^[1-9][0-9]{0,15}$")),
            Query(CancellationFields.Size)];
        operation.Responses!["200"] = Answer("How far the cancellation has come, and a page of its tasks.", reference("CancellationResp"));
        operation.Responses["400"] = Answer("A parameter is wrong, or there is no such cancellation.", reference("Error"));
    });

    public static TBuilder DescribeEvents<TBuilder>(this TBuilder route)
        where TBuilder : IEndpointConventionBuilder => Describe(route, "ListEvents", "Finds what has happened to the tasks of a project, in one order.", (operation, reference) =>
    {
        operation.Description =
            $"{Ours} Whoever goes on with next finds every event exactly once. With Accept: text/event-stream the events come as they happen, each with its event_id, "
            + "and Last-Event-ID goes on where a stream has ended.";
        operation.Parameters = [.. operation.Parameters!.Where(parameter => parameter.In == ParameterLocation.Path),
            Query(EventFields.AfterName, WireSchemas.Text("Where to begin: event_id or next of an earlier answer, or now; without it with the first event that is kept.", 67, EventPlace)),
            Query(EventFields.Size),
            Query(EventFields.Wait),
            Query(EventFields.EndedName, WireSchemas.Integer("1 for only those events with which a task ended.", 0, 1, 0)),
            Query(EventFields.TaskIdName, WireSchemas.Text("All that has happened to this task; the other parameters are ignored.", 16, "^[1-9][0-9]{0,15}$"))];
        operation.Responses!["200"] = Answer("The events.", reference("ListEventsResp"));
        operation.Responses["400"] = Answer("A parameter is wrong, or no events are kept.", reference("Error"));
        operation.Responses["410"] = Answer("The place is not there any more: begin anew.", reference("Error"));
    });

    private static Dictionary<string, IOpenApiHeader> RequestIdHeader => new()
    {
        ["X-Request-Id"] = new OpenApiHeader { Description = "The id of this request.", Schema = WireSchemas.Text("An id.") },
    };

    private static TBuilder Describe<TBuilder>(
        TBuilder route, string name, string summary, Action<OpenApiOperation, Func<string, IOpenApiSchema>> describe)
        where TBuilder : IEndpointConventionBuilder => route.AddOpenApiOperationTransformer((operation, context, _) =>
    {
        var document = context.Document!;
        IOpenApiSchema Reference(string schema) => new OpenApiSchemaReference(schema, document);
        foreach (var (schemaName, schema) in WireSchemas.All(Reference))
        {
            document.AddComponent(schemaName, schema);
        }

        document.AddComponent<IOpenApiSecurityScheme>("Token", Header("X-Auth-Token", "A token."));
        document.AddComponent<IOpenApiSecurityScheme>("Signature", Header("Authorization", "SDK-HMAC-SHA256, with the time in X-Sdk-Date."));
        operation.Security =
        [
            new() { [new OpenApiSecuritySchemeReference("Signature", document)] = [] },
            new() { [new OpenApiSecuritySchemeReference("Token", document)] = [] },
            [], // Only on loopback, and only as long as no credential is configured.
        ];
        (operation.OperationId, operation.Summary, operation.Responses) = (name, summary, []);
        foreach (var parameter in operation.Parameters!.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path))
        {
            parameter.Schema = parameter.Name == CancellationFields.CancellationIdName ? WireSchemas.CancellationId : WireSchemas.ProjectId;
            parameter.Description = parameter.Schema.Description;
        }

        describe(operation, Reference);
        operation.Responses.TryAdd("400", Answer("A parameter is wrong, or the task cannot be cancelled.", Reference("Error")));
        operation.Responses["401"] = Answer("The credential is missing, wrong or of another project.", Reference("Error"));
        operation.Responses["429"] = Retriable("Throttled, or no room.", Reference("Error"));
        operation.Responses["503"] = Retriable("The store is not available, or the outcome is not known.", Reference("Error"));
        return Task.CompletedTask;
    });

    private static OpenApiSecurityScheme Header(string name, string description) =>
        new() { Type = SecuritySchemeType.ApiKey, In = ParameterLocation.Header, Name = name, Description = description };

    private static OpenApiParameter Query(NumberField field) => Query(field.Name, WireSchemas.Integer(field.Sentence, field.Min, field.Max, field.Default));

    private static OpenApiParameter Query(string name, OpenApiSchema schema) => Parameter(name, schema, ParameterLocation.Query);

    private static OpenApiParameter Parameter(string name, OpenApiSchema schema, ParameterLocation where) =>
        new() { Name = name, In = where, Description = schema.Description, Schema = schema };

    private static OpenApiResponse Answer(string description, IOpenApiSchema schema) =>
        new() { Description = description, Content = Content(schema), Headers = RequestIdHeader };

    private static OpenApiResponse Retriable(string description, IOpenApiSchema schema)
    {
        var answer = Answer(description, schema);
        answer.Headers!["Retry-After"] = new OpenApiHeader { Description = "In how many seconds to try again.", Schema = WireSchemas.Integer("Seconds.", 1, null) };
        return answer;
    }

    private static Dictionary<string, OpenApiMediaType> Content(IOpenApiSchema schema) => new() { [Json] = new OpenApiMediaType { Schema = schema } };
}
