using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace SnapshotTasks;

/// <summary>The bodies of the wire as JSON Schema; ranges come from where they are enforced.</summary>
internal static class WireSchemas
{
    public static OpenApiSchema ProjectId => Text("The project.", maxLength: SnapshotTasks.ProjectId.MaxLength, pattern: "^[A-Za-z0-9_-]{1,64}$", example: "demo");

    public static OpenApiSchema TaskId => Text("The id of a task.", maxLength: 16, pattern: "^[1-9][0-9]{0,15}$", example: "2081");

    public const string CancellationIdPattern = "^[0-9a-f]{32}$";

    public static OpenApiSchema CancellationId =>
        Text("The name of a cancellation.", maxLength: 32, pattern: CancellationIdPattern, example: "0123456789abcdef0123456789abcdef");

    public static OpenApiSchema IdempotencyKey(string description) => Text(
        description,
        maxLength: SnapshotTasks.IdempotencyKey.MaxLength, pattern: "^[ -~]{1,255}$", example: "order-4711-cover");

    public static OpenApiSchema Time => TimeOf("A time in UTC, yyyymmddhhmmss.");

    public static OpenApiSchema TimeOf(string description) => Text(description, maxLength: 14, pattern: "^[0-9]{14}$", example: "20261123214500");

    public static OpenApiSchema Status(params string[] words) => Words("Where a task is in its life.", words);

    public static OpenApiSchema Words(string description, params string[] words) =>
        new() { Type = JsonSchemaType.String, Description = description, Enum = [.. words.Select(word => (JsonNode)word)] };

    public static OpenApiSchema Integer(string description, long minimum, long? maximum, long? preset = null) => new()
    {
        Type = JsonSchemaType.Integer,
        Description = description,
        Minimum = $"{minimum}",
        Maximum = maximum is null ? null : $"{maximum}",
        Default = preset is { } value ? JsonValue.Create(value) : null,
    };

    public static OpenApiSchema Boolean(string description) => new() { Type = JsonSchemaType.Boolean, Description = description, Default = JsonValue.Create(false) };

    public static OpenApiSchema Text(string description, int? maxLength = null, string? pattern = null, string? example = null) => new()
    {
        Type = JsonSchemaType.String,
        Description = description,
        MaxLength = maxLength,
        Pattern = pattern,
        Examples = example is null ? null : [example],
    };

    public static OpenApiSchema List(string description, IOpenApiSchema items, int? minItems = null, int? maxItems = null) =>
        new() { Type = JsonSchemaType.Array, Description = description, Items = items, MinItems = minItems, MaxItems = maxItems };

    public static OpenApiSchema Object(string description, string[] required, params (string Name, IOpenApiSchema Schema)[] members) => new()
    {
        Type = JsonSchemaType.Object,
        Description = description,
        Required = new HashSet<string>(required),
        Properties = members.ToDictionary(member => member.Name, member => member.Schema),
        AdditionalPropertiesAllowed = false,
    };

