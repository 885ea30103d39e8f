namespace SnapshotTasks.Storage;

/// <summary>A worker of this process that starts a task at once, past the queue.</summary>
public interface IImmediateWorker
{
    /// <summary>How far what reads videos is kept apart from everything else, in a word for operators; none when that is not known.</summary>
    string? Sandbox => null;

    /// <summary>What keeps its machine from capturing, so that it starts nothing; none when nothing is known to.</summary>
    WorkerObstacle? Obstacle => null;

    /// <summary>Waits for a free slot, then adds the task and starts it in the same transaction, so that it is never seen queued.</summary>
    /// <param name="task">The task; under which claim it starts is the worker's to say.</param>
    /// <param name="maxWait">How long to wait for a slot.</param>
    /// <param name="cancellationToken">Ends the wait for a slot; from then on the run no longer depends on its caller.</param>
    /// <returns>The run, or none when no slot became free; then nothing was stored.</returns>
    /// <exception cref="StoreUnavailableException">Nothing was stored.</exception>
    /// <exception cref="UnknownOutcomeException">The task may have been stored; then a worker takes it over.</exception>
    Task<ImmediateRun?> StartAsync(NewTask task, TimeSpan maxWait, CancellationToken cancellationToken = default);
}

/// <summary>What keeps a machine from capturing.</summary>
/// <param name="Since">When it was met first, by the clock of the machine.</param>
/// <param name="Reason">What it is, for operators.</param>
public sealed record WorkerObstacle(DateTimeOffset Since, string Reason);

/// <summary>A run that has started at once, the task that already had its key, or a limit that was reached.</summary>
/// <param name="Submitted">The task as it was started, or found; none when a limit was reached.</param>
/// <param name="Ended">
/// The task when this process is done with it: with its outcome, or still running when another worker takes it over; cancelled when a limit
/// was reached.
/// </param>
public sealed record ImmediateRun(Decision<SubmitAnswer> Submitted, Task<SnapshotTask> Ended)
{
    /// <summary>Which limit was reached; none when none was.</summary>
    public ReachedLimit? Limit { get; init; }
}
