using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>Many callers at once: submit, cancel, claim and complete, against one guarded statement per commit.</summary>
internal static class QueueBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 256, "How many callers there are at once");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 50_000, "How many tasks each round submits, cancels, and claims and completes");

    public static Command Command() => BenchmarkCommand.Create(
        "queue",
        "Submits, cancels, claims and completes per second, against one guarded statement per commit.",
        RunAsync,
        BenchmarkCommand.Store,
        BenchmarkCommand.Pairs,
        Clients,
        Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (clients, tasks) = (run.Options.GetRequiredValue(Clients), run.Options.GetRequiredValue(Tasks));
        var best = await CalibrateAsync(run, clients, Math.Clamp(tasks / 10, 1, 1_000));
        BenchmarkRun.Say("Warming up …");
        await OursAsync(run, clients, Math.Clamp(tasks / 2, 1, 20_000));

        var (ours, baselines) = (new List<Dictionary<Work, Rate>>(), new List<Dictionary<Work, Rate>>());
        for (var pair = 1; pair <= run.Pairs; pair++)
        {
            ours.Add(await OursAsync(run, clients, tasks));
            baselines.Add(await BaselineAsync(run, work => best[work], tasks));
            BenchmarkRun.Say($"Pair {pair} of {run.Pairs}: {string.Join(", ", Enum.GetValues<Work>().Select(work =>
                $"{work.Name()} {Report.Number(ours[^1][work].PerSecond)}/s against {Report.Number(baselines[^1][work].PerSecond)}/s"))}");
        }

        foreach (var work in Enum.GetValues<Work>())
        {
            var (our, baseline) = (ours.ConvertAll(round => round[work]), baselines.ConvertAll(round => round[work]));
            var figure = Figures.Queue(run.Store, work);
            run.Report.Add(figure, our.Select(rate => rate.PerSecond).MedianRatio(baseline.Select(rate => rate.PerSecond)));
            run.Report.AddRates($"{figure.Name}.ours", our);
            run.Report.AddRates($"{figure.Name}.baseline", baseline);
            run.Report.AddRaw($"{figure.Name}.baseline.connections", "", best[work].Connections);
            run.Report.AddRaw($"{figure.Name}.baseline.callers", "", best[work].Callers);
        }
    }

    /// <summary>How many connections a baseline has, and how many callers share them; those of one connection wait at its lock.</summary>
    private sealed record Setting(int Connections, int Callers);

    private static async Task<Dictionary<Work, Setting>> CalibrateAsync(BenchmarkRun run, int clients, int tasks)
    {
        // Callers that wait at a lock of ours cost the baseline something: it is tried without them as well.
        List<Setting> settings = [new(1, clients), .. new[] { 1, 8, 32, 128, 256 }.Select(count => new Setting(count, count))];
        settings = [.. settings.Distinct()];
        var found = settings.ToDictionary(setting => setting, _ => new List<Dictionary<Work, Rate>>());
        await BaselineAsync(run, _ => settings[0], tasks);
        for (var pass = 0; pass < 3; pass++)
        {
            foreach (var setting in settings)
            {
                found[setting].Add(await BaselineAsync(run, _ => setting, tasks));
            }
        }

        double Median(Setting setting, Work work) => found[setting].Select(rates => rates[work].PerSecond).Median();
        foreach (var setting in settings)
        {
            BenchmarkRun.Say($"Baseline with {setting.Connections} connections, {setting.Callers} callers: {string.Join(", ", Enum.GetValues<Work>()
                .Select(work => $"{work.Name()} {Report.Number(Median(setting, work))}/s"))}");
            foreach (var work in Enum.GetValues<Work>())
            {
                run.Report.AddRaw(
                    $"calibration.{setting.Connections}-connections.{setting.Callers}-callers.{work.Name()}", "/s",
                    [.. found[setting].Select(rates => rates[work].PerSecond)]);
            }
        }

        return Enum.GetValues<Work>().ToDictionary(work => work, work => settings.MaxBy(setting => Median(setting, work))!);
    }

    private static async Task<Dictionary<Work, Rate>> OursAsync(BenchmarkRun run, int clients, int tasks)
    {
        using var database = run.CreateDatabase();
        var store = database.Store;
        var ids = new long[tasks];
        var submit = await Callers.RunAsync(clients, tasks, async i => ids[i] = (await store.AddAsync(Sample.NewTask)).Task.Id.Value);
        var cancel = await Callers.RunAsync(clients, tasks, i => store.CancelAsync(ids[i]));
        database.Fill(finished: 0, queued: tasks);
        var claimAndComplete = await Callers.RunAsync(clients, tasks, _ => store.ClaimAndCompleteAsync());
        return new() { [Work.Submit] = submit, [Work.Cancel] = cancel, [Work.ClaimAndComplete] = claimAndComplete };
    }

    private static async Task<Dictionary<Work, Rate>> BaselineAsync(BenchmarkRun run, Func<Work, Setting> settings, int tasks)
    {
        using var database = run.CreateDatabase();

        // As long as one connection stays open, SQLite keeps the log and writes over it instead of growing another.
        using var open = database.ConnectBaseline();
        var submit = await ConnectedAsync(database, settings(Work.Submit), tasks, (connection, _) => connection.Submit());
        var cancel = await ConnectedAsync(database, settings(Work.Cancel), tasks, (connection, i) => connection.Cancel(i + 1));
        database.Fill(finished: 0, queued: tasks);
        var claimAndComplete = await ConnectedAsync(database, settings(Work.ClaimAndComplete), tasks, (connection, _) => connection.ClaimAndComplete());
        return new() { [Work.Submit] = submit, [Work.Cancel] = cancel, [Work.ClaimAndComplete] = claimAndComplete };
    }

    private static async Task<Rate> ConnectedAsync(IDatabase database, Setting setting, int tasks, Action<IBaseline, int> call)
    {
        var connections = Enumerable.Range(0, setting.Connections).Select(_ => database.ConnectBaseline()).ToList();
        try
        {
            return await Callers.RunOnThreadsAsync(setting.Callers, tasks, (caller, i) =>
            {
                var connection = connections[caller % connections.Count];
                lock (connection)
                {
                    call(connection, i);
                }
            });
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }
}
