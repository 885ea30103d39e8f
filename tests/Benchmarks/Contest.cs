namespace SnapshotTasks.Benchmarks;

/// <summary>One contestant's rounds.</summary>
/// <param name="run">The run they are part of.</param>
/// <param name="contestant">Who works.</param>
/// <param name="clients">How many callers there are.</param>
/// <param name="tasks">How many tasks a round has.</param>
internal sealed class Contest(BenchmarkRun run, Contestant contestant, int clients, int tasks)
{
    private const int MostCalibrating = 1_000, MostWarming = 20_000, MostPasses = 3;

    private readonly List<Dictionary<Work, Rate>> rounds = [];
    private Dictionary<Work, Setting> settings = [];

    public Contestant Contestant => contestant;

    public IReadOnlyList<Rate> Rates(Work work) => rounds.ConvertAll(round => round[work]);

    public Setting SettingOf(Work work) => settings[work];

    /// <summary>Finds the connections a rival is fastest with; compiles the code and fills the caches in any case.</summary>
    public async Task PrepareAsync()
    {
        switch (contestant)
        {
            case Contestant.Store:
                BenchmarkRun.Say("Warming up …");
                await StoreAsync(clients, Math.Clamp(tasks / 2, 1, MostWarming));
                break;
            case Contestant.StoreWithManyCallers:
                break;
            case Contestant.ConnectionPerCaller:
                await CalibrateAsync(WithoutThreadsToo([new(clients, clients)]));
                break;
            case Contestant.Statements:
                // Callers that wait at a lock of ours cost the baseline something: it is tried without them as well.
                await CalibrateAsync([new(1, clients), .. Counts(1, 8), .. WithoutThreadsToo(Counts(32, 128, 256))]);
                break;
            case Contestant.Hangfire:
                await CalibrateAsync(Counts(8, 32, 128, 256));
                break;
        }
    }

    /// <summary>One round that counts.</summary>
    /// <returns>What it has come to.</returns>
    public async Task<string> MeasureAsync()
    {
        rounds.Add(contestant switch
        {
            Contestant.Store => await StoreAsync(clients, tasks),
            Contestant.StoreWithManyCallers => await CancelsAsync(4 * clients),
            Contestant.Statements => await RivalAsync(work => settings[work], tasks),
            Contestant.ConnectionPerCaller => await CancelsAsync(settings[Work.Cancel]),
            Contestant.Hangfire => await RivalAsync(work => settings[work], Math.Max(tasks / 10, 1)),
        });
        return Text(rounds[^1]);
    }

    private static IReadOnlyList<Work> Works => Enum.GetValues<Work>();

    private int Calibrating => Math.Clamp(tasks / 10, 1, MostCalibrating);

    private static string Text(Dictionary<Work, Rate> rates) => Text(rates.Keys, work => rates[work].PerSecond);

    private static string Text(IEnumerable<Work> works, Func<Work, double> rate) =>
        string.Join(", ", works.Select(work => $"{work.Name()} {Report.Number(rate(work))}/s"));

    // A connection that gets nothing to do while calibrating tells nothing.
    private List<Setting> Counts(params int[] counts) =>
        [.. counts.Where(count => count <= Math.Max(Calibrating, 8)).Select(count => new Setting(count, count))];

    private List<Setting> WithoutThreadsToo(List<Setting> candidates) => run.Store.CanWaitWithoutThread()
        ? [.. candidates, .. candidates.Select(setting => setting with { Blocking = false })]
        : candidates;

    private async Task CalibrateAsync(List<Setting> candidates)
    {
        candidates = [.. candidates.Distinct()];
        var found = candidates.ToDictionary(setting => setting, _ => new List<Dictionary<Work, Rate>>());
        await RivalAsync(_ => candidates[0], Calibrating);
        for (var pass = 0; pass < Math.Min(run.Pairs, MostPasses); pass++)
        {
            foreach (var setting in candidates)
            {
                found[setting].Add(await RivalAsync(_ => setting, Calibrating));
            }
        }

        double Median(Setting setting, Work work) => found[setting].Select(rates => rates[work].PerSecond).Median();
        foreach (var setting in candidates)
        {
            BenchmarkRun.Say($"{contestant} with {setting}: {Text(Works, work => Median(setting, work))}");
            foreach (var work in Works)
            {
                run.Report.AddRaw(
                    $"calibration.{contestant.ToString().ToLowerInvariant()}.{setting.Name}.{work.Name()}", "/s",
                    [.. found[setting].Select(rates => rates[work].PerSecond)]);
            }
        }

        settings = Works.ToDictionary(work => work, work => candidates.MaxBy(setting => Median(setting, work))!);
    }

    private async Task<Dictionary<Work, Rate>> StoreAsync(int callers, int count)
    {
        await using var database = await run.CreateDatabaseAsync();
        var store = database.Store;
        var ids = new long[count];
        var submit = await Callers.RunAsync(callers, count, async i => ids[i] = (await store.AddAsync(Sample.NewTask)).Task.Id.Value);
        database.Settle();
        var cancel = await Callers.RunAsync(callers, count, i => store.CancelAsync(ids[i]));
        database.Fill(finished: 0, queued: count);
        var claimAndComplete = await Callers.RunAsync(callers, count, _ => store.ClaimAndCompleteAsync());
        return new() { [Work.Submit] = submit, [Work.Cancel] = cancel, [Work.ClaimAndComplete] = claimAndComplete };
    }

    private async Task<Dictionary<Work, Rate>> CancelsAsync(int callers)
    {
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks);
        return new() { [Work.Cancel] = await Callers.RunAsync(callers, tasks, i => database.Store.CancelAsync(i + 1)) };
    }

    private async Task<Dictionary<Work, Rate>> CancelsAsync(Setting setting)
    {
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks);
        using var connected = new Connected(database, [setting]);
        return new() { [Work.Cancel] = await connected.RunAsync(setting, tasks, (connection, i) => connection.CancelAsync(i + 1)) };
    }

    private async Task<Dictionary<Work, Rate>> RivalAsync(Func<Work, Setting> setting, int count)
    {
        await using var database = contestant == Contestant.Hangfire ? await run.CreateHangfireDatabaseAsync() : await run.CreateDatabaseAsync();

        // All stay open for the whole round; with that, SQLite keeps the log and writes over it instead of growing another.
        using var connected = new Connected(database, [.. Works.Select(setting)]);
        var ids = new long[count];
        var submit = await connected.RunAsync(setting(Work.Submit), count, async (connection, i) => ids[i] = await connection.SubmitAsync());
        database.Settle();
        var cancel = await connected.RunAsync(setting(Work.Cancel), count, (connection, i) => connection.CancelAsync(ids[i]));
        database.Fill(finished: 0, queued: count);
        var claimAndComplete = await connected.RunAsync(setting(Work.ClaimAndComplete), count, (connection, _) => connection.ClaimAndCompleteAsync());
        return new() { [Work.Submit] = submit, [Work.Cancel] = cancel, [Work.ClaimAndComplete] = claimAndComplete };
    }
}
