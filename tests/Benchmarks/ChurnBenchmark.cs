using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>How much slower claims get when many tasks have passed while another session holds a snapshot, so that the database keeps what they were.</summary>
internal static class ChurnBenchmark
{
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_000_000, "How many tasks pass");
    private static readonly Option<int> Calls = BenchmarkCommand.Count("--calls", 2_000, "How many claims each round measures");

    public static Command Command() => BenchmarkCommand.Create(
        "churn", "Claims after many tasks have passed while another session holds a snapshot, against before.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Tasks, Calls);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (tasks, calls) = (run.Options.GetRequiredValue(Tasks), run.Options.GetRequiredValue(Calls));
        await using var fresh = await run.CreateDatabaseAsync();
        await using var churned = await run.CreateDatabaseAsync();
        var measured = calls * (run.Pairs + 1);
        BenchmarkRun.Say($"Filling in {tasks + measured} queued tasks …");
        fresh.Fill(finished: 0, queued: measured);
        churned.Fill(finished: 0, queued: tasks + measured);

        using var snapshot = churned.HoldSnapshot();
        BenchmarkRun.Say($"{tasks} tasks pass …");
        await PassAsync(churned.Store, tasks);

        var (before, after) = await run.TakeTurnsAsync(
            () => Callers.RunAsync(1, calls, _ => fresh.Store.ClaimOneAsync()), () => Callers.RunAsync(1, calls, _ => churned.Store.ClaimOneAsync()));
        var figure = Figures.Churn(run.Store);
        run.Report.Add(figure, after.Select(rate => rate.P50.TotalMilliseconds).MedianRatio(before.Select(rate => rate.P50.TotalMilliseconds)));
        run.Report.AddRaw($"{figure.Name}.per-second.ratio", "×", before.Select(rate => rate.PerSecond).MedianRatio(after.Select(rate => rate.PerSecond)));
        run.Report.AddRates($"{figure.Name}.before", before);
        run.Report.AddRates($"{figure.Name}.after", after);
    }

    private static async Task PassAsync(ITaskStore store, int tasks)
    {
        for (var passed = 0; passed < tasks;)
        {
            var claimed = await store.ClaimAsync(new Claim("benchmark", TimeSpan.FromHours(12), Math.Min(512, tasks - passed)));
            await Task.WhenAll(claimed.Select(claim => store.DecideAsync(TaskDecision.Complete(claim.Task.Id, claim.Task.Lease!, Sample.Pictures))));
            passed += claimed.Count;
        }
    }
}
