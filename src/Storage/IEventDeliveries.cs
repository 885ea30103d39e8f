namespace SnapshotTasks.Storage;

/// <summary>What delivers events in this process.</summary>
public interface IEventDeliveries
{
    /// <summary>The subscriptions that it serves or would serve, as it has seen them last.</summary>
    IReadOnlyList<Subscription> Subscriptions { get; }
}
