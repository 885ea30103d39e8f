using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>What turns between projects cost, and whether they are fair.</summary>
internal static class TurnsBenchmark
{
    private const int Projects = 1000, Clients = 10, Backlog = 10_000;

    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_000_000, "How many tasks are queued");
    private static readonly Option<int> Calls = BenchmarkCommand.Count("--calls", 200, "How many claims each round measures");

    public static Command Command() => BenchmarkCommand.Create(
        "turns", "Claims from many projects against one, and the shares of a backlog and of clients that wait.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Tasks, Calls);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (tasks, calls) = (run.Options.GetRequiredValue(Tasks), run.Options.GetRequiredValue(Calls));
        foreach (var count in (int[])[1, 32])
        {
            await ClaimAsync(run, count, tasks, calls);
        }

        await ShareAsync(run);
    }

    private static async Task ClaimAsync(BenchmarkRun run, int count, int tasks, int calls)
    {
        await using var one = await run.CreateDatabaseAsync();
        await using var many = await run.CreateDatabaseAsync();
        var measured = calls * count * (run.Pairs + 1);
        BenchmarkRun.Say($"Filling in {tasks + measured} queued tasks of {Projects} projects …");
        one.Fill(finished: 0, queued: measured);
        many.Fill(finished: 0, queued: tasks + measured, Projects);

        var (few, all) = await run.TakeTurnsAsync(
            () => Callers.RunAsync(1, calls, _ => ClaimAsync(one.Store, count)), () => Callers.RunAsync(1, calls, _ => ClaimAsync(many.Store, count)));
        var figure = Figures.TurnsClaim(run.Store, count);
        run.Report.Add(figure, all.Select(rate => rate.P50.TotalMilliseconds).MedianRatio(few.Select(rate => rate.P50.TotalMilliseconds)));
        run.Report.AddRates($"{figure.Name}.one", few);
        run.Report.AddRates($"{figure.Name}.many", all);
    }

    private static async Task ClaimAsync(ITaskStore store, int count)
    {
        var claimed = await store.ClaimAsync(new Claim("benchmark", TimeSpan.FromHours(12), count));
        if (claimed.Count != count)
        {
            throw new InvalidOperationException($"A claim of {count} started {claimed.Count} tasks.");
        }
    }

    // Each client submits, waits until its task has started, and submits again.
    private static async Task ShareAsync(BenchmarkRun run)
    {
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: Backlog);
        var clients = Enumerable.Range(0, Clients).Select(number => new ProjectId($"client-{number}")).ToList();
        await Task.WhenAll(clients.Select(client => SubmitAsync(database.Store, client)));
        var (claims, ofBacklog) = (100 * (Clients + 1), 0);
        for (var claim = 0; claim < claims; claim++)
        {
            var project = (await database.Store.ClaimOneAsync()).Project;
            if (project == Sample.Project)
            {
                ofBacklog++;
            }
            else
            {
                await SubmitAsync(database.Store, project);
            }
        }

        var share = ofBacklog * (Clients + 1.0) / claims;
        var figure = Figures.TurnsShare(run.Store);
        run.Report.Add(figure, Math.Max(share, 1 / share));
        run.Report.AddRaw($"{figure.Name}.backlog", "×", share);
    }

    private static Task<Decision<SubmitAnswer>> SubmitAsync(ITaskStore store, ProjectId project) => store.AddAsync(Sample.NewTask with { Project = project });
}
