using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Finds to whom events are delivered, by name, and how far that has come.</summary>
public sealed record FindSubscriptions : IRequest<IReadOnlyList<Subscription>>;

/// <summary>Finds events that are still to be delivered to a subscription whose position has passed them, in their order.</summary>
/// <param name="Subscription">The name of the subscription.</param>
/// <param name="OnlySetAside">Whether only those that were given up.</param>
/// <param name="After">The number after which they begin.</param>
/// <param name="Size">The most events, 1 to 1,000.</param>
public sealed record FindParkedEvents(string Subscription, bool OnlySetAside = false, long After = 0, int Size = 100) : IRequest<IReadOnlyList<ParkedEvent>>
{
    /// <summary>The most events of an answer.</summary>
    public const int MaxSize = 1000;
}

/// <summary>Delivers an event once more, whether it was set aside or delivered, as long as its task is there.</summary>
/// <param name="Subscription">The name of the subscription.</param>
/// <param name="Event">The event.</param>
public sealed record RepeatEvent(string Subscription, EventKey Event) : IRequest<SubscriptionOutcome>;

/// <summary>Delivers nothing more to a subscription until it is resumed: one that nobody serves any more would keep its tasks from being removed.</summary>
/// <param name="Subscription">The name of the subscription.</param>
/// <param name="Reason">Why, 1 to 500 characters.</param>
public sealed record StopSubscription(string Subscription, string Reason) : IRequest<SubscriptionOutcome>;

/// <summary>Delivers again to a subscription that was stopped.</summary>
/// <param name="Subscription">The name of the subscription.</param>
/// <param name="FromNow">Whether it goes on with what happens from now on, and not from where it was.</param>
public sealed record ResumeSubscription(string Subscription, bool FromNow = false) : IRequest<SubscriptionOutcome>;

internal sealed class FindSubscriptionsValidator : AbstractValidator<FindSubscriptions>;

internal sealed class FindParkedEventsValidator : AbstractValidator<FindParkedEvents>
{
    public FindParkedEventsValidator()
    {
        RuleFor(query => query.Subscription).IsSubscription();
        RuleFor(query => query.After).GreaterThanOrEqualTo(0);
        RuleFor(query => query.Size).InclusiveBetween(1, FindParkedEvents.MaxSize);
    }
}

internal sealed class RepeatEventValidator : AbstractValidator<RepeatEvent>
{
    public RepeatEventValidator() => RuleFor(command => command.Subscription).IsSubscription();
}

internal sealed class StopSubscriptionValidator : AbstractValidator<StopSubscription>
{
    public StopSubscriptionValidator()
    {
        RuleFor(command => command.Subscription).IsSubscription();
        RuleFor(command => command.Reason).IsReason();
    }
}

internal sealed class ResumeSubscriptionValidator : AbstractValidator<ResumeSubscription>
{
    public ResumeSubscriptionValidator() => RuleFor(command => command.Subscription).IsSubscription();
}

internal sealed class SubscriptionsHandler(ISubscriptionStore store, IEventStore events) :
    IRequestHandler<FindSubscriptions, IReadOnlyList<Subscription>>,
    IRequestHandler<FindParkedEvents, IReadOnlyList<ParkedEvent>>,
    IRequestHandler<RepeatEvent, SubscriptionOutcome>,
    IRequestHandler<StopSubscription, SubscriptionOutcome>,
    IRequestHandler<ResumeSubscription, SubscriptionOutcome>
{
    public Task<IReadOnlyList<Subscription>> Handle(FindSubscriptions query, CancellationToken cancellationToken) =>
        store.GetSubscriptionsAsync(cancellationToken);

    public Task<IReadOnlyList<ParkedEvent>> Handle(FindParkedEvents query, CancellationToken cancellationToken) =>
        store.GetParkedAsync(query.Subscription, query.OnlySetAside, query.After, query.Size, cancellationToken);

    public Task<SubscriptionOutcome> Handle(RepeatEvent command, CancellationToken cancellationToken) =>
        store.DecideAsync(SubscriptionDecision.Repeat(command.Subscription, command.Event), cancellationToken);

    public Task<SubscriptionOutcome> Handle(StopSubscription command, CancellationToken cancellationToken) =>
        store.DecideAsync(SubscriptionDecision.Stop(command.Subscription, command.Reason), cancellationToken);

    public async Task<SubscriptionOutcome> Handle(ResumeSubscription command, CancellationToken cancellationToken)
    {
        long? after = command.FromNow ? await events.GetSettledAsync(cancellationToken) : null;
        return await store.DecideAsync(SubscriptionDecision.Resume(command.Subscription, after), cancellationToken);
    }
}
