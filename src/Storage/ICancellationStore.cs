namespace SnapshotTasks.Storage;

/// <summary>What a store keeps of cancellations of many: which tasks each is about, and what became of every one of them.</summary>
/// <remarks>An outcome is written in the transaction that decided it, once: what is asked again goes on where it was.</remarks>
public interface ICancellationStore
{
    /// <summary>The next queued tasks of a lane that match, in the order of their ids.</summary>
    Task<IReadOnlyList<TaskId>> FindQueuedAsync(Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Writes down some tasks that a cancellation is about; those that are there already stay as they are, and one that was asked for otherwise stays as it is.</summary>
    Task ListAsync(Listing listing, CancellationToken cancellationToken = default);

    /// <summary>Cancels some of the tasks that a cancellation is about, and writes down what became of each.</summary>
    /// <param name="id">The cancellation.</param>
    /// <param name="project">Its project.</param>
    /// <param name="tasks">The tasks. One that somebody else has locked is left out when it is not the only one, as is one that has its outcome.</param>
    /// <param name="whole">Whether the tasks are wanted whole in the answer.</param>
    /// <param name="by">Who cancels, for the history of the tasks; none when that is not said.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(
        CancellationId id, ProjectId project, IReadOnlyList<TaskId> tasks, bool whole = false, string? by = null, CancellationToken cancellationToken = default);

    /// <summary>A cancellation of a project whose tasks are all written down; none when there is none.</summary>
    /// <param name="project">The project.</param>
    /// <param name="id">The cancellation.</param>
    /// <param name="asked">What it must have been asked for, when only that one is meant.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default);

    /// <summary>The next tasks that a cancellation is about, in the order of their ids.</summary>
    /// <param name="id">The cancellation.</param>
    /// <param name="after">The task after which they begin.</param>
    /// <param name="limit">The most tasks.</param>
    /// <param name="onlyOpen">Whether only those without an outcome.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default);

    /// <summary>Whether there are cancellations that were begun at least this long ago.</summary>
    Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default);

    /// <summary>One step of removing cancellations that were begun at least this long ago.</summary>
    /// <param name="age">How long ago.</param>
    /// <param name="limit">The most tasks of them that are removed.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task RemoveCancellationsAsync(TimeSpan age, int limit, CancellationToken cancellationToken = default);
}

/// <summary>Some tasks that a cancellation is about.</summary>
/// <param name="Id">The cancellation.</param>
/// <param name="Project">Its project.</param>
/// <param name="Tasks">The tasks.</param>
/// <param name="IsLast">Whether these are the last: then it can be carried out.</param>
public sealed record Listing(CancellationId Id, ProjectId Project, IReadOnlyList<TaskId> Tasks, bool IsLast)
{
    /// <summary>A hash of what it was asked for, by which a name that is used for something else is found out.</summary>
    public string? Asked { get; init; }
}
