using SnapshotTasks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the health of SnapshotTasks to the health checks of a host.</summary>
public static class SnapshotTasksHealthRegistration
{
    /// <summary>Adds a check that is unhealthy when the store does not answer, and degraded when it cannot write, this host cannot capture, everything is paused, tasks wait too long, no worker serves the queue or nobody takes over.</summary>
    /// <param name="builder">What <c>AddHealthChecks</c> returned.</param>
    /// <param name="configure">Sets from when on the queue is degraded.</param>
    /// <param name="name">The name of the check.</param>
    /// <param name="tags">Tags, by which a host selects checks.</param>
    public static IHealthChecksBuilder AddSnapshotTasks(
        this IHealthChecksBuilder builder,
        Action<SnapshotTasksHealthOptions>? configure = null,
        string name = "snapshot-tasks",
        IEnumerable<string>? tags = null)
    {
        builder.Services.AddOptions<SnapshotTasksHealthOptions>(name)
            .Configure(options => configure?.Invoke(options))
            .Validate(
                options => options is { MaxQueueWait.Ticks: > 0, MaxUnservedWait.Ticks: > 0, MaxTakeoverWait.Ticks: > 0, Timeout.Ticks: > 0 },
                "The health check's MaxQueueWait, MaxUnservedWait, MaxTakeoverWait and Timeout must each be more than 0.");
        return builder.AddCheck<StoreHealth>(name, failureStatus: null, tags ?? []);
    }
}
