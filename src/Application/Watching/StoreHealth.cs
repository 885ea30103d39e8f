using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>When the health of the queue is degraded.</summary>
public sealed class SnapshotTasksHealthOptions
{
    /// <summary>For how long a task may be queued before workers are too few; default 5 minutes.</summary>
    public TimeSpan MaxQueueWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>For how long a task may wait while nothing runs and nothing starts, before it is said that no worker serves the queue; default 30 seconds.</summary>
    public TimeSpan MaxUnservedWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>For how long a lease may have expired before it is said that nobody takes over; default 1 minute.</summary>
    public TimeSpan MaxTakeoverWait { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the store may take to answer; default 5 seconds.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);
}

/// <summary>Asks the store: unhealthy when it does not answer, degraded when it cannot write, this host cannot capture, everything is paused, tasks wait too long, no worker serves the queue, nobody takes over, or events cannot be delivered.</summary>
internal sealed class StoreHealth(StoreProbe probe, IOptionsMonitor<SnapshotTasksHealthOptions> options, IImmediateWorker? worker = null, IEventDeliveries? deliveries = null) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var limits = options.Get(context.Registration.Name);
        QueueMeasure measured;
        try
        {
            measured = await probe.MeasureAsync(limits.Timeout, cancellationToken);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            return new(context.Registration.FailureStatus, $"The task store cannot be read: {exception.Message}", exception);
        }

        var obstacle = worker?.Obstacle;
        var obstructed = deliveries?.Obstructed ?? [];
        var data = new Dictionary<string, object>
        {
            ["queued"] = measured.Queued,
            ["running"] = measured.Running,
            ["expired"] = measured.Expired,
            ["deferred"] = measured.Deferred,
            ["paused"] = measured.Pauses.Everything is { } pause ? $"by {pause.By}: {pause.Reason}" : "",
            ["paused_projects"] = measured.Pauses.OfProjects.Count,
            ["worker_obstacle"] = obstacle?.Reason ?? "",
            ["obstructed_subscriptions"] = string.Join(", ", obstructed.Select(each => each.Name)),
            ["oldest_queued_seconds"] = measured.QueuedFor?.TotalSeconds ?? 0,
            ["oldest_expired_seconds"] = measured.ExpiredFor?.TotalSeconds ?? 0,
        };
        var troubles = QueueTroubles.Of(measured, obstacle, obstructed.Count, limits);
        return troubles.Count == 0 ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded(string.Join(' ', troubles), data: data);
    }
}
