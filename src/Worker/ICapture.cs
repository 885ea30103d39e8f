namespace SnapshotTasks;

/// <summary>Takes the pictures of one task.</summary>
public interface ICapture
{
    /// <summary>Runs one attempt and says how it ended.</summary>
    /// <param name="run">The attempt.</param>
    /// <param name="stop">Fires when the lease is lost, the time limit has passed or the host stops: leave at once.</param>
    Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop);
}

/// <summary>One attempt at a task, under a lease.</summary>
/// <param name="task">The task, with the lease of this attempt.</param>
/// <param name="renew">Renews the lease.</param>
public sealed class CaptureRun(SnapshotTask task, Func<CancellationToken, Task> renew)
{
    /// <summary>The task.</summary>
    public SnapshotTask Task { get; } = task;

    /// <summary>Makes sure that the lease is still held: to be called before results become visible.</summary>
    /// <exception cref="OperationCanceledException">The lease is lost.</exception>
    public Task RenewAsync(CancellationToken cancellationToken) => renew(cancellationToken);
}

/// <summary>How an attempt ended: with pictures or with a failure.</summary>
public sealed record CaptureResult
{
    private CaptureResult(IReadOnlyList<string> pictures, Failure? failure) => (Pictures, Failure) = (pictures, failure);

    /// <summary>The names of the pictures in the output directory.</summary>
    public IReadOnlyList<string> Pictures { get; }

    /// <summary>Why there are none.</summary>
    public Failure? Failure { get; }

    /// <summary>Ends with pictures.</summary>
    public static CaptureResult Taken(IReadOnlyList<string> pictures) => new(pictures, null);

    /// <summary>Ends with a failure; it is final.</summary>
    public static CaptureResult Failed(FailureCode code, string reason) => new([], new Failure(code, reason));
}