    /// <summary>Every named body, by its name.</summary>
    public static IEnumerable<(string Name, OpenApiSchema Schema)> All(Func<string, IOpenApiSchema> reference)
    {
        yield return ("ObsObjInfo", Object("A place in a bucket.", CreateFields.Place.All, reference));
        yield return ("ThumbnailPara", Object(CreateFields.ThumbnailPara.Sentence, CreateFields.Para.All, reference));
        yield return ("CreateThumbnailsReq", Object("A snapshot task.", CreateFields.All, reference));
        yield return ("CreateThumbnailsResp", Object("The task as it was accepted; the other members when sync is 1.", ["task_id"],
            ("task_id", TaskId),
            ("status", Status("PROCESSING", "SUCCEEDED", "FAILED")),
            ("create_time", Time),
            ("output", reference("ObsObjInfo")),
            ("output_file_name", Text("The name of the picture.")),
            ("thumbnail_time", Text("The time of the picture in the video.")),
            ("description", Text("How it ended, or why its next attempt is put off."))));
        yield return ("PicInfo", Object("A picture.", ["pic_name"], ("pic_name", Text("The name of the file.", example: "5.jpg"))));
        yield return ("ThumbTask", Object("A task.", ["task_id", "status"],
            ("task_id", TaskId),
            ("status", Status([.. WireStatus.Words, WireStatus.NoTask])),
            ("create_time", Time),
            ("end_time", Time),
            ("input", reference("ObsObjInfo")),
            ("output", reference("ObsObjInfo")),
            ("output_file_name", Text("The name of the file when there is exactly one, or else the name that was asked for.")),
            ("user_data", Text("The caller's own text.", SnapshotRequest.MaxUserDataLength)),
            ("description", Text("How it ended: for a failure its code and reason.")),
            ("place", reference("QueuePlace")),
            ("thumbnail_info", List("The pictures.", reference("PicInfo")))));
        yield return ("QueuePlace", Object("Where a task stands that waits; only when include asks for it.", ["ahead", "ahead_is_exact", "ahead_of_all"],
            ("ahead", Integer("How many tasks of the project that wait come before it.", 0, QueuePlace.MaxAhead)),
            ("ahead_is_exact", new OpenApiSchema { Type = JsonSchemaType.Boolean, Description = "Whether that is exact; if not, there are more." }),
            ("ahead_of_all", Integer("About how many tasks of all projects come before it.", 0, null)),
            ("starts_in", Integer("In about how many seconds it starts, at the rate of the last minutes; none when that cannot be said: nothing runs, or it is paused.", 0, null))));
        yield return ("ListThumbnailsResp", Object("Tasks.", ["task_array", "is_truncated", "total"],
            ("task_array", List("The tasks.", reference("ThumbTask"), maxItems: FindSnapshotTaskPage.MaxSize)),
            ("is_truncated", Integer("1 when there are more.", 0, 1)),
            ("total", Integer("How many match, exact up to the maximum.", 0, FindSnapshotTaskPage.MaxTotal)),
            ("next", Text("Ours, only where it is asked for: where the next page begins; none when this was the last.", PageCursor.Length, $"^[0-9a-f]{{{PageCursor.Length}}}$"))));
        var cancellation = Object("Which tasks are cancelled: exactly one of these members.", CancellationFields.All, reference);
        (cancellation.MinProperties, cancellation.MaxProperties) = (1, 1);
        yield return ("CancellationReq", cancellation);
        yield return ("CancellationFilter", Object("What a queued task has to meet: every condition that is given.", CancellationFields.Conditions.All, reference));
        yield return ("CancellationResp", Object(
            "How far a cancellation has come.", [CancellationFields.CancellationIdName, "total", "cancelled", "refused", "not_found", "remaining"],
            (CancellationFields.CancellationIdName, CancellationId),
            ("total", Integer("How many tasks it is about.", 0, null)),
            ("cancelled", Integer("How many of them it has cancelled.", 0, null)),
            ("refused", Integer("How many were not queued any more.", 0, null)),
            ("not_found", Integer("How many this project does not have.", 0, null)),
            ("remaining", Integer("How many have no outcome yet: when there are some, send cancellation_id again.", 0, null)),
            ("task_array", List("The tasks, in the order of their ids.", reference("CancelledTask"), maxItems: CancelSnapshotTasks.MaxIds)),
            ("next", Text("Where the next page begins, for after; none when this was the last.", 16, "^[1-9][0-9]{0,15}$"))));
        yield return ("CancelledTask", Object("What became of a task.", ["task_id"],
            ("task_id", TaskId),
            ("outcome", Words("None as long as it was not come to.", WireCancelledTask.Cancelled, WireCancelledTask.Refused, WireStatus.NoTask)),
            ("status", Status([.. WireStatus.Words])),
            ("since", Text("Since when it has had this status, in UTC.", 20, "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", "2026-11-23T21:45:00Z"))));
        yield return ("ListEventsResp", Object("What has happened.", ["event_array"],
            ("event_array", List("The events, in their order.", reference("Event"), maxItems: FindEvents.MaxSize)),
            ("next", Text("Where to go on, for after; none in the history of one task, and as long as nothing has ever happened.")),
            ("is_truncated", Integer("1 when there are more by now.", 0, 1))));
        yield return ("Event", Object("What has happened to a task.", ["event_id", "task_id", "event", "time", "attempt"],
            ("event_id", Text("Where it stands.", 67)),
            ("task_id", TaskId),
            ("event", Words("What has happened.", [.. WireStatus.OfEvents])),
            ("time", Text("When, in UTC.", 24, @"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$", "2026-11-23T21:45:00.123Z")),
            ("attempt", Integer("The attempt; 0 before the first.", 0, null)),
            ("worker", Text("The worker that held the run.")),
            ("by", Text("Who decided: the name of a credential.")),
            ("reason", Text("Why it failed, or was put off."))));
        yield return ("Error", Object("Why a request was refused.", ["error_code", "error_msg", "request_id"],
            ("error_code", Text("The kind of error.", pattern: @"^(MPC|APIGW)\.[0-9]+$", example: "MPC.10202")),
            ("error_msg", new OpenApiSchema { Type = JsonSchemaType.String, Description = "The reason, naming the field and the limit.", MinLength = 1 }),
            ("request_id", Text("The id of this request, as in X-Request-Id."))));
    }

    private static OpenApiSchema Object(string description, IReadOnlyList<WireField> fields, Func<string, IOpenApiSchema> reference) => Object(
        description,
        [.. fields.Where(field => field.IsRequired).Select(field => field.Name)],
        [.. fields.Select(field => (field.Name, Schema: field.Schema(reference))).Where(field => field.Schema is not null).Select(field => (field.Name, field.Schema!))]);
}
