using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks;

/// <summary>GET: whether the process answers, and whether the store does.</summary>
internal static class Health
{
    // Whoever probes gives up long before the store's own time-outs end.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static IResult Live() => Answer(new HealthBody("live"));

    public static async Task<IResult> Ready(StoreProbe probe, IServiceProvider services, CancellationToken cancellationToken)
    {
        var worker = services.GetService<IImmediateWorker>();
        var obstructed = services.GetService<IEventDeliveries>()?.Obstructed.Count ?? 0;
        var troubles = QueueTroubles.Of(await probe.MeasureAsync(Timeout, cancellationToken), worker?.Obstacle, obstructed, new SnapshotTasksHealthOptions());
        return Answer(new HealthBody(troubles.Count == 0 ? "ready" : "degraded", worker?.Sandbox)
        {
            Troubles = troubles.Count == 0 ? null : troubles,
        });
    }

    private static IResult Answer(HealthBody body) => Results.Json(body, WireJson.Answers.HealthBody);
}

/// <summary>The answer of a healthy host.</summary>
/// <param name="Status">Which of the two was asked for; degraded when the host is ready and the queue does not move, the host cannot capture, or events cannot be delivered.</param>
/// <param name="Sandbox">How far what reads videos is kept apart, where this host reads them and knows it.</param>
internal sealed record HealthBody(string Status, string? Sandbox = null)
{
    /// <summary>What keeps the queue from moving, this host from capturing, or events from being delivered.</summary>
    public IReadOnlyList<string>? Troubles { get; init; }
}
