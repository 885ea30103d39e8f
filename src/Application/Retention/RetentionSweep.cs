using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Removes tasks that ended long ago, and cancellations of many after a day: soon after the start and then every hour, in small steps with pauses.</summary>
/// <remarks>
/// Every host of a store sweeps, so that none has to be told to; the waits have jitter, so that they do not sweep together.
/// Two that do are safe: each removes what the other has not.
/// </remarks>
internal sealed partial class RetentionSweep(
    ITaskStore store, ICancellationStore cancellations, IOptions<RetentionOptions> options, TimeProvider time, ILogger<RetentionSweep> log) : BackgroundService
{
    // The most tasks that one transaction looks at.
    private const int StepSize = 500;

    private static readonly TimeSpan
        FirstWait = TimeSpan.FromMinutes(1),
        Interval = TimeSpan.FromHours(1),
        Spread = TimeSpan.FromMinutes(10),
        ShortestPause = TimeSpan.FromMilliseconds(100),
        CancellationAge = TimeSpan.FromDays(1),
        LongestBackoff = TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var wait = options.Value.Age == TimeSpan.Zero ? Interval : UpTo(FirstWait);
            while (true)
            {
                await Task.Delay(wait, time, stoppingToken);
                await SweepAsync(stoppingToken);
                wait = Interval + UpTo(Spread);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // A host that is disposed without having been stopped, when another part failed to start, would take it for a failure.
        }
    }

    private async Task SweepAsync(CancellationToken stop)
    {
        await SweepCancellationsAsync(stop);
        if (options.Value.Age > TimeSpan.Zero)
        {
            await SweepTasksAsync(stop);
        }
    }

    private async Task SweepCancellationsAsync(CancellationToken stop)
    {
        try
        {
            while (await cancellations.HasCancellationsAsync(CancellationAge, stop))
            {
                await cancellations.RemoveCancellationsAsync(CancellationAge, StepSize, stop);
                await Task.Delay(ShortestPause, time, stop);
            }
        }
        catch (NotSupportedException)
        {
            // A store of the host's own, which keeps none.
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            // The next sweep tries again.
            LogFailed(exception.Message);
        }
    }

    private async Task SweepTasksAsync(CancellationToken stop)
    {
        var (begun, removed, failures) = (time.GetTimestamp(), 0, 0);
        for (TaskId? next = default(TaskId); next is { } after;)
        {
            var stepBegun = time.GetTimestamp();
            TimeSpan pause;
            try
            {
                var step = await store.RemoveEndedAsync(options.Value.Age, after, StepSize, stop);
                (removed, next, failures) = (removed + step.Removed, step.Next, 0);

                // Claims and submissions come first: a sweep takes a fifth of the store's time at most.
                var took = time.GetElapsedTime(stepBegun);
                pause = took * 4 > ShortestPause ? took * 4 : ShortestPause;
            }
            catch (Exception exception) when (!stop.IsCancellationRequested)
            {
                if (failures == 0)
                {
                    LogFailed(exception.Message);
                }

                pause = BackoffAfter(failures++);
            }

            if (next is not null)
            {
                await Task.Delay(pause, time, stop);
            }
        }

        if (removed > 0)
        {
            LogRemoved(removed, options.Value.Age, time.GetElapsedTime(begun).TotalSeconds);
        }
    }

    private static TimeSpan BackoffAfter(int failures) =>
        TimeSpan.FromSeconds(Math.Min(LongestBackoff.TotalSeconds, 1 << Math.Min(failures, 10)));

    private static TimeSpan UpTo(TimeSpan longest) => TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)longest.TotalMilliseconds + 1));

    [LoggerMessage(40, LogLevel.Information, "{Removed} tasks that ended more than {Age} ago were removed in {Seconds:0.0} s.")]
    private partial void LogRemoved(int removed, TimeSpan age, double seconds);

    [LoggerMessage(41, LogLevel.Warning, "Tasks that ended long ago cannot be removed, trying again until they can: {Reason}")]
    private partial void LogFailed(string reason);
}
