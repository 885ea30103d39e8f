using System.Diagnostics.Metrics;

namespace SnapshotTasks;

/// <summary>What operators watch: how often a lease mattered, and whether the machine can capture.</summary>
internal sealed class WorkerCounters : IDisposable
{
    private readonly Meter meter;
    private readonly Counter<long> losses;
    private readonly Counter<long> refusals;
    private volatile bool isObstructed;
    private long leasesLost;
    private long lateCompletions;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    public WorkerCounters(IMeterFactory? meters = null)
    {
        meter = meters?.Create("SnapshotTasks.Worker") ?? new Meter("SnapshotTasks.Worker");
        losses = meter.CreateCounter<long>("snapshot_tasks.leases.lost", "{run}", "Runs stopped because their lease was lost.");
        refusals = meter.CreateCounter<long>("snapshot_tasks.completions.refused", "{run}", "Outcomes refused because another worker had taken over, or an operator had aborted the run.");
        meter.CreateObservableGauge("snapshot_tasks.worker.obstructed", () => isObstructed ? 1 : 0, description: "Whether this machine cannot capture, so that its worker claims nothing: 1 or 0.");
    }

    /// <summary>Captures stopped because their lease was lost or could not be renewed in time.</summary>
    public long LeasesLost => Interlocked.Read(ref leasesLost);

    /// <summary>Outcomes that the store refused because another worker had taken over.</summary>
    public long LateCompletions => Interlocked.Read(ref lateCompletions);

    /// <summary>Whether the machine cannot capture.</summary>
    public bool IsObstructed
    {
        set => isObstructed = value;
    }

    /// <summary>Counts how a run has ended.</summary>
    public void RunEnded(RunEnd end)
    {
        switch (end)
        {
            case RunEnd.LeaseLost:
                Interlocked.Increment(ref leasesLost);
                losses.Add(1);
                break;
            case RunEnd.Refused:
                Interlocked.Increment(ref lateCompletions);
                refusals.Add(1);
                break;
            case RunEnd.Pictures or RunEnd.Failed or RunEnd.Deferred or RunEnd.OutcomeLost or RunEnd.Released or RunEnd.GivenBack or RunEnd.NotReleased:
                break;
        }
    }

    public void Dispose() => meter.Dispose();
}
