using System.Diagnostics.Metrics;

namespace SnapshotTasks.Storage;

/// <summary>What stores measure of themselves.</summary>
internal sealed class StoreMetrics : IDisposable
{
    private readonly Meter meter;
    private readonly Histogram<int> batches;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    public StoreMetrics(IMeterFactory? meters)
    {
        meter = meters?.Create("SnapshotTasks.Storage") ?? new Meter("SnapshotTasks.Storage");
        var powers = new InstrumentAdvice<int> { HistogramBucketBoundaries = [1, 2, 4, 8, 16, 32, 64, 128, 256, GroupCommit.MaxBatch] };
        batches = meter.CreateHistogram("snapshot_tasks.batch.size", "{call}", "How many calls shared a transaction.", tags: null, powers);
    }

    /// <summary>So many calls share a transaction.</summary>
    public void Batch(int calls) => batches.Record(calls);

    public void Dispose() => meter.Dispose();
}
