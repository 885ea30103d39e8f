using System.Diagnostics.Metrics;

namespace SnapshotTasks;

/// <summary>What stores measure of themselves.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Histogram<int> batches;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    public StoreMetrics(IMeterFactory? meters)
    {
        meter = meters?.Create("SnapshotTasks.Storage") ?? new Meter("SnapshotTasks.Storage");
        batches = meter.CreateHistogram<int>("snapshot_tasks.batch.size", "{call}", "How many calls shared a transaction.");
    }

    /// <summary>So many calls share a transaction.</summary>
    public void Batch(int calls) => batches.Record(calls);

    public void Dispose() => meter.Dispose();
}
