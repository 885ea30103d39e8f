using System.Collections.Concurrent;

namespace SnapshotTasks.Storage;

/// <summary>Wakes whoever waits in this process for something to start or to happen, or runs what was aborted.</summary>
internal sealed class StoreSignal
{
    private readonly ConcurrentDictionary<TaskId, TaskCompletionSource> runs = [];
    private volatile TaskCompletionSource next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task WaitAsync(CancellationToken cancellationToken) => next.Task.WaitAsync(cancellationToken);

    public async Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken)
    {
        var aborted = runs.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        try
        {
            await aborted.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            runs.TryRemove(new(id, aborted));
        }
    }

    public void Set() =>
        Interlocked.Exchange(ref next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();

    /// <summary>Runs were aborted.</summary>
    public void SetAborted(IEnumerable<TaskId> ids)
    {
        foreach (var id in ids)
        {
            if (runs.TryGetValue(id, out var run))
            {
                run.TrySetResult();
            }
        }
    }
}
