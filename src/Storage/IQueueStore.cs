namespace SnapshotTasks.Storage;

/// <summary>What a store says of its queue, beyond what every claim needs; each answer reads no more than is asked for.</summary>
public interface IQueueStore
{
    /// <summary>The first lanes that have tasks queued, in the order of <see cref="Lane.Ring"/>.</summary>
    /// <param name="lanes">The most lanes.</param>
    /// <param name="each">Up to where the tasks of each are counted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default);

    /// <summary>How many queued tasks of a lane come before an id, exact up to a limit and the limit above it.</summary>
    Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default);

    /// <summary>How many tasks of a project have started lately, among those of them that were accepted last.</summary>
    /// <param name="project">The project.</param>
    /// <param name="within">How long ago at most.</param>
    /// <param name="limit">How many tasks are looked at of each that run, that have pictures and that failed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default);
}

/// <summary>What has started lately.</summary>
/// <param name="Starts">How many tasks.</param>
/// <param name="FirstAgo">How long ago the first of them; none when none has.</param>
public sealed record StartMeasure(int Starts, TimeSpan? FirstAgo);
