using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Finds what has happened to a task, in its order, as far as events were kept.</summary>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="TaskId">The task.</param>
public sealed record FindTaskHistory(ProjectId Project, TaskId TaskId) : IRequest<IReadOnlyList<RecordedEvent>>
{
    /// <summary>The most events of an answer: the first ones.</summary>
    public const int MaxSize = 1000;
}

/// <summary>Finds what has happened since a place in the order of all events, each event exactly once by going on from <see cref="FoundEvents.Next"/>.</summary>
/// <remarks>While a transaction of a caller's is open in which something was decided, what others decide meanwhile is not found either.</remarks>
/// <param name="Project">Of which project; none for all of them.</param>
/// <param name="After">The place; none to begin with the first event that is kept.</param>
/// <param name="Size">The most events, 1 to 1,000.</param>
public sealed record FindEvents(ProjectId? Project = null, EventPosition? After = null, int Size = 100) : IRequest<FoundEvents>
{
    /// <summary>The most events of an answer.</summary>
    public const int MaxSize = 1000;

    /// <summary>The longest that is waited, in seconds.</summary>
    public const int LongestWait = 60;

    /// <summary>Whether only events with which a task ended.</summary>
    public bool OnlyEnds { get; init; }

    /// <summary>Begins after all that has happened by now, where <see cref="After"/> names no place.</summary>
    public bool FromNow { get; init; }

    /// <summary>How long to wait for an event when there is none, 0 to 60 seconds.</summary>
    public TimeSpan MaxWait { get; init; }
}

/// <summary>The answers to the question what has happened.</summary>
public enum FindEventsAnswer
{
    /// <summary>The events that there are.</summary>
    Found,

    /// <summary>The place is not there any more: events after it were removed with their tasks, or the store is another one. Begin anew.</summary>
    PlaceGone,

    /// <summary>The store keeps no events.</summary>
    NotKept,
}

/// <summary>What has happened.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Events">The events, in their order.</param>
/// <param name="Next">From where to go on, also when there was no event; none when there has never been one.</param>
/// <param name="HasMore">Whether there are more, or others to look at, by now.</param>
public sealed record FoundEvents(FindEventsAnswer Answer, IReadOnlyList<RecordedEvent> Events, EventPosition? Next, bool HasMore);

internal sealed class FindTaskHistoryValidator : AbstractValidator<FindTaskHistory>
{
    public FindTaskHistoryValidator()
    {
        RuleFor(query => query.Project).IsProjectId();
        RuleFor(query => query.TaskId).IsTaskId();
    }
}

internal sealed class FindEventsValidator : AbstractValidator<FindEvents>
{
    public FindEventsValidator()
    {
        RuleFor(query => query.Project).IsProjectIdIfAny();
        RuleFor(query => query.Size).InclusiveBetween(1, FindEvents.MaxSize);
        RuleFor(query => query.MaxWait).InclusiveBetween(TimeSpan.Zero, TimeSpan.FromSeconds(FindEvents.LongestWait))
            .WithMessage($"'{{PropertyName}}' must be between 0 and {FindEvents.LongestWait} seconds.");
    }
}

internal sealed class FindEventsHandler(IEventStore store, TimeProvider time) :
    IRequestHandler<FindTaskHistory, IReadOnlyList<RecordedEvent>>,
    IRequestHandler<FindEvents, FoundEvents>
{
    // What is looked at for one answer is bounded, however few events match.
    private const int LookedAtOnce = 10_000;

    // For what another process has kept, where that is not told.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    public Task<IReadOnlyList<RecordedEvent>> Handle(FindTaskHistory query, CancellationToken cancellationToken) =>
        store.GetHistoryAsync(query.Project, query.TaskId, FindTaskHistory.MaxSize, cancellationToken);

    public async Task<FoundEvents> Handle(FindEvents query, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();
        for (var place = query.FromNow && query.After is null ? await LastAsync(cancellationToken) : query.After; ;)
        {
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            var happens = store.WaitForEventAsync(woken.Token);
            var found = await FindAsync(query, place, cancellationToken);
            var left = query.MaxWait - time.GetElapsedTime(begun);
            if (found.Answer != FindEventsAnswer.Found || found.Events.Count > 0 || left <= TimeSpan.Zero)
            {
                await woken.CancelAsync();
                return found;
            }

            place = found.Next;
            if (!found.HasMore)
            {
                await Task.WhenAny(happens, Task.Delay(left < Poll ? left : Poll, time, woken.Token));
                cancellationToken.ThrowIfCancellationRequested();
            }

            await woken.CancelAsync();
        }
    }

    private async Task<EventPosition?> LastAsync(CancellationToken cancellationToken) =>
        await store.GetLastAsync(await store.GetSettledAsync(cancellationToken), cancellationToken);

    private async Task<FoundEvents> FindAsync(FindEvents query, EventPosition? place, CancellationToken cancellationToken)
    {
        // In this order: whatever commits meanwhile is above what is settled now, and what was removed meanwhile is noticed after it.
        var settled = await store.GetSettledAsync(cancellationToken);
        var after = place?.Number ?? 0;
        var looked = await store.LookAsync(after, settled, LookedAtOnce, cancellationToken);
        IReadOnlyList<RecordedEvent> events = looked is { } last
            ? await store.GetEventsAsync(query.Project, after, last.Number, query.Size, cancellationToken)
            : [];
        var kept = await store.GetKeptEventsAsync(cancellationToken);
        if (place is { } known && !await IsThereAsync(known, kept, cancellationToken))
        {
            return new(FindEventsAnswer.PlaceGone, [], null, HasMore: false);
        }

        if (!kept.AreKept && events.Count == 0)
        {
            return new(FindEventsAnswer.NotKept, [], place, HasMore: false);
        }

        var next = events.Count == query.Size ? EventPosition.Of(events[^1]) : looked ?? place;
        return new(FindEventsAnswer.Found, query.OnlyEnds ? [.. events.Where(happened => happened.IsEnd)] : events, next, next is { } end && end.Number < settled && looked is not null);
    }

    // The last that was removed is a place as long as nothing after it was.
    private async Task<bool> IsThereAsync(EventPosition place, KeptEvents kept, CancellationToken cancellationToken) =>
        place.Number == kept.RemovedUpTo
        || (place.Number > kept.RemovedUpTo && await store.LookAsync(place.Number - 1, place.Number, 1, cancellationToken) == place);
}
