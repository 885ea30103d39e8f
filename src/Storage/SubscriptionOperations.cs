namespace SnapshotTasks.Storage;

/// <summary>A change of a subscription.</summary>
internal sealed class ChangingSubscription(SubscriptionDecision decision) : StoreOperation<SubscriptionOutcome>
{
    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Subscription(decision.Name);
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if (tasks.IsLockedElsewhere(decision.Name))
        {
            return false;
        }

        Answer = tasks.Decide(decision);
        return true;
    }
}

/// <summary>A subscription to write.</summary>
/// <param name="Subscription">The subscription as it was decided.</param>
/// <param name="IsNew">Whether it has no row yet.</param>
internal sealed record ChangedSubscription(Subscription Subscription, bool IsNew);

/// <summary>What is known of single events, to be written.</summary>
/// <param name="Name">The subscription.</param>
/// <param name="Position">Its position by then.</param>
/// <param name="Deliveries">What is known.</param>
/// <param name="Now">The store's time.</param>
internal sealed record TimedDeliveries(string Name, long Position, Deliveries Deliveries, DateTimeOffset Now)
{
    /// <summary>The tasks that it is about.</summary>
    public IEnumerable<TaskId> Tasks => Deliveries.Tasks;

    /// <summary>The rows that are written whatever is there.</summary>
    public IReadOnlyList<ParkedRow> Parked =>
    [
        .. Deliveries.Failed.Select(failed => new ParkedRow(
            failed.Event, failed.Attempts, Now + failed.RetryAfter, failed.RetryAfter is null ? Now : null, failed.Reason)),
        .. Deliveries.Repeated.Select(repeated => new ParkedRow(repeated, 0, null, null, null)),
    ];
}

/// <summary>A row of an event that is parked.</summary>
internal sealed record ParkedRow(EventKey Event, int Attempts, DateTimeOffset? DueAt, DateTimeOffset? SetAsideAt, string? Reason);
