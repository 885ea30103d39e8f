namespace SnapshotTasks;

/// <summary>A subscription while this process holds it: events are delivered step by step, and what came of them is written once a step.</summary>
internal sealed class HeldSubscription : IAsyncDisposable
{
    /// <summary>The most events of a step that were not parked, and the most that were.</summary>
    public const int PageSize = 256;

    // A step ends soon although a receiver is slow: what is still on its way then is parked, and goes on in the air.
    private static readonly TimeSpan MaxStarting = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan MaxLanding = TimeSpan.FromMilliseconds(500);

    // Steps are transactions: events that come one by one share them.
    private static readonly TimeSpan BetweenSteps = TimeSpan.FromMilliseconds(100);

    // For parked events that become due, and for what another process has kept where that is not told.
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Renewal = SubscriptionDeliverer.Lease / 3;

    // How long a host that stops lets deliveries end that are on their way.
    private static readonly TimeSpan MaxFinishing = TimeSpan.FromSeconds(2);

    private readonly IDelivery delivery;
    private readonly DeliveryParts parts;
    private readonly Receiver receiver;
    private readonly CancellationTokenSource lost;
    private readonly CancellationTokenSource breakOff;
    private readonly List<PendingDelivery> air = [];
    private readonly List<PendingDelivery> carried = [];
    private Subscription known;
    private long position;
    private long writtenAt;
    private string? gone;

    /// <param name="delivery">Where its events go.</param>
    /// <param name="parts">What is used.</param>
    /// <param name="taken">The subscription as it was taken.</param>
    /// <param name="askedAt">When it was asked for, from when on it is held.</param>
    public HeldSubscription(IDelivery delivery, DeliveryParts parts, Subscription taken, long askedAt)
    {
        (this.delivery, this.parts, known, position, writtenAt) = (delivery, parts, taken, taken.Position, askedAt);
        receiver = new(taken, parts.Time);
        lost = new(SubscriptionDeliverer.Lease, parts.Time);
        breakOff = CancellationTokenSource.CreateLinkedTokenSource(lost.Token);
    }

    // As the store had it when it answered last: a host's clock may go wrong.
    private DateTimeOffset StoreTime => known.ExpiresAt!.Value - SubscriptionDeliverer.Lease;

