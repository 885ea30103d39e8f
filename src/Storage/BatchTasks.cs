namespace SnapshotTasks.Storage;

/// <summary>The tasks of a batch as they have been decided so far.</summary>
internal sealed class BatchTasks
{
    private readonly Held held;
    private readonly Dictionary<TaskId, SnapshotTask> decided = [];
    private readonly Dictionary<TaskId, IdempotencyKey?> added = [];
    private readonly HashSet<TaskId> removed = [];
    private readonly List<TaskEvent> happened = [];
    private readonly List<RecordedEvent> events = [];
    private readonly List<TimedListing> listed = [];
    private readonly List<CancelledTask> outcomes = [];
    private readonly Dictionary<string, Subscription> subscriptions = [];
    private readonly List<TimedDeliveries> deliveries = [];
    private OldCancellations? removedCancellations;
    private bool? keepsEvents;

    // Has what can be claimed only where there are claims: what was held for them, decided on, or added just now.
    private readonly ClaimOrder order;
    private readonly bool forClaims;

    public BatchTasks(Held held, bool forClaims)
    {
        (this.held, this.forClaims) = (held, forClaims);
        order = new ClaimOrder(held.Turns, held.Running, held.Pauses);
        if (forClaims)
        {
            held.Tasks.Values.Where(task => task.CanBeClaimed(held.Now)).ToList().ForEach(order.Add);
        }
    }

    /// <summary>Whether somebody else has locked a task.</summary>
    public bool IsLockedElsewhere(TaskId id) => held.LockedElsewhere.Contains(id);

    /// <summary>Whether somebody else has locked a key.</summary>
    public bool IsLockedElsewhere(TaskKey key) => !held.Keys.ContainsKey(key);

    /// <summary>Whether somebody else pauses something, or starts something while that is to be paused.</summary>
    public bool ArePausesLockedElsewhere => held.ArePausesLockedElsewhere;

    /// <summary>Whether somebody else has locked a subscription.</summary>
    public bool IsLockedElsewhere(string subscription) => held.SubscriptionsLockedElsewhere.Contains(subscription);

    /// <summary>Puts a decision to its task.</summary>
    public Decision<TAnswer> Decide<TAnswer>(TaskDecision<TAnswer> decision)
        where TAnswer : struct, Enum
    {
        var current = Find(decision.Id);
        return Made(current, decision.Decide(current, held.Now), decision.By);
    }

    /// <summary>Adds a task, unless one has its key.</summary>
    public Decision<SubmitAnswer> Add(NewTask task, TaskKey? key)
    {
        if (key is { } named && held.Keys[named] is { } kept && !removed.Contains(kept.Task.Id))
        {
            return task.Repeat(Find(kept.Task.Id) ?? kept.Task, kept.RequestHash);
        }

        var accepted = Made(null, task.Accept(held.NewIds.Peek(), held.Now, order.RunningOf(task.Project), order.Pauses), task.By);
        if (accepted.TaskIfAny is { } one)
        {
            added.Add(held.NewIds.Dequeue(), task.Key);
            if (key is { } taken)
            {
                held.Keys[taken] = new(one, task.Key!.RequestHash);
            }
        }

        return accepted;
    }

    /// <summary>Claims those that are first now.</summary>
    public List<Decision<ClaimAnswer>> Claim(Claim claim)
    {
        var claimed = new List<Decision<ClaimAnswer>>();
        while (claimed.Count < claim.Count && order.Take(claim) is { } first)
        {
            var decision = first.TryClaim(claim, held.Now);
            if (decision.Answer != ClaimAnswer.Refused)
            {
                claimed.Add(Made(first, decision));
            }
        }

        return claimed;
    }

    /// <summary>Puts a decision to what is paused.</summary>
    public PauseOutcome Decide(PauseDecision decision)
    {
        var outcome = decision.Decide(order.Pauses.Of(decision.Project), held.Now);
        order.Pauses = order.Pauses.After(decision.Project, outcome);
        return outcome;
    }

