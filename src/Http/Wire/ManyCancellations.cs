using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using static SnapshotTasks.CancellationFields;

namespace SnapshotTasks;

/// <summary>Cancels many: ours, not the vendor's, whose interface cancels one at a time.</summary>
internal static class ManyCancellations
{
    /// <summary>POST: cancels the tasks that are named, or writes down those that match, or cancels those that were written down.</summary>
    public static async Task<IResult> Cancel(
        [FromRoute(Name = "project_id")] string projectId,
        HttpRequest http,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadJsonAsync(http, All, cancellationToken);
        var project = new ProjectId(projectId);
        var by = CallerName.Of(http.HttpContext);
        var key = RequestReading.KeyOf(http.Headers);
        return (body.Of(TaskIds), body.Of(Filter), body.Of(CancellationFields.CancellationId)) switch
        {
            ({ } ids, null, null) =>
                await mediator.Send(new CancelSnapshotTasks(project, ids) { IdempotencyKey = key, By = by }, cancellationToken) is { } done
                    ? Answer(done)
                    : WireErrors.CancellationKeyReused,
            (null, { } filter, null) =>
                await mediator.Send(new PrepareCancellation(project, FilterOf(filter)) { IdempotencyKey = key }, cancellationToken) is { } prepared
                    ? Answer(prepared)
                    : WireErrors.CancellationKeyReused,
            (null, null, { } id) => Answer(await mediator.Send(new CarryOutCancellation(project, new(id)) { By = by }, cancellationToken)),
            _ => throw WireException.Invalid($"the body must have exactly one of {string.Join(", ", All.Select(field => field.Name))}."),
        };
    }

    /// <summary>GET: how far a cancellation has come, and a page of what became of its tasks.</summary>
    public static async Task<IResult> Find(
        [FromRoute(Name = "project_id")] string projectId,
        [FromRoute(Name = CancellationIdName)] string cancellationId,
        [FromQuery(Name = AfterName)] string? after,
        [FromQuery(Name = SizeName)] string? size,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var query = new FindCancelledTasks(
            new(projectId), new(cancellationId), after is null ? default : QueryText.TaskId(after, AfterName), QueryText.Number(size, Size));
        return await mediator.Send(query, cancellationToken) is { } found
            ? Answer(found, found.Tasks.Count == query.Size ? found.Tasks[^1].Id : null)
            : WireErrors.NoCancellation;
    }

    private static QueuedTaskFilter FilterOf(WireValues filter) => new()
    {
        CreatedFrom = filter.Of(Conditions.CreatedFrom),
        CreatedTo = QueryText.WholeSecond(filter.Of(Conditions.CreatedTo)),
        InputPathPrefix = filter.Of(Conditions.ObjectPrefix),
        All = filter.Of(Conditions.Everything),
    };

    private static IResult Answer(Cancellation? cancellation) =>
        cancellation is null ? WireErrors.NoCancellation : Answer(CancellationProgress.Of(cancellation));

    private static IResult Answer(CancelledTasks cancelled, TaskId? next = null) => Answer(CancellationProgress.Of(cancelled.Cancellation) with
    {
        TaskArray = [.. cancelled.Tasks.Select(WireCancelledTask.Of)],
        Next = next?.ToString(),
    });

    private static IResult Answer(CancellationProgress progress) => Results.Json(progress, WireJson.Answers.CancellationProgress);
}

/// <summary>How far a cancellation has come, and what became of tasks of it.</summary>
internal sealed record CancellationProgress(string CancellationId, int Total, int Cancelled, int Refused, int NotFound, int Remaining)
{
    public IReadOnlyList<WireCancelledTask>? TaskArray { get; init; }

    /// <summary>The task after which the next page begins; none when this was the last.</summary>
    public string? Next { get; init; }

    public static CancellationProgress Of(Cancellation cancellation) => new(
        cancellation.Id.ToString(), cancellation.Listed, cancellation.Cancelled, cancellation.Refused, cancellation.NotFound, cancellation.Remaining);
}

/// <summary>What became of one task; no outcome as long as it was not come to.</summary>
internal sealed record WireCancelledTask(string TaskId)
{
    public const string Cancelled = "CANCELED", Refused = "REFUSED";

    public string? Outcome { get; init; }

    public string? Status { get; init; }

    public string? Since { get; init; }

    public static WireCancelledTask Of(ListedTask task) => new(task.Id.ToString())
    {
        Outcome = task.Outcome is { } outcome ? Word(outcome.Answer) : null,
        Status = task.Outcome is { State: { } state } won ? WireStatus.Of(state, won.Ending) : null,
        Since = task.Outcome?.Since is { } since ? WireTask.Since(since) : null,
    };

    private static string Word(CancelAnswer answer) => answer switch
    {
        CancelAnswer.Cancelled => Cancelled,
        CancelAnswer.Refused => Refused,
        CancelAnswer.NotFound => WireStatus.NoTask,
    };
}
