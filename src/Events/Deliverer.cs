using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Delivers events to every subscription of this host, each by itself.</summary>
internal sealed class Deliverer : BackgroundService, IEventDeliveries
{
    private readonly IReadOnlyList<SubscriptionDeliverer> deliverers;

    public Deliverer(
        IEnumerable<IDelivery> deliveries,
        IEventStore events,
        ISubscriptionStore subscriptions,
        PatientStore store,
        TimeProvider time,
        DeliveryCounters counters,
        ILogger<Deliverer> log)
    {
        var parts = new DeliveryParts(events, subscriptions, store, time, counters, log);
        deliverers = [.. deliveries.Select(delivery => new SubscriptionDeliverer(delivery, parts))];
        if (Subscriptions.GroupBy(each => each.Name).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            throw new InvalidOperationException($"Events are delivered to {twice.Key} twice: each needs a name of its own.");
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<Subscription> Subscriptions => [.. deliverers.Select(each => each.Latest)];

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        // Before the host serves, so that what it accepts first is delivered, too; where the store does not answer, later.
        foreach (var each in deliverers)
        {
            if (!await each.TryOpenAsync(cancellationToken))
            {
                break;
            }
        }

        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(deliverers.Select(each => each.RunAsync(stoppingToken)));
}
