namespace SnapshotTasks.Storage;

/// <summary>A change of a subscription, to be decided on while nobody else can change it.</summary>
public sealed record SubscriptionDecision
{
    private readonly Func<Subscription?, DateTimeOffset, SubscriptionOutcome> decide;

    private SubscriptionDecision(string name, Func<Subscription?, DateTimeOffset, SubscriptionOutcome> decide) => (Name, this.decide) = (name, decide);

    /// <summary>The subscription.</summary>
    public string Name { get; }

    /// <summary>What is known of single events, written when the decision was <see cref="SubscriptionAnswer.Done"/>.</summary>
    public Deliveries Deliveries { get; private init; } = Deliveries.None;

    /// <summary>Begins a subscription, unless there is one of that name, which goes on where it was.</summary>
    /// <param name="name">The name.</param>
    /// <param name="after">The number after which its events begin.</param>
    public static SubscriptionDecision Open(string name, long after) =>
        new(name, (current, _) => new(SubscriptionAnswer.Done, current ?? new Subscription(name, after)));

    /// <summary>Takes a subscription that nobody delivers to, or goes on with it.</summary>
    public static SubscriptionDecision Take(string name, string holder, TimeSpan lease) => Delivering(
        name,
        (current, now) => current.Holder == holder || current.IsFree(now),
        (current, now) => current with { Holder = holder, ExpiresAt = now + lease });

    /// <summary>Gives a subscription back before its time is over.</summary>
    public static SubscriptionDecision Release(string name, string holder) =>
        Delivering(name, (current, _) => current.Holder == holder, (current, _) => current with { Holder = null, ExpiresAt = null });

    /// <summary>Records what a holder has delivered and what not.</summary>
    public static SubscriptionDecision Step(DeliveryStep step)
    {
        var moved = Delivering(step.Name, (current, _) => current.Holder == step.Holder, (current, now) => current with
        {
            Position = Math.Max(current.Position, step.Position),
            ExpiresAt = now + step.Lease,
            FailingSince = step.Failing is null ? null : current.FailingSince ?? now,
            StoppedAt = step.Stopping is null ? null : now,
            Reason = step.Stopping ?? step.Failing,
        });
        return moved with { Deliveries = step.Deliveries };
    }

    /// <summary>Has nothing more delivered until it is resumed; whoever delivers learns of it at the next step.</summary>
    public static SubscriptionDecision Stop(string name, string reason) =>
        OfAnyone(name, (current, now) => current with { StoppedAt = current.StoppedAt ?? now, Reason = reason });

    /// <summary>Delivers again what was stopped.</summary>
    /// <param name="name">The subscription.</param>
    /// <param name="after">The number after which it goes on; none for where it was.</param>
    public static SubscriptionDecision Resume(string name, long? after) => OfAnyone(name, (current, _) => current with
    {
        Position = after ?? current.Position,
        Holder = null,
        ExpiresAt = null,
        FailingSince = null,
        StoppedAt = null,
        Reason = null,
    });

    /// <summary>Delivers an event once more, or again one that was set aside, soon.</summary>
    public static SubscriptionDecision Repeat(string name, EventKey happened) =>
        OfAnyone(name, (current, _) => current) with { Deliveries = new Deliveries { Repeated = [happened] } };

    /// <summary>Decides, without effects: a store calls it again when it has to repeat a transaction.</summary>
    /// <param name="current">The subscription, or none.</param>
    /// <param name="now">The store's time.</param>
    public SubscriptionOutcome Decide(Subscription? current, DateTimeOffset now) => decide(current, now);

    private static SubscriptionDecision OfAnyone(string name, Func<Subscription, DateTimeOffset, Subscription> change) =>
        new(name, (current, now) => current is null ? new(SubscriptionAnswer.NotFound, null) : new(SubscriptionAnswer.Done, change(current, now)));

    private static SubscriptionDecision Delivering(
        string name, Func<Subscription, DateTimeOffset, bool> may, Func<Subscription, DateTimeOffset, Subscription> change) =>
        new(name, (current, now) => current switch
        {
            null => new(SubscriptionAnswer.NotFound, null),
            { StoppedAt: not null } => new(SubscriptionAnswer.Stopped, current),
            _ when !may(current, now) => new(SubscriptionAnswer.HeldElsewhere, current),
            _ => new(SubscriptionAnswer.Done, change(current, now)),
        });
}

/// <summary>What the holder of a subscription found out in one step.</summary>
/// <param name="Name">The subscription.</param>
/// <param name="Holder">The holder: when another one has taken over, nothing of the step is written.</param>
/// <param name="Lease">How long it holds the subscription from now on.</param>
/// <param name="Position">The number up to which every event was delivered or is parked now.</param>
public sealed record DeliveryStep(string Name, string Holder, TimeSpan Lease, long Position)
{
    /// <summary>What is known of single events.</summary>
    public Deliveries Deliveries { get; init; } = Deliveries.None;

    /// <summary>Why nothing can be delivered just now; none when something was.</summary>
    public string? Failing { get; init; }

    /// <summary>Why nothing is to be delivered any more until an operator resumes it; none to go on.</summary>
    public string? Stopping { get; init; }
}

/// <summary>What is known of single events of a subscription.</summary>
/// <remarks>The first event of a task that is parked and not set aside has a time at which it is tried; those behind it have none.</remarks>
public sealed record Deliveries
{
    /// <summary>Nothing.</summary>
    public static Deliveries None { get; } = new();

    /// <summary>Deliveries that failed, each of the first event of its task that is still to be delivered.</summary>
    public IReadOnlyList<FailedDelivery> Failed { get; init; } = [];

    /// <summary>Events that wait behind an earlier one of their task.</summary>
    public IReadOnlyList<EventKey> Behind { get; init; } = [];

    /// <summary>Events that were parked and have been delivered.</summary>
    public IReadOnlyList<EventKey> Delivered { get; init; } = [];

    /// <summary>Events to be delivered once more, soon.</summary>
    public IReadOnlyList<EventKey> Repeated { get; init; } = [];

    /// <summary>The tasks that it is about.</summary>
    internal IEnumerable<TaskId> Tasks =>
        Failed.Select(failed => failed.Event).Concat(Behind).Concat(Delivered).Concat(Repeated).Select(each => each.Task).Distinct();
}

/// <summary>The answers to a change of a subscription.</summary>
public enum SubscriptionAnswer
{
    /// <summary>It is changed.</summary>
    Done,

    /// <summary>There is none of that name.</summary>
    NotFound,

    /// <summary>Another process delivers to it.</summary>
    HeldElsewhere,

    /// <summary>Nothing is delivered to it until an operator resumes it.</summary>
    Stopped,
}

/// <summary>What came of a change of a subscription.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Subscription">The subscription as it is now; none when there is none.</param>
public sealed record SubscriptionOutcome(SubscriptionAnswer Answer, Subscription? Subscription);
