using System.Threading.RateLimiting;

namespace SnapshotTasks;

/// <summary>Limits the requests of each project; those of one never count for another.</summary>
/// <remarks>It is asked after the caller is known, so that a stranger cannot use up what a project may do.</remarks>
internal sealed class Throttle(int requestsPerMinute) : IDisposable
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    // The framework forgets the limiters of projects that are idle.
    private readonly PartitionedRateLimiter<string>? limiter = requestsPerMinute == 0 ? null
        : PartitionedRateLimiter.Create<string, string>(project => RateLimitPartition.GetFixedWindowLimiter(
            project, _ => new FixedWindowRateLimiterOptions { PermitLimit = requestsPerMinute, Window = Window }));

    /// <summary>The refusal of a request, or none when it may pass.</summary>
    public WireError? Refuse(string project)
    {
        using var lease = limiter?.AttemptAcquire(project);
        return lease?.IsAcquired != false ? null : WireErrors.Throttled(
            $"{requestsPerMinute} requests of a project in a minute",
            lease.TryGetMetadata(MetadataName.RetryAfter, out var after) ? after : Window);
    }

    public void Dispose() => limiter?.Dispose();
}
