using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SnapshotTasks;

/// <summary>GET: what has happened in a project, page by page, by a long poll or as a stream; ours, not the vendor's.</summary>
internal sealed class ProjectEvents(IServiceProvider services) : IDisposable
{
    /// <summary>How many callers wait or listen at once.</summary>
    public const int MaxWaiting = 256;

    private const string Stream = "text/event-stream", LastId = "Last-Event-ID";

    // A stream says that it is alive, also to proxies.
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim waiting = new(MaxWaiting);
    private readonly CancellationToken stopping = services.GetService<IHostApplicationLifetime>()?.ApplicationStopping ?? default;

    public void Dispose() => waiting.Dispose();

    public async Task<IResult> Handle(
        [FromRoute(Name = "project_id")] string projectId,
        [AsParameters] EventQuery asked,
        HttpContext http,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var project = new ProjectId(projectId);
        if (asked.TaskId is { } task)
        {
            return Answer(new EventPage([.. (await mediator.Send(new FindTaskHistory(project, QueryText.TaskId(task)), cancellationToken)).Select(WireEvent.Of)], null, null));
        }

        var streams = http.Request.Headers.Accept.Any(accept => accept?.Contains(Stream, StringComparison.OrdinalIgnoreCase) == true);
        var after = (streams ? (string?)http.Request.Headers[LastId] : null) ?? asked.After;
        var query = new FindEvents(project, PlaceOf(after), QueryText.Number(asked.Size, EventFields.Size))
        {
            FromNow = after == EventFields.Now,
            OnlyEnds = QueryText.IsTrue(asked.Ended, EventFields.EndedName),
            MaxWait = TimeSpan.FromSeconds(QueryText.Number(asked.Wait, EventFields.Wait)),
        };
        if (!streams && query.MaxWait == TimeSpan.Zero)
        {
            return Answer(await mediator.Send(query, cancellationToken));
        }

        if (!waiting.Wait(0, CancellationToken.None))
        {
            return WireErrors.Throttled($"{MaxWaiting} callers that wait for events", TimeSpan.FromSeconds(5));
        }

        // Whoever waits is let go when the host stops.
        var until = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        http.Response.OnCompleted(() =>
        {
            until.Dispose();
            waiting.Release();
            return Task.CompletedTask;
        });
        if (!streams)
        {
            return Answer(await WaitAsync(mediator, query, until.Token, cancellationToken));
        }

        // What is wrong is said before the stream begins.
        var first = await mediator.Send(query with { MaxWait = TimeSpan.Zero }, cancellationToken);
        return Refusal(first) ?? (IResult)TypedResults.ServerSentEvents(StreamAsync(mediator, query, first, until.Token));
    }

    private static async Task<FoundEvents> WaitAsync(IMediator mediator, FindEvents query, CancellationToken until, CancellationToken aborted)
    {
        try
        {
            return await mediator.Send(query, until);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            return await mediator.Send(query with { MaxWait = TimeSpan.Zero }, aborted);
        }
    }

    private static async IAsyncEnumerable<SseItem<string>> StreamAsync(
        IMediator mediator, FindEvents query, FoundEvents first, [EnumeratorCancellation] CancellationToken until)
    {
        var found = first;
        while (found.Answer == FindEventsAnswer.Found)
        {
            foreach (var happened in found.Events)
            {
                yield return new(JsonSerializer.Serialize(WireEvent.Of(happened), WireJson.Answers.WireEvent)) { EventId = EventPosition.Of(happened).ToString() };
            }

            if (found.Events.Count == 0 && !found.HasMore)
            {
                yield return new("", "alive") { EventId = found.Next?.ToString() };
            }

            try
            {
                found = await mediator.Send(query with { After = found.Next, FromNow = false, MaxWait = Quiet }, until);
            }
            catch (OperationCanceledException)
            {
                yield break;
            }
        }
    }

    private static EventPosition? PlaceOf(string? after) => after is null or EventFields.Now ? null
        : EventPosition.TryParse(after, out var place) ? place
        : throw WireException.Invalid($"{EventFields.AfterName} must be \"{EventFields.Now}\", or event_id or next of an earlier answer.");

    private static WireError? Refusal(FoundEvents found) => found.Answer switch
    {
        FindEventsAnswer.Found => null,
        FindEventsAnswer.PlaceGone => WireErrors.PlaceGone,
        FindEventsAnswer.NotKept => WireErrors.EventsNotKept,
    };

    private static IResult Answer(FoundEvents found) =>
        Refusal(found) ?? (IResult)Answer(new EventPage([.. found.Events.Select(WireEvent.Of)], found.Next?.ToString(), found.HasMore ? 1 : 0));

    private static IResult Answer(EventPage page) => Results.Json(page, WireJson.Answers.EventPage);
}

/// <summary>What is asked with; text, so that what is wrong with it is said in our own words.</summary>
internal sealed record EventQuery(
    [property: FromQuery(Name = EventFields.AfterName)] string? After,
    [property: FromQuery(Name = EventFields.SizeName)] string? Size,
    [property: FromQuery(Name = EventFields.WaitName)] string? Wait,
    [property: FromQuery(Name = EventFields.EndedName)] string? Ended,
    [property: FromQuery(Name = EventFields.TaskIdName)] string? TaskId);

/// <summary>Some events, and where to go on; a history has all that there are.</summary>
internal sealed record EventPage(IReadOnlyList<WireEvent> EventArray, string? Next, int? IsTruncated);

/// <summary>What has happened to a task, as the wire has it.</summary>
internal sealed record WireEvent(string EventId, string TaskId, string Event, string Time, int Attempt)
{
    public string? Worker { get; init; }

    public string? By { get; init; }

    public string? Reason { get; init; }

    public static WireEvent Of(RecordedEvent happened) => new(
        EventPosition.Of(happened).ToString(),
        happened.Task.ToString(),
        WireStatus.Of(happened.What, happened.Ending),
        WireTask.Moment(happened.At),
        happened.Attempt)
    {
        Worker = happened.Holder,
        By = happened.By,
        Reason = happened.Reason,
    };
}
