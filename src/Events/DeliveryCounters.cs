using System.Diagnostics.Metrics;

namespace SnapshotTasks;

/// <summary>What is counted of deliveries, by subscription.</summary>
internal sealed class DeliveryCounters : IDisposable
{
    private readonly Counter<long> delivered;
    private readonly Counter<long> failed;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    public DeliveryCounters(IMeterFactory? meters = null)
    {
        Meter = meters?.Create("SnapshotTasks.Events") ?? new Meter("SnapshotTasks.Events");
        delivered = Meter.CreateCounter<long>("snapshot_tasks.events.delivered", "{event}", "Events delivered, also those delivered once more.");
        failed = Meter.CreateCounter<long>("snapshot_tasks.events.failures", "{attempt}", "Attempts to deliver an event that failed.");
    }

    public Meter Meter { get; }

    public void Delivered(string subscription) => delivered.Add(1, Tag(subscription));

    public void Failed(string subscription) => failed.Add(1, Tag(subscription));

    public static KeyValuePair<string, object?> Tag(string subscription) => new("subscription", subscription);

    public void Dispose() => Meter.Dispose();
}
