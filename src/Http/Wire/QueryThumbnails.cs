using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace SnapshotTasks;

/// <summary>GET: finds tasks by their ids, or a page of tasks by state and time, newest first.</summary>
/// <remarks>Query parameters that are none of ours are ignored, as HTTP clients and gateways add their own.</remarks>
internal sealed class QueryThumbnails : IDisposable
{
    /// <summary>About how many bytes of tasks an answer has at most; one task is always there, however large.</summary>
    public const int MaxPageBytes = 1024 * 1024;

    // What is read and not sent is memory that callers who do not even read can have us hold.
    private readonly SemaphoreSlim reading = new(8);

    public void Dispose() => reading.Dispose();

    public async Task<IResult> Handle(
        [FromRoute(Name = "project_id")] string projectId,
        [FromQuery(Name = QueryFields.TaskId)] string[] taskIds,
        [FromQuery(Name = QueryFields.Include)] string[] include,
        [AsParameters] PageQuery page,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var project = new ProjectId(projectId);
        if (Array.Find(include, part => part != QueryFields.Place) is { } unknown)
        {
            throw WireException.Invalid($"include must be {QueryFields.Place}, not '{(unknown.Length > 100 ? unknown[..100] : unknown)}'.");
        }

        await reading.WaitAsync(cancellationToken);
        try
        {
            return Results.Json(
                taskIds.Length > 0 ? await FindAsync(mediator, project, taskIds, include.Length > 0, cancellationToken) : await FindAsync(mediator, project, page, cancellationToken),
                WireJson.Answers.TaskPage);
        }
        finally
        {
            reading.Release();
        }
    }

    private static async Task<TaskPage> FindAsync(
        IMediator mediator, ProjectId project, string[] taskIds, bool withPlace, CancellationToken cancellationToken)
    {
        var ids = taskIds.Select(id => QueryText.TaskId(id)).ToList();
        var found = (await mediator.Send(new FindSnapshotTasks(project, ids), cancellationToken)).ToDictionary(task => task.Id);
        var tasks = ids.Select(id => found.TryGetValue(id, out var task) ? WireTask.Of(task) : WireTask.Missing(id)).ToList();
        if (withPlace)
        {
            var places = (await mediator.Send(new FindQueuePlaces(project, ids), cancellationToken)).ToDictionary(place => place.Id.ToString());
            tasks = [.. tasks.Select(task => places.TryGetValue(task.TaskId, out var place) ? task with { Place = WirePlace.Of(place) } : task)];
        }

        return new(tasks, 0, tasks.Count);
    }

    private static async Task<TaskPage> FindAsync(
        IMediator mediator, ProjectId project, PageQuery query, CancellationToken cancellationToken)
    {
        var filter = new TaskFilter(project);
        if (query.Status is { } status)
        {
            filter = WireStatus.TryRead(status, out var state, out var failed)
                ? filter with { State = state, Failed = failed }
                : throw WireException.Invalid($"status must be one of {string.Join(", ", WireStatus.Words)}.");
        }

        filter = filter with
        {
            CreatedFrom = QueryText.Time(query.StartTime, QueryFields.StartTime),
            CreatedTo = QueryText.WholeSecond(QueryText.Time(query.EndTime, QueryFields.EndTime)),
        };
        var page = QueryText.Number(query.Page, QueryFields.Page);
        var size = QueryText.Number(query.Size, QueryFields.Size);
        var found = await mediator.Send(new FindSnapshotTaskPage(filter, page, size) { Next = query.Next }, cancellationToken);
        var bytes = 0L;
        var tasks = found.Tasks.TakeWhile((task, index) => (bytes += WireTask.SizeOf(task)) <= MaxPageBytes || index == 0).Select(WireTask.Of).ToList();
        var isCut = tasks.Count < found.Tasks.Count;
        return new(tasks, found.HasMore || isCut ? 1 : 0, found.Total)
        {
            // Only for whoever asks for it: to the vendor's clients the answer is the vendor's.
            Next = query.Next is null ? null
                : isCut ? PageCursor.Write(filter, TaskPlace.Of(found.Tasks[tasks.Count - 1]))
                : found.Next,
        };
    }
}

/// <summary>What a page is asked for with; text, so that what is wrong with it is said in our own words.</summary>
internal sealed record PageQuery(
    [property: FromQuery(Name = QueryFields.Status)] string? Status,
    [property: FromQuery(Name = QueryFields.StartTime)] string? StartTime,
    [property: FromQuery(Name = QueryFields.EndTime)] string? EndTime,
    [property: FromQuery(Name = QueryFields.PageName)] string? Page,
    [property: FromQuery(Name = QueryFields.SizeName)] string? Size,
    [property: FromQuery(Name = QueryFields.NextName)] string? Next);

/// <summary>The answer to a query.</summary>
internal sealed record TaskPage(IReadOnlyList<WireTask> TaskArray, int IsTruncated, int Total)
{
    /// <summary>Where the next page begins, for those who ask for it; none when this was the last.</summary>
    public string? Next { get; init; }
}
