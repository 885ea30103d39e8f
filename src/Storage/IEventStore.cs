namespace SnapshotTasks.Storage;

/// <summary>What a store keeps of what has happened: the history of each task, and one order of all events.</summary>
/// <remarks>Whether events are kept is a fact of the store, for every process that uses it. An event is kept in the transaction of its decision.</remarks>
public interface IEventStore
{
    /// <summary>Keeps events from now on, or no longer: from the answer on every decision that is acknowledged has its event, on whichever host.</summary>
    /// <exception cref="StoreUnavailableException">It is switched, but a transaction that began before has not ended in 30 s: what it decides may have no event.</exception>
    Task KeepEventsAsync(bool keep, CancellationToken cancellationToken = default);

    /// <summary>Whether events are kept, and which were removed.</summary>
    Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default);

    /// <summary>The events of a task, in the order of its versions.</summary>
    Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default);

    /// <summary>The number up to which every event is there: no transaction commits one at or below it any more.</summary>
    Task<long> GetSettledAsync(CancellationToken cancellationToken = default);

    /// <summary>The last event up to a number, of all projects; none when there is none.</summary>
    Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default);

    /// <summary>The last of the next events, of all projects; none when there is none.</summary>
    /// <param name="after">The number after which they begin.</param>
    /// <param name="upTo">The last number.</param>
    /// <param name="limit">The most events that are looked at.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default);

    /// <summary>The next events, in their order.</summary>
    /// <param name="project">Of which project; none for all of them.</param>
    /// <param name="after">The number after which they begin.</param>
    /// <param name="upTo">The last number.</param>
    /// <param name="limit">The most events.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default);

    /// <summary>Completes when an event was kept after this call; a hint that saves polling, never a promise.</summary>
    Task WaitForEventAsync(CancellationToken cancellationToken = default);
}

/// <summary>Whether events are kept, and which were removed.</summary>
/// <param name="AreKept">Whether decisions are followed by events.</param>
/// <param name="RemovedUpTo">The highest number that was removed with its task; 0 when none was. Below it there are gaps.</param>
public sealed record KeptEvents(bool AreKept, long RemovedUpTo);
