namespace SnapshotTasks.Storage;

/// <content>What was delivered.</content>
internal sealed partial class InMemoryTaskStore
{
    private readonly Dictionary<string, Subscription> subscriptions = [];
    private readonly Dictionary<(string Subscription, long Number), ParkedEvent> parked = [];

    /// <inheritdoc/>
    public Task<SubscriptionOutcome> DecideAsync(SubscriptionDecision decision, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var now = time.Now();
            var outcome = decision.Decide(subscriptions.GetValueOrDefault(decision.Name), now);
            if (outcome.Answer == SubscriptionAnswer.Done)
            {
                subscriptions[decision.Name] = outcome.Subscription!;
                Park(decision, now);
            }

            return Task.FromResult(outcome);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<Subscription>>([.. subscriptions.Values.OrderBy(subscription => subscription.Name, StringComparer.Ordinal)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var now = time.Now();
            return Task.FromResult<IReadOnlyList<ParkedEvent>>(
                [.. Parked(subscription).Where(each => each.DueAt <= now).OrderBy(each => each.DueAt).ThenBy(each => each.Event.Number).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<ParkedEvent>>(
            [
                .. Parked(subscription).Where(each => each.Event.Number > after && (!onlySetAside || each.SetAsideAt is not null))
                    .OrderBy(each => each.Event.Number).Take(limit),
            ]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlySet<TaskId>> FindParkedAsync(
        string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlySet<TaskId>>(Open(subscription).Select(each => each.Event.Task).Intersect(tasks).ToHashSet());
        }
    }

    /// <inheritdoc/>
    public Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException("The store in memory has no transactions.");

    private void Park(SubscriptionDecision decision, DateTimeOffset now)
    {
        var deliveries = decision.Deliveries;
        foreach (var failed in deliveries.Failed)
        {
            Put(decision.Name, failed.Event, failed.Attempts, each => each with
            {
                DueAt = now + failed.RetryAfter,
                SetAsideAt = failed.RetryAfter is null ? now : null,
                Reason = failed.Reason,
            });
        }

        foreach (var behind in deliveries.Behind.Where(behind => !parked.ContainsKey((decision.Name, behind.Number))))
        {
            Put(decision.Name, behind, 0, each => each);
        }

        foreach (var repeated in deliveries.Repeated)
        {
            Put(decision.Name, repeated, 0, each => each);
        }

        foreach (var delivered in deliveries.Delivered)
        {
            parked.Remove((decision.Name, delivered.Number));
        }

        var about = deliveries.Tasks.ToHashSet();
        foreach (var head in Open(decision.Name).GroupBy(each => each.Event.Task).Where(task => about.Contains(task.Key))
            .Select(task => task.MinBy(each => each.Event.Version)!).Where(head => head.DueAt is null).ToList())
        {
            parked[(decision.Name, head.Event.Number)] = head with { DueAt = now };
        }
    }

    // An event whose task is gone is not delivered any more.
    private void Put(string subscription, EventKey key, int attempts, Func<ParkedEvent, ParkedEvent> with)
    {
        if (events.Find(happened => happened.Number == key.Number) is { } there)
        {
            parked[(subscription, key.Number)] = with(new ParkedEvent(there, attempts));
        }
    }

    private IEnumerable<ParkedEvent> Parked(string subscription) => parked.Where(each => each.Key.Subscription == subscription).Select(each => each.Value);

    private IEnumerable<ParkedEvent> Open(string subscription) => Parked(subscription).Where(each => each.SetAsideAt is null);

    private bool IsToBeDelivered(TaskId task)
    {
        var last = events.FindLast(happened => happened.Task == task)?.Number ?? 0;
        return subscriptions.Values.Any(subscription =>
            subscription.StoppedAt is null && (subscription.Position < last || Open(subscription.Name).Any(each => each.Event.Task == task)));
    }

    private void RemoveParked(HashSet<TaskId> tasks)
    {
        foreach (var key in parked.Where(each => tasks.Contains(each.Value.Event.Task)).Select(each => each.Key).ToList())
        {
            parked.Remove(key);
        }
    }
}
