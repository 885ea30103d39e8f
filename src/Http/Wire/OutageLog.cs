using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Tells the operator that requests are answered 503 and why: the first one of a kind at once, then once a minute with how many there were.</summary>
internal sealed class OutageLog(IServiceProvider services)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly ILogger logger = services.GetRequiredService<ILoggerFactory>().CreateLogger("SnapshotTasks.Http");
    private readonly TimeProvider time = services.GetService<TimeProvider>() ?? TimeProvider.System;
    private readonly Lock counts = new();
    private readonly Dictionary<Type, (long SaidAt, int Unsaid)> kinds = [];
    private volatile bool hasUnsaid;

    /// <summary>Says that a request was answered 503, or only counts it.</summary>
    public void Failed(string requestId, Exception exception)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            logger.LogDebug(exception, "Request {RequestId} met a store that cannot.", requestId);
        }

        SayUnsaid();
        if (MaySay(exception.GetType()))
        {
            logger.LogWarning("Request {RequestId} was answered 503: {Reason}", requestId, exception.Message);
        }
    }

    /// <summary>A request was answered otherwise: what was only counted is said when it is time.</summary>
    public void Passed()
    {
        if (hasUnsaid)
        {
            SayUnsaid();
        }
    }

    private bool MaySay(Type kind)
    {
        lock (counts)
        {
            if (kinds.TryGetValue(kind, out var known) && time.GetElapsedTime(known.SaidAt) < Interval)
            {
                kinds[kind] = known with { Unsaid = known.Unsaid + 1 };
                hasUnsaid = true;
                return false;
            }

            kinds[kind] = (time.GetTimestamp(), 0);
            return true;
        }
    }

    private void SayUnsaid()
    {
        var unsaid = 0;
        lock (counts)
        {
            foreach (var (kind, known) in kinds.Where(kind => kind.Value.Unsaid > 0 && time.GetElapsedTime(kind.Value.SaidAt) >= Interval).ToList())
            {
                unsaid += known.Unsaid;
                kinds[kind] = known with { Unsaid = 0 };
            }

            hasUnsaid = kinds.Values.Any(known => known.Unsaid > 0);
        }

        if (unsaid > 0)
        {
            logger.LogWarning("{Count} more requests were answered 503 in the minute after that.", unsaid);
        }
    }
}
