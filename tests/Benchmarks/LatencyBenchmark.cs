using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>One caller, one call at a time: what the store adds to a bare guarded statement when there is nobody to share a commit with.</summary>
internal static class LatencyBenchmark
{
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 2_000, "How many tasks each round cancels");

    public static Command Command() => BenchmarkCommand.Create(
        "latency", "The latency of one caller's cancel, against a bare guarded statement.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var tasks = run.Options.GetRequiredValue(Tasks);

        // One round more than is counted: in the first one the code is compiled.
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks * (run.Pairs + 1));
        await using var bare = await run.CreateDatabaseAsync();
        bare.Fill(finished: 0, queued: tasks * (run.Pairs + 1));
        using var baseline = bare.Connect(1).Single();

        var (ours, baselines) = (new List<Rate>(), new List<Rate>());
        for (var pair = 0; pair <= run.Pairs; pair++)
        {
            var before = pair * tasks;
            ours.Add(await Callers.RunAsync(1, tasks, i => database.Store.CancelAsync(before + i + 1)));
            baselines.Add(await Callers.RunOnThreadsAsync(1, tasks, (_, i) => baseline.CancelAsync(before + i + 1).AsTask().GetAwaiter().GetResult()));
        }

        ours.RemoveAt(0);
        baselines.RemoveAt(0);
        var figure = Figures.Latency(run.Store);
        run.Report.Add(figure, ours.Select(rate => rate.P50.TotalMilliseconds).MedianRatio(baselines.Select(rate => rate.P50.TotalMilliseconds)));
        run.Report.AddRates($"{figure.Name}.ours", ours);
        run.Report.AddRates($"{figure.Name}.baseline", baselines);
    }
}
