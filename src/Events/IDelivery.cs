namespace SnapshotTasks;

/// <summary>Where the events of a subscription go.</summary>
internal interface IDelivery
{
    /// <summary>The subscription.</summary>
    string Name { get; }

    /// <summary>Whether an event is one for it; if not, it counts as delivered.</summary>
    bool Wants(RecordedEvent happened);

    /// <summary>Delivers an event once.</summary>
    Task<DeliveryResult> DeliverAsync(RecordedEvent happened, int attempt, CancellationToken cancellationToken);
}

/// <summary>What came of a delivery.</summary>
internal sealed record DeliveryResult(DeliveryEnd End, string? Reason = null, TimeSpan? RetryAfter = null);

/// <summary>How a delivery ended.</summary>
internal enum DeliveryEnd
{
    /// <summary>The event was taken.</summary>
    Delivered,

    /// <summary>The event's fault: others may be taken.</summary>
    RefusedEvent,

    /// <summary>The receiver's fault, or the network's.</summary>
    Failed,

    /// <summary>The receiver wants nothing any more.</summary>
    Gone,
}
