namespace SnapshotTasks.Storage;

/// <summary>Wakes whoever waits in this process for something to start, or to happen.</summary>
internal sealed class SubmissionSignal
{
    private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task WaitAsync(CancellationToken cancellationToken) => next.Task.WaitAsync(cancellationToken);

    public void Set() =>
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
}
