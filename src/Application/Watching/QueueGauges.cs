using System.Diagnostics.Metrics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks;

/// <summary>Shows what waits and what runs, asked of the store in the background and only while somebody listens.</summary>
/// <remarks>A collection of metrics never waits for a database. What could not be measured is not shown, rather than something old.</remarks>
internal sealed class QueueGauges : BackgroundService
{
    /// <summary>How often the store is asked.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>Up to where tasks are counted.</summary>
    public const int MaxCount = 100_000;

    private readonly ITaskStore store;
    private readonly TimeProvider time;
    private readonly ILogger log;
    private readonly Instrument[] gauges;
    private volatile QueueMeasure? latest;

    public QueueGauges(ITaskStore store, Telemetry telemetry, TimeProvider time, ILogger<QueueGauges>? log = null)
    {
        (this.store, this.time, this.log) = (store, time, log ?? NullLogger<QueueGauges>.Instance);
        var meter = telemetry.Meter;
        gauges =
        [
            meter.CreateObservableGauge(
                "snapshot_tasks.queue.tasks",
                () => Shown<int>(it => [InState(it.Queued, "Queued"), InState(it.Running, "Running"), InState(it.Deferred, "Deferred")]),
                "{task}",
                "Tasks that wait, tasks that run and tasks whose next attempt is put off, in the whole store; at most 100,000 are counted."),
            meter.CreateObservableGauge(
                "snapshot_tasks.queue.oldest_age",
                () => Shown<double>(it => [new(it.QueuedFor?.TotalSeconds ?? 0)]),
                "s",
                "For how long the head of the queue has been queued."),
            meter.CreateObservableGauge(
                "snapshot_tasks.queue.oldest_age_by_priority",
                () => Shown<double>(it => Enum.GetValues<TaskPriority>().Select(priority => new Measurement<double>(
                    it.QueuedForByPriority.GetValueOrDefault(priority).TotalSeconds, new KeyValuePair<string, object?>("priority", priority.ToString())))),
                "s",
                "For how long the head of the queue of each priority has been queued."),
            meter.CreateObservableGauge(
                "snapshot_tasks.leases.expired",
                () => Shown<int>(it => [new(it.Expired)]),
                "{task}",
                "Running tasks whose lease has expired and that nobody has taken over."),
            meter.CreateObservableGauge(
                "snapshot_tasks.queue.paused",
                () => Shown<int>(it => [new(it.Pauses.Everything is null ? 0 : 1)]),
                description: "Whether everything is paused: 1 or 0."),
            meter.CreateObservableGauge(
                "snapshot_tasks.queue.paused_projects",
                () => Shown<int>(it => [new(it.Pauses.OfProjects.Count)]),
                "{project}",
                "Projects that are paused."),
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

    private async Task<QueueMeasure?> MeasureAsync(CancellationToken stop)
    {
        try
        {
            return await store.MeasureAsync(MaxCount, stop).WaitAsync(Interval, time, stop);
        }
        catch (Exception exception)
        {
            log.NotMeasured(exception.Message);
            return null;
        }
    }

    private IEnumerable<Measurement<T>> Shown<T>(Func<QueueMeasure, IEnumerable<Measurement<T>>> measurements)
        where T : struct =>
        latest is { } measured ? measurements(measured) : [];

    private static Measurement<int> InState(int count, string state) => new(count, new KeyValuePair<string, object?>("state", state));
}
