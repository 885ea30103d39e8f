using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>What it costs to keep what has happened.</summary>
internal static class EventsBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 256, "How many callers there are at once");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 50_000, "How many tasks each round cancels");

    public static Command Command() => BenchmarkCommand.Create(
        "events", "Cancels per second while events are kept, against none.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Clients, Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (clients, tasks) = (run.Options.GetRequiredValue(Clients), run.Options.GetRequiredValue(Tasks));
        var (off, on) = await run.TakeTurnsAsync(() => CancelAsync(keep: false), () => CancelAsync(keep: true));
        var figure = Figures.History(run.Store);
        run.Report.Add(figure, on.Select(rate => rate.PerSecond).MedianRatio(off.Select(rate => rate.PerSecond)));
        run.Report.AddRates($"{figure.Name}.on", on);
        run.Report.AddRates($"{figure.Name}.off", off);

        async Task<Rate> CancelAsync(bool keep)
        {
            await using var database = await run.CreateDatabaseAsync();
            database.Fill(finished: 0, queued: tasks);
            await ((IEventStore)database.Store).KeepEventsAsync(keep);
            return await Callers.RunAsync(clients, tasks, i => database.Store.CancelAsync(i + 1));
        }
    }
}
