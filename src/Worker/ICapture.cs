namespace SnapshotTasks;

/// <summary>Takes the pictures of one task.</summary>
public interface ICapture
{
    /// <summary>Runs one attempt and says how it ended.</summary>
    /// <param name="run">The attempt.</param>
    /// <param name="stop">Fires when the lease is lost, the time limit has passed or the host stops: leave at once.</param>
    Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop);

    /// <summary>Told of a task that was given up: what its attempts have left can be removed.</summary>
    void GivenUp(SnapshotTask task)
    {
    }

    /// <summary>How far what reads a video is kept apart from everything else, in a word for operators; none when that is not known.</summary>
    string? Sandbox => null;
}

/// <summary>One attempt at a task, under a lease.</summary>
/// <param name="task">The task, with the lease of this attempt.</param>
/// <param name="renew">Renews the lease.</param>
public sealed class CaptureRun(SnapshotTask task, Func<CancellationToken, Task> renew)
{
    /// <summary>The task.</summary>
    public SnapshotTask Task { get; } = task;

    /// <summary>Makes sure that the lease is still held: to be called before results become visible, which must then follow at once.</summary>
    /// <exception cref="OperationCanceledException">The lease is lost.</exception>
    public Task RenewAsync(CancellationToken cancellationToken) => renew(cancellationToken);
}

/// <summary>How an attempt ended: with pictures, with a failure, or not begun.</summary>
public sealed record CaptureResult
{
    private CaptureResult(IReadOnlyList<string> pictures, Failure? failure, string? obstacle = null, bool mayPass = false) =>
        (Pictures, Failure, Obstacle, MayPass) = (pictures, failure, obstacle, mayPass);

    /// <summary>The names of the pictures in the output directory.</summary>
    public IReadOnlyList<string> Pictures { get; }

    /// <summary>Why there are none.</summary>
    public Failure? Failure { get; }

    /// <summary>Whether another attempt may succeed where this one has failed.</summary>
    public bool MayPass { get; }

    /// <summary>Why it could not be tried, when that has nothing to do with the task.</summary>
    public string? Obstacle { get; }

    /// <summary>Ends with pictures.</summary>
    public static CaptureResult Taken(IReadOnlyList<string> pictures) => new(pictures, null);

    /// <summary>Ends with a failure; it is final.</summary>
    public static CaptureResult Failed(FailureCode code, string reason) => new([], new Failure(code, reason));

    /// <summary>Ends with a failure that may pass: another attempt follows after a while, as long as there is one left.</summary>
    public static CaptureResult FailedForNow(FailureCode code, string reason) => new([], new Failure(code, reason), mayPass: true);

    /// <summary>Could not be tried for want of something of this machine: the task is given back, and the attempt does not count.</summary>
    public static CaptureResult NotPossible(string reason) => new([], null, reason);
}