    /// <summary>Delivers until the subscription is lost or stopped, or the host stops.</summary>
    public async Task DeliverAsync(Action<Subscription> see, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
            {
                if (!await StepAsync(stopping))
                {
                    return;
                }

                see(known);
            }

            await FinishAsync();
        }
        catch (OperationCanceledException) when (lost.IsCancellationRequested)
        {
            parts.Log.HoldingLost(delivery.Name);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            await FinishAsync();
        }
        finally
        {
            see(known);
        }
    }

    /// <summary>Breaks off what is on its way, and waits until it is: nobody in this process delivers the same once more meanwhile.</summary>
    public async ValueTask DisposeAsync()
    {
        await breakOff.CancelAsync();
        await Task.WhenAll(air.Select(each => each.Flight));
        breakOff.Dispose();
        lost.Dispose();
    }

    private async Task<bool> StepAsync(CancellationToken stopping)
    {
        var begun = parts.Time.GetTimestamp();
        using var asking = CancellationTokenSource.CreateLinkedTokenSource(stopping, lost.Token);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(asking.Token);
        var happens = parts.Events.WaitForEventAsync(waiting.Token);
        var (page, isFull) = await ReadAsync(asking.Token);
        await RunAsync(page, begun, stopping);
        if (!await WriteAsync(page))
        {
            return false;
        }

        var hasMore = isFull || page.HasReady;
        if (!hasMore || air.Count >= receiver.AtOnce)
        {
            List<Task> reasons = [Task.Delay(Shorter(Poll, receiver.Wait), parts.Time, waiting.Token), .. air.Select(each => each.Flight)];
            if (!hasMore)
            {
                reasons.Add(happens);
            }

            await Task.WhenAny(reasons);
            if (BetweenSteps - parts.Time.GetElapsedTime(begun) is { Ticks: > 0 } rest)
            {
                await Task.Delay(rest, parts.Time, asking.Token);
            }
        }

        await waiting.CancelAsync();
        return true;
    }

    private async Task<(DeliveryPage Page, bool IsFull)> ReadAsync(CancellationToken cancel)
    {
        var settled = await parts.Store.AskAsync(parts.Events.GetSettledAsync, cancel);
        var due = await parts.Store.AskAsync(ct => parts.Subscriptions.GetDueAsync(delivery.Name, PageSize, ct), cancel);
        var next = await parts.Store.AskAsync(ct => parts.Events.GetEventsAsync(null, position, settled, PageSize, ct), cancel);

        // Those on their way have rows, and are due as long as nothing has come of them.
        var taken = air.Select(each => each.Event.Task).ToHashSet();
        due = [.. due.Where(each => !taken.Contains(each.Event.Task))];
        taken.UnionWith(due.Select(each => each.Event.Task));
        if (next.Select(happened => happened.Task).ToHashSet() is { Count: > 0 } tasks)
        {
            taken.UnionWith(await parts.Store.AskAsync(ct => parts.Subscriptions.FindParkedAsync(delivery.Name, tasks, ct), cancel));
        }

        var isFull = next.Count == PageSize;
        return (new(due, next, isFull ? next[^1].Number : settled, taken, delivery.Wants), isFull);
    }

    private async Task RunAsync(DeliveryPage page, long begun, CancellationToken stopping)
    {
        var own = new HashSet<PendingDelivery>();
        while (true)
        {
            Land(page, own);
            var elapsed = parts.Time.GetElapsedTime(begun);
            while (elapsed < MaxStarting && gone is null && !stopping.IsCancellationRequested && air.Count < receiver.AtOnce
                && page.Take(receiver.IsFailing) is { } next)
            {
                own.Add(next);
                air.Add(next);
                next.Send(delivery, breakOff.Token);
            }

            var left = MaxStarting + MaxLanding - elapsed;
            if (gone is not null || left <= TimeSpan.Zero || !air.Exists(own.Contains))
            {
                return;
            }

            using var bound = new CancellationTokenSource();
            await Task.WhenAny([Task.Delay(left, parts.Time, bound.Token), .. air.Select(each => each.Flight)]);
            await bound.CancelAsync();
        }
    }

    /// <summary>Takes note of deliveries that have ended.</summary>
    private void Land(DeliveryPage? page, HashSet<PendingDelivery> own)
    {
        foreach (var landed in air.Where(each => each.Flight.IsCompleted).ToList())
        {
            air.Remove(landed);
            var isOwn = own.Contains(landed);
            landed.State = DeliveryState.Waiting;
            switch (landed.Result?.End)
            {
                case null:
                    break;
                case DeliveryEnd.Gone:
                    gone = landed.Result.Reason ?? "The receiver wants nothing any more.";
                    break;
                case DeliveryEnd.Delivered:
                    parts.Counters.Delivered(delivery.Name);
                    Recover();
                    landed.State = DeliveryState.Delivered;
                    if (isOwn)
                    {
                        page!.Delivered(landed);
                    }

                    break;
                case DeliveryEnd.RefusedEvent or DeliveryEnd.Failed:
                    parts.Counters.Failed(delivery.Name);
                    landed.State = DeliveryState.Failed;
                    Fail(landed.Result);
                    break;
            }

            if (!isOwn)
            {
                carried.Add(landed);
            }
        }
    }

    private void Recover()
    {
        if (receiver.IsFailing)
        {
            parts.Log.Recovered(delivery.Name);
        }

        receiver.Took();
    }

    private void Fail(DeliveryResult result)
    {
        var wasFailing = receiver.IsFailing;
        receiver.Failed(result);
        if (receiver.IsFailing && !wasFailing)
        {
            parts.Log.Failing(delivery.Name, receiver.Reason);
        }
    }

    /// <summary>Writes what came of a step; false when that was the last one.</summary>
    private async Task<bool> WriteAsync(DeliveryPage page)
    {
        var (moved, behind) = page.Settle();
        var all = page.All.Concat(carried).ToList();
        var deliveries = new Deliveries
        {
            Failed = [.. all.Where(each => each.State == DeliveryState.Failed).Select(ToFailed)],
            Behind = behind,
            Delivered = [.. all.Where(each => each is { IsParked: true, State: DeliveryState.Delivered }).Select(each => EventKey.Of(each.Event))],
        };
        var stopping = gone ?? receiver.WhyToStop(known, page.OldestAt, StoreTime + parts.Time.GetElapsedTime(writtenAt));
        var hasNews = stopping is not null || deliveries.Failed.Count + behind.Count + deliveries.Delivered.Count > 0
            || page.All.Any(each => each.State == DeliveryState.Delivered);
        position = moved;
        if (!hasNews && parts.Time.GetElapsedTime(writtenAt) < Renewal)
        {
            return true;
        }

        if (!await WriteAsync(deliveries, stopping))
        {
            return false;
        }

        carried.Clear();
        air.ForEach(each => each.IsParked = true);
        return true;
    }

    private async Task<bool> WriteAsync(Deliveries deliveries, string? stopping)
    {
        var step = new DeliveryStep(delivery.Name, parts.Holder, SubscriptionDeliverer.Lease, position)
        {
            Deliveries = deliveries,
            Failing = receiver.IsFailing ? receiver.Reason ?? "Unknown." : null,
            Stopping = stopping,
        };
        var askedAt = parts.Time.GetTimestamp();
        var written = await parts.Store.AskAsync(ct => parts.Subscriptions.DecideAsync(SubscriptionDecision.Step(step), ct), lost.Token);
        known = written.Subscription ?? known;
        if (written.Answer != SubscriptionAnswer.Done)
        {
            parts.Log.HoldingLost(delivery.Name);
            return false;
        }

        writtenAt = askedAt;
        var left = SubscriptionDeliverer.Lease - parts.Time.GetElapsedTime(askedAt);
        lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        return stopping is null;
    }

    private FailedDelivery ToFailed(PendingDelivery pending)
    {
        var (key, attempts) = (EventKey.Of(pending.Event), pending.Failures + 1);
        var (reason, wait) = (pending.Result!.Reason ?? "Unknown.", RetrySchedule.BeforeAttempt(attempts, pending.Result.RetryAfter, Receiver.Jitter()));
        if (wait is { } next)
        {
            parts.Log.NotDelivered(key.Number, key.Task, delivery.Name, attempts, next.TotalSeconds, reason);
        }
        else
        {
            parts.Log.SetAside(key.Number, key.Task, delivery.Name, attempts, reason);
        }

        return new(key, attempts, wait, reason);
    }

    /// <summary>Lets deliveries end that are on their way, writes what came of them, and gives the subscription back.</summary>
    private async Task FinishAsync()
    {
        var all = Task.WhenAll(air.Select(each => each.Flight));
        await all.WaitAsync(MaxFinishing, parts.Time, lost.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await breakOff.CancelAsync();
        await all.WaitAsync(lost.Token);
        Land(page: null, own: []);
        if (carried.Count == 0 || await WriteAsync(
            new Deliveries
            {
                Failed = [.. carried.Where(each => each.State == DeliveryState.Failed).Select(ToFailed)],
                Delivered = [.. carried.Where(each => each.State == DeliveryState.Delivered).Select(each => EventKey.Of(each.Event))],
            },
            gone))
        {
            await parts.Store.TryAsync(ct => parts.Subscriptions.DecideAsync(SubscriptionDecision.Release(delivery.Name, parts.Holder), ct), lost.Token);
        }
    }

    private static TimeSpan Shorter(TimeSpan poll, TimeSpan wait) => wait > TimeSpan.Zero && wait < poll ? wait : poll;
}
