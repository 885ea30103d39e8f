using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>How much slower a store gets when it has kept a million tasks, finished or waiting.</summary>
internal static class DepthBenchmark
{
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_000_000, "The most tasks of a store; the others have a tenth and a thousandth of them");
    private static readonly Option<int> Calls = BenchmarkCommand.Count("--calls", 200, "How often each round does each operation");

    private const string CountName = "count";
    private static readonly TaskFilter AllTasks = new(Sample.Project);

    private static readonly (string Name, Func<ITaskStore, long, Task> Call)[] Operations =
    [
        ("claim", (store, _) => store.ClaimOneAsync()),
        ("cancel", (store, id) => store.CancelAsync(id)),
        ("first-page", (store, _) => PageAsync(store, AllTasks)),
        ("filtered-page", (store, _) => PageAsync(store, AllTasks with { State = TaskState.Completed, CreatedTo = TimeProvider.System.GetUtcNow() })),
        (CountName, (store, _) => store.CountAsync(AllTasks, FindSnapshotTaskPage.MaxTotal)),
    ];

    public static Command Command() => BenchmarkCommand.Create(
        "depth", "Claim, cancel and pages with many finished and many queued tasks, against few.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Tasks, Calls);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (most, calls) = (run.Options.GetRequiredValue(Tasks), run.Options.GetRequiredValue(Calls));

        // Cancels take from the end of the queue what claims, from its beginning, never reach.
        var queued = (2 * calls * (run.Pairs + 1)) + 10;
        var few = Math.Max(most / 1000, 10);
        List<Depth> depths =
        [
            new($"{few}-finished", few, queued, await run.CreateDatabaseAsync()),
            new($"{most / 10}-finished", most / 10, queued, await run.CreateDatabaseAsync()),
            new($"{most}-finished", most, queued, await run.CreateDatabaseAsync()),
            new($"{most}-queued", few, Math.Max(most, queued), await run.CreateDatabaseAsync()),
        ];
        try
        {
            foreach (var depth in depths)
            {
                BenchmarkRun.Say($"Filling in {depth.Finished} finished and {depth.Queued} queued tasks …");
                depth.Database.Fill(depth.Finished, depth.Queued);
            }

            for (var round = 0; round <= run.Pairs; round++)
            {
                BenchmarkRun.Say(round == 0 ? "Warming up …" : $"Round {round} of {run.Pairs} …");

                // Another one comes first in each round.
                await RoundAsync([.. depths.Skip(round % depths.Count), .. depths.Take(round % depths.Count)], calls, warm: round > 0);
            }
        }
        finally
        {
            foreach (var depth in depths)
            {
                await depth.Database.DisposeAsync();
            }
        }

        foreach (var (operation, _) in Operations)
        {
            var ratios = depths.Skip(1).Select(depth => Medians(depth, operation).MedianRatio(Medians(depths[0], operation))).ToList();
            if (operation == CountName)
            {
                // Counting is bounded by its limit, not independent of how many there are.
                run.Report.AddRaw($"depth.{run.Store.Name()}.{operation}.worst-ratio", "×", ratios.Max());
            }
            else
            {
                run.Report.Add(Figures.Depth(run.Store, operation), ratios.Max());
            }

            foreach (var (depth, ratio) in depths.Zip(ratios.Prepend(1)))
            {
                run.Report.AddRaw($"depth.{run.Store.Name()}.{operation}.{depth.Name}.ratio", "×", ratio);
                run.Report.AddRates($"depth.{run.Store.Name()}.{operation}.{depth.Name}", depth.Rates[operation]);
            }
        }
    }

    private static async Task RoundAsync(List<Depth> depths, int calls, bool warm)
    {
        foreach (var (operation, call) in Operations)
        {
            foreach (var depth in depths)
            {
                // A count reads up to 100,000 entries of an index.
                var times = operation == CountName ? Math.Max(calls / 20, 1) : calls;
                var rate = await Callers.RunAsync(1, times, _ => call(depth.Database.Store, operation == "cancel" ? depth.NextFromTheEnd() : 0));
                if (warm)
                {
                    depth.Rates[operation].Add(rate);
                }
            }
        }
    }

    private static IEnumerable<double> Medians(Depth depth, string operation) => depth.Rates[operation].Select(rate => rate.P50.TotalMilliseconds);

    private static async Task PageAsync(ITaskStore store, TaskFilter filter)
    {
        var page = await store.ListAsync(filter, 0, 10);
        if (page.Count != 10)
        {
            throw new InvalidOperationException($"A page had {page.Count} tasks instead of 10.");
        }
    }

    /// <summary>A store with so many tasks, and what was measured on it.</summary>
    private sealed record Depth(string Name, int Finished, int Queued, IDatabase Database)
    {
        private int cancelled;

        public Dictionary<string, List<Rate>> Rates { get; } = Operations.ToDictionary(operation => operation.Name, _ => new List<Rate>());

        public long NextFromTheEnd() => Finished + Queued - cancelled++;
    }
}
