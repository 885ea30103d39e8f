using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>GET: whether the process answers, and whether the store does.</summary>
internal static class Health
{
    // Whoever probes gives up long before the store's own time-outs end.
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static IResult Live() => Answer("live");

    public static async Task<IResult> Ready(StoreProbe probe, CancellationToken cancellationToken)
    {
        await probe.MeasureAsync(Timeout, cancellationToken);
        return Answer("ready");
    }

    private static IResult Answer(string status) => Results.Json(new HealthBody(status), WireJson.Answers.HealthBody);
}

/// <summary>The answer of a healthy host.</summary>
internal sealed record HealthBody(string Status);
