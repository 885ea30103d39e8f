using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What everything that delivers uses.</summary>
internal sealed record DeliveryParts(
    IEventStore Events, ISubscriptionStore Subscriptions, PatientStore Store, TimeProvider Time, DeliveryCounters Counters, ILogger Log)
{
    /// <summary>By which name this process holds subscriptions: random per start, because a restarted one must not be taken for the one that died.</summary>
    public string Holder { get; } = RandomNumberGenerator.GetHexString(32, lowercase: true);
}

/// <summary>Delivers to one subscription, whenever no other host does.</summary>
internal sealed class SubscriptionDeliverer(IDelivery delivery, DeliveryParts parts)
{
    /// <summary>How long a subscription is held without a sign of life.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);

    /// <summary>How often it is asked whether another host has let go, or an operator has resumed what was stopped.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(2);

    private bool isOpen;
    private bool isSaidToBeStopped;
    private volatile Subscription latest = new(delivery.Name, 0);

    /// <summary>The subscription as it was seen last.</summary>
    public Subscription Latest => latest;

    /// <summary>Begins the subscription with what happens from now on, unless there is one already.</summary>
    public async Task<bool> TryOpenAsync(CancellationToken cancellationToken) =>
        isOpen = isOpen || await parts.Store.TryAsync(OpenAsync, cancellationToken) is not null;

    /// <summary>Delivers until the host stops.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await TakeTurnAsync(stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                // Of this subscription alone: the others and the host go on.
                parts.Log.Broken(exception, delivery.Name);
                await Task.Delay(Look, parts.Time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TakeTurnAsync(CancellationToken stopping)
    {
        if (!isOpen)
        {
            isOpen = await parts.Store.AskAsync(OpenAsync, stopping);
        }

        var askedAt = parts.Time.GetTimestamp();
        var taken = await parts.Store.AskAsync(
            cancel => parts.Subscriptions.DecideAsync(SubscriptionDecision.Take(delivery.Name, parts.Holder, Lease), cancel), stopping);
        latest = taken.Subscription ?? latest;
        switch (taken.Answer)
        {
            case SubscriptionAnswer.Done:
                isSaidToBeStopped = false;
                parts.Log.Delivering(delivery.Name, latest.Position);
                await using (var held = new HeldSubscription(delivery, parts, latest, askedAt))
                {
                    await held.DeliverAsync(seen => latest = seen, stopping);
                }

                break;
            case SubscriptionAnswer.NotFound:
                isOpen = false;
                break;
            case SubscriptionAnswer.Stopped:
                if (!isSaidToBeStopped)
                {
                    isSaidToBeStopped = true;
                    parts.Log.Stopped(delivery.Name, latest.Position, latest.Reason);
                }

                await Task.Delay(Look, parts.Time, stopping);
                break;
            case SubscriptionAnswer.HeldElsewhere:
                await Task.Delay(Look, parts.Time, stopping);
                break;
        }
    }

    // In this order: whatever is decided after the start has an event, and its number is above what is settled.
    private async Task<bool> OpenAsync(CancellationToken cancellationToken)
    {
        if (!(await parts.Events.GetKeptEventsAsync(cancellationToken)).AreKept)
        {
            await parts.Events.KeepEventsAsync(keep: true, cancellationToken);
        }

        var settled = await parts.Events.GetSettledAsync(cancellationToken);
        latest = (await parts.Subscriptions.DecideAsync(SubscriptionDecision.Open(delivery.Name, settled), cancellationToken)).Subscription!;
        return true;
    }
}
