using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>Whose work is measured when many callers work at once.</summary>
internal enum Contestant
{
    /// <summary>The store.</summary>
    Store,

    /// <summary>The store with four times as many callers.</summary>
    StoreWithManyCallers,

    /// <summary>One guarded statement per commit, on as many connections as it is fastest with.</summary>
    Statements,

    /// <summary>One guarded statement per commit, on a connection for each caller.</summary>
    ConnectionPerCaller,

    /// <summary>Hangfire, on as many connections as it is fastest with.</summary>
    Hangfire,
}

/// <summary>Many callers at once: submit, cancel, claim and complete, against one guarded statement per commit.</summary>
internal static class QueueBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 256, "How many callers there are at once");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 50_000, "How many tasks each round submits, cancels, and claims and completes; Hangfire does a tenth of them");

    public static Command Command() => BenchmarkCommand.Create(
        "queue",
        "Submits, cancels, claims and completes per second, against one guarded statement per commit, and on PostgreSQL against Hangfire.",
        RunAsync,
        BenchmarkCommand.Store,
        BenchmarkCommand.Pairs,
        Clients,
        Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var figures = Figures.Queue(run.Store);
        var rounds = figures.SelectMany(row => new[] { row.Ours, row.Rival }).Distinct().Order()
            .Select(contestant => new Contest(run, contestant, run.Options.GetRequiredValue(Clients), run.Options.GetRequiredValue(Tasks)))
            .ToDictionary(contest => contest.Contestant);
        foreach (var contest in rounds.Values)
        {
            await contest.PrepareAsync();
        }

        for (var pair = 1; pair <= run.Pairs; pair++)
        {
            foreach (var contest in rounds.Values)
            {
                BenchmarkRun.Say($"Pair {pair} of {run.Pairs}: {contest.Contestant}: {await contest.MeasureAsync()}");
            }
        }

        foreach (var (figure, work, ours, rival) in figures)
        {
            var (our, baseline) = (rounds[ours].Rates(work), rounds[rival].Rates(work));
            run.Report.Add(figure, our.Select(rate => rate.PerSecond).MedianRatio(baseline.Select(rate => rate.PerSecond)));
            run.Report.AddRates($"{figure.Name}.ours", our);
            run.Report.AddRates($"{figure.Name}.baseline", baseline);
            run.Report.AddRaw($"{figure.Name}.baseline.connections", "", rounds[rival].SettingOf(work).Connections);
            run.Report.AddRaw($"{figure.Name}.baseline.callers", rounds[rival].SettingOf(work).Blocking ? "threads" : "tasks", rounds[rival].SettingOf(work).Callers);
        }
    }
}
