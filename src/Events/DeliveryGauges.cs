using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Shows how far subscriptions are behind, asked of the store in the background and only while somebody listens.</summary>
/// <remarks>All of the store: whoever delivers may be another host, or none any more.</remarks>
internal sealed partial class DeliveryGauges : BackgroundService
{
    /// <summary>How often the store is asked.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // Among so many parked events the oldest is looked for that was not set aside.
    private const int MaxParked = 256;

    private readonly IEventStore events;
    private readonly ISubscriptionStore subscriptions;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Instrument[] gauges;
    private volatile IReadOnlyList<Lag> latest = [];

    public DeliveryGauges(
        IEventStore events, ISubscriptionStore subscriptions, DeliveryCounters counters, TimeProvider time, ILogger<DeliveryGauges> log)
    {
        (this.events, this.subscriptions, this.time, this.log) = (events, subscriptions, time, log);
        gauges =
        [
            counters.Meter.CreateObservableGauge(
                "snapshot_tasks.events.backlog",
                () => latest.Select(lag => new Measurement<long>(lag.Events, DeliveryCounters.Tag(lag.Name))),
                "{event}",
                "How many numbers of events a subscription is behind, without those that are parked."),
            counters.Meter.CreateObservableGauge(
                "snapshot_tasks.events.oldest_age",
                () => latest.Select(lag => new Measurement<double>(lag.Age.TotalSeconds, DeliveryCounters.Tag(lag.Name))),
                "s",
                "For how long the oldest event has not been delivered that is still to be."),
        ];
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            if (Array.Exists(gauges, gauge => gauge.Enabled))
            {
                latest = await MeasureAsync(stoppingToken);
            }

            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<IReadOnlyList<Lag>> MeasureAsync(CancellationToken stop)
    {
        try
        {
            var settled = await events.GetSettledAsync(stop);
            List<Lag> lags = [];
            foreach (var each in await subscriptions.GetSubscriptionsAsync(stop))
            {
                var next = await events.LookAsync(each.Position, settled, 1, stop);
                var parked = await subscriptions.GetParkedAsync(each.Name, onlySetAside: false, after: 0, MaxParked, stop);
                var oldest = parked.FirstOrDefault(parked => parked.SetAsideAt is null)?.Event.At ?? next?.At;
                lags.Add(new(each.Name, Math.Max(0, settled - each.Position), oldest is { } at ? Longer(time.GetUtcNow() - at) : TimeSpan.Zero));
            }

            return lags;
        }
        catch (Exception exception)
        {
            // What could not be measured is not shown, rather than something old.
            LogNotMeasured(exception.Message);
            return [];
        }
    }

    private static TimeSpan Longer(TimeSpan age) => age > TimeSpan.Zero ? age : TimeSpan.Zero;

    [LoggerMessage(59, LogLevel.Debug, "How far subscriptions are behind cannot be measured: {Reason}")]
    private partial void LogNotMeasured(string reason);

    private sealed record Lag(string Name, long Events, TimeSpan Age);
}
