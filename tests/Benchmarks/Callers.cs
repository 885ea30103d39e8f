using System.Diagnostics;

namespace SnapshotTasks.Benchmarks;

/// <summary>How fast some work was done, and how long one call took.</summary>
internal readonly record struct Rate(double PerSecond, TimeSpan P50, TimeSpan P99);

/// <summary>Makes a number of calls from a number of callers, each of which waits for its answer before the next.</summary>
internal static class Callers
{
    public static Task<Rate> RunAsync(int callers, int calls, Func<int, Task> call) => RunAsync(callers, calls, (_, i) => call(i));

    /// <summary>The same when it matters which caller calls: the first argument.</summary>
    public static async Task<Rate> RunAsync(int callers, int calls, Func<int, int, Task> call)
    {
        var took = new long[calls];
        var next = -1;
        return await MeasureAsync(took, () => Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Run(async () =>
        {
            for (var i = Interlocked.Increment(ref next); i < calls; i = Interlocked.Increment(ref next))
            {
                var started = Stopwatch.GetTimestamp();
                await call(caller, i);
                took[i] = Stopwatch.GetTimestamp() - started;
            }
        }))));
    }

    /// <summary>The same for a driver that blocks: a thread for each caller, so that none waits for the pool.</summary>
    public static Task<Rate> RunOnThreadsAsync(int callers, int calls, Action<int, int> call)
    {
        var took = new long[calls];
        var next = -1;
        return MeasureAsync(took, () => Task.WhenAll(Enumerable.Range(0, callers).Select(caller => Task.Factory.StartNew(
            () =>
            {
                for (var i = Interlocked.Increment(ref next); i < calls; i = Interlocked.Increment(ref next))
                {
                    var started = Stopwatch.GetTimestamp();
                    call(caller, i);
                    took[i] = Stopwatch.GetTimestamp() - started;
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default))));
    }

    private static async Task<Rate> MeasureAsync(long[] took, Func<Task> run)
    {
        // What one measurement leaves behind is not collected in the next.
        GC.Collect();
        var started = Stopwatch.GetTimestamp();
        await run();
        var elapsed = Stopwatch.GetElapsedTime(started);
        Array.Sort(took);
        return new(took.Length / elapsed.TotalSeconds, Quantile(0.5), Quantile(0.99));

        TimeSpan Quantile(double share) => Stopwatch.GetElapsedTime(0, took[(int)(share * (took.Length - 1))]);
    }
}

/// <summary>The middle of several rounds.</summary>
internal static class Medians
{
    public static double Median(this IEnumerable<double> values)
    {
        var ordered = values.Order().ToList();
        var middle = ordered.Count / 2;
        return ordered.Count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
    }

    /// <summary>The median of the ratios within each pair: what slows the machine for a while slows both sides of a pair.</summary>
    public static double MedianRatio(this IEnumerable<double> ours, IEnumerable<double> baselines) =>
        ours.Zip(baselines, (our, baseline) => our / baseline).Median();
}
