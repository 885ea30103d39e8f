using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Tells the operator why requests were refused, which callers are not told; never so often that it fills a disk.</summary>
internal sealed class RefusalLog(ILoggerFactory loggers, TimeProvider time)
{
    public const int MostPerMinute = 60;

    private readonly ILogger logger = loggers.CreateLogger("SnapshotTasks.Http");
    private readonly Lock counts = new();
    private long minute = time.GetTimestamp();
    private int refusals;

    /// <summary>Logs a refusal; <paramref name="accessKey"/> is the name of a key, never a secret.</summary>
    public void Write(HttpContext context, string reason, string? accessKey = null)
    {
        if (!logger.IsEnabled(LogLevel.Information))
        {
            return;
        }

        var hasRoom = HasRoom(out var unsaid);
        if (unsaid > 0)
        {
            logger.LogInformation("{Count} more requests were refused and not logged.", unsaid);
        }

        if (hasRoom)
        {
            var (id, address) = (RequestId.Of(context), context.Connection.RemoteIpAddress);
            logger.LogInformation(
                "Request {RequestId} from {Address} with access key {AccessKey} was refused: {Reason}.", id, address, accessKey ?? "(none)", reason);
        }
    }

    private bool HasRoom(out int unsaid)
    {
        lock (counts)
        {
            unsaid = 0;
            if (time.GetElapsedTime(minute) >= TimeSpan.FromMinutes(1))
            {
                unsaid = Math.Max(0, refusals - MostPerMinute);
                (minute, refusals) = (time.GetTimestamp(), 0);
            }

            return ++refusals <= MostPerMinute;
        }
    }
}
