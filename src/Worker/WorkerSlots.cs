namespace SnapshotTasks;

/// <summary>The slots of a worker and the runs in them: the queue and those who want a task run at once share them, first come, first served.</summary>
#pragma warning disable CA1001 // The semaphore has nothing to dispose of as long as nobody asks for its wait handle.
internal sealed class WorkerSlots(int count)
#pragma warning restore CA1001
{
    private readonly SemaphoreSlim free = new(count, count);
    private readonly Lock gate = new();
    private readonly HashSet<Task> runs = [];
    private bool closed;

    /// <summary>Waits for a free slot and takes it.</summary>
    public Task TakeAsync(CancellationToken cancellationToken) => free.WaitAsync(cancellationToken);

    /// <summary>Takes every slot that is free now, and says how many.</summary>
    public int TakeFree()
    {
        var taken = 0;
        while (free.Wait(0))
        {
            taken++;
        }

        return taken;
    }

    /// <summary>Gives back slots in which nothing runs.</summary>
    public void GiveBack(int slots)
    {
        if (slots > 0)
        {
            free.Release(slots);
        }
    }

    /// <summary>Runs something, which must not throw, in a slot that was taken, and then gives that back; false when no run begins any more.</summary>
    public bool TryRun(Func<Task> run)
    {
        lock (gate)
        {
            if (closed)
            {
                return false;
            }

            var running = Task.Run(run, CancellationToken.None);
            runs.Add(running);
            running.ContinueWith(Leave, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return true;
        }
    }

    /// <summary>Lets no further run begin; completes when those that have begun have ended.</summary>
    public Task CloseAsync()
    {
        lock (gate)
        {
            closed = true;
            return Task.WhenAll(runs);
        }
    }

    private void Leave(Task run)
    {
        lock (gate)
        {
            runs.Remove(run);
        }

        free.Release();
    }
}
