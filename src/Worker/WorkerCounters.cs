namespace SnapshotTasks;

/// <summary>What operators watch: how often a lease mattered.</summary>
internal sealed class WorkerCounters
{
    private long leasesLost;
    private long lateCompletions;

    /// <summary>Captures stopped because their lease was lost or could not be renewed in time.</summary>
    public long LeasesLost => Interlocked.Read(ref leasesLost);

    /// <summary>Outcomes that the store refused because another worker had taken over.</summary>
    public long LateCompletions => Interlocked.Read(ref lateCompletions);

    public void LeaseLost() => Interlocked.Increment(ref leasesLost);

    public void LateCompletion() => Interlocked.Increment(ref lateCompletions);
}
