namespace SnapshotTasks.Storage;

/// <summary>What waits and what runs in a store, of all projects.</summary>
/// <param name="Queued">How many tasks are queued, exact up to the limit asked for and the limit above it.</param>
/// <param name="Running">How many tasks have an attempt that runs, with the same limit.</param>
/// <param name="Expired">How many of them have a lease that has expired and that nobody has taken over, with the same limit.</param>
/// <param name="Deferred">How many tasks have their next attempt put off, with the same limit.</param>
/// <param name="QueuedFor">For how long the oldest queued task has been queued; none when nothing is.</param>
/// <param name="ExpiredFor">For how long the oldest of the expired leases has been; none when none has.</param>
/// <param name="Pauses">What is paused.</param>
public sealed record QueueMeasure(int Queued, int Running, int Expired, int Deferred, TimeSpan? QueuedFor, TimeSpan? ExpiredFor, Pauses Pauses)
{
    /// <summary>For how long the oldest queued task of each priority has been queued; nothing of one that has none.</summary>
    public IReadOnlyDictionary<TaskPriority, TimeSpan> QueuedForByPriority { get; init; } = new Dictionary<TaskPriority, TimeSpan>();

    /// <summary>For how long the oldest queued task has been queued that is not paused; none when there is none.</summary>
    public TimeSpan? ReadyFor { get; init; }

    /// <summary>Whether a worker has been seen to start something lately, where nothing runs; true where nobody has looked.</summary>
    internal bool IsServed { get; init; } = true;

    /// <summary>What keeps the store from writing now, in a sentence that anybody may read; none that is known.</summary>
    public string? Obstacle { get; init; }
}