    /// <summary>Puts a decision to its subscription.</summary>
    public SubscriptionOutcome Decide(SubscriptionDecision decision)
    {
        var current = subscriptions.GetValueOrDefault(decision.Name) ?? held.Subscriptions.GetValueOrDefault(decision.Name);
        var outcome = decision.Decide(current, held.Now);
        if (outcome is { Answer: SubscriptionAnswer.Done, Subscription: { } changed })
        {
            subscriptions[decision.Name] = changed;
            deliveries.Add(new(decision.Name, changed.Position, decision.Deliveries, held.Now));
        }

        return outcome;
    }

    /// <summary>Writes down what a cancellation of many is about.</summary>
    public void List(Listing listing) => listed.Add(new(listing, held.Now));

    /// <summary>Cancels a task that a cancellation of many is about; none when it has its outcome.</summary>
    public Decision<CancelAnswer>? CancelListed(OpenTasks open, ProjectId project, TaskId id, string? by)
    {
        if (!held.Open.Remove((open.Cancellation, id)))
        {
            return null;
        }

        var decision = Decide(TaskDecision.Cancel(project, id) with { By = by });
        outcomes.Add(new(open.Cancellation, id, CancelOutcome.Of(decision)));
        return decision;
    }

    /// <summary>Removes cancellations that were begun long ago, as far as one step goes.</summary>
    public void RemoveCancellations(TimeSpan age, int limit) => removedCancellations = new(held.Now - age, limit);

    /// <summary>Keeps events from the next decision on, or no longer.</summary>
    public void KeepEvents(bool keep)
    {
        keepsEvents = held.KeepsEvents == keep ? null : keep;
        held.KeepsEvents = keep;
    }

    /// <summary>Removes those that ended long ago.</summary>
    public RemovalOutcome Remove(EndedTasks wanted)
    {
        var found = held.Ended[wanted];
        var count = found.Ids.Count(removed.Add);

        // A task that was accepted later cannot have ended by then, nor can those after it.
        var goesOn = found.Looked == wanted.Limit && found.LastCreatedAt <= held.Now - wanted.Age;
        return new(count, goesOn ? found.Last : null);
    }

    /// <summary>What is to be written.</summary>
    public Changes Changes()
    {
        var changes = new Changes();
        changes.Removed.AddRange(removed);
        changes.Happened.AddRange(happened);
        changes.Events.AddRange(events);
        changes.KeepsEvents = keepsEvents;
        changes.Turns = order.Turns;
        changes.Listed.AddRange(listed);
        changes.Outcomes.AddRange(outcomes);
        changes.RemovedCancellations = removedCancellations;
        changes.Paused.AddRange(order.Pauses.All.Except(held.Pauses.All));
        changes.Resumed.AddRange(held.Pauses.All.Except(order.Pauses.All));
        changes.Subscriptions.AddRange(subscriptions.Values.Where(subscription => subscription != held.Subscriptions.GetValueOrDefault(subscription.Name))
            .Select(subscription => new ChangedSubscription(subscription, !held.Subscriptions.ContainsKey(subscription.Name))));
        changes.Deliveries.AddRange(deliveries);
        foreach (var task in decided.Values)
        {
            if (added.TryGetValue(task.Id, out var key))
            {
                changes.Added.Add(new(task, key));
            }
            else
            {
                changes.Changed.Add(new(task, held.Tasks[task.Id].Version));
            }
        }

        return changes;
    }

    private SnapshotTask? Find(TaskId id) =>
        removed.Contains(id) ? null : decided.GetValueOrDefault(id) ?? held.Tasks.GetValueOrDefault(id);

    private Decision<TAnswer> Made<TAnswer>(SnapshotTask? before, Decision<TAnswer> decision, string? by = null)
        where TAnswer : struct, Enum
    {
        if (decision.TaskIfAny is { } after && after.Version != before?.Version)
        {
            decided[after.Id] = after;
            order.Count(before, after);
            if (forClaims)
            {
                if (before is not null)
                {
                    order.Remove(before);
                }

                if (after.CanBeClaimed(held.Now))
                {
                    order.Add(after);
                }
            }
        }

        if (decision.Happened is { } what)
        {
            happened.Add(what);
            if (held.KeepsEvents)
            {
                events.Add(RecordedEvent.Of(before, decision.Task, what, held.Now, by));
            }
        }

        return decision;
    }
}
