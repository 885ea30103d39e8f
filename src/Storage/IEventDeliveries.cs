namespace SnapshotTasks.Storage;

/// <summary>What delivers events in this process.</summary>
public interface IEventDeliveries
{
    /// <summary>The subscriptions that it serves or would serve, as it has seen them last.</summary>
    IReadOnlyList<Subscription> Subscriptions { get; }

    /// <summary>Those of them to which nothing can be delivered now, or is until somebody resumes them.</summary>
    IReadOnlyList<Subscription> Obstructed => [.. Subscriptions.Where(each => (each.StoppedAt ?? each.FailingSince) is not null)];
}
