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
/// <param name="End">Which of the ends it was.</param>
/// <param name="Reason">Why it was not delivered; none when it was.</param>
/// <param name="RetryAfter">The least time before it is tried again, where the receiver has said one.</param>
internal sealed record DeliveryResult(DeliveryEnd End, string? Reason = null, TimeSpan? RetryAfter = null);

/// <summary>How a delivery ended.</summary>
internal enum DeliveryEnd
{
    /// <summary>The receiver has it.</summary>
    Delivered,

    /// <summary>The receiver does not take this event: the event's fault.</summary>
    RefusedEvent,

    /// <summary>The fault of the receiver, or of the network.</summary>
    Failed,

    /// <summary>The receiver wants nothing any more: the subscription is stopped.</summary>
    Gone,
}
