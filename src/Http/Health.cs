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
        await probe.MeasureAsync(Timeout, cancellationToken);
        return Answer(new HealthBody("ready", services.GetService<IImmediateWorker>()?.Sandbox));
    }

    private static IResult Answer(HealthBody body) => Results.Json(body, WireJson.Answers.HealthBody);
}

/// <summary>The answer of a healthy host.</summary>
/// <param name="Status">Which of the two was asked for.</param>
/// <param name="Sandbox">How far what reads videos is kept apart, where this host reads them and knows it.</param>
internal sealed record HealthBody(string Status, string? Sandbox = null);
