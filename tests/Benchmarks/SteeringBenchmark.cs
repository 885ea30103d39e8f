using System.CommandLine;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Benchmarks;

/// <summary>What pauses and cancellations of many cost those who have nothing to do with them.</summary>
internal static class SteeringBenchmark
{
    private const int Clients = 256, Strangers = 8;

    private static readonly ProjectId Stranger = new("stranger");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_000_000, "How many tasks are paused");
    private static readonly Option<int> Cancels = BenchmarkCommand.Count("--cancels", 100_000, "How many tasks are cancelled together");
    private static readonly Option<int> Calls = BenchmarkCommand.Count("--calls", 2000, "How many calls of strangers each round measures");

    public static Command Command() => BenchmarkCommand.Create(
        "steering", "Pauses and cancellations of many, and strangers meanwhile.", RunAsync, BenchmarkCommand.Store, BenchmarkCommand.Pairs, Tasks, Cancels, Calls);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (tasks, cancels, calls) = (run.Options.GetRequiredValue(Tasks), run.Options.GetRequiredValue(Cancels), run.Options.GetRequiredValue(Calls));
        await PauseAsync(run, tasks, calls);
        await CancelManyAsync(run, cancels, calls);
    }

    private static async Task PauseAsync(BenchmarkRun run, int tasks, int calls)
    {
        await using var without = await run.CreateDatabaseAsync();
        await using var paused = await run.CreateDatabaseAsync();
        paused.Fill(finished: 0, queued: tasks);
        await paused.Store.DecideAsync(PauseDecision.Pause(Sample.Project, "benchmark", "benchmark"));
        var figure = Figures.PauseClaim(run.Store);
        var (few, many) = await run.TakeTurnsAsync(() => ClaimsAsync(without.Store, calls), () => ClaimsAsync(paused.Store, calls));
        run.Report.Add(figure, many.Select(rate => rate.P50.TotalMilliseconds).MedianRatio(few.Select(rate => rate.P50.TotalMilliseconds)));
        run.Report.AddRates($"{figure.Name}.without", few);
        run.Report.AddRates($"{figure.Name}.paused", many);

        figure = Figures.PauseStrangers(run.Store);
        var (quiet, pausing) = await run.TakeTurnsAsync(
            () => StrangersAsync(paused.Store, calls),
            () => StrangersAsync(paused.Store, calls, store => Task.WhenAll(
                store.DecideAsync(PauseDecision.Resume(Sample.Project)), store.DecideAsync(PauseDecision.Pause(Sample.Project, "benchmark", "benchmark")))));
        AddStrangers(run, figure, quiet, pausing, "pausing");
    }

    private static async Task CancelManyAsync(BenchmarkRun run, int cancels, int calls)
    {
        var (figure, ofStrangers) = (Figures.CancelMany(run.Store), Figures.CancelManyStrangers(run.Store));
        var (dryRuns, quiet, busy) = (new List<Rate>(), new List<Rate>(), new List<Rate>());
        var (each, together) = await run.TakeTurnsAsync(
            async () =>
            {
                await using var database = await run.CreateDatabaseAsync();
                database.Fill(finished: 0, queued: cancels);
                return await Callers.RunAsync(Clients, cancels, i => database.Store.CancelAsync(i + 1));
            },
            async () =>
            {
                await using var database = await run.CreateDatabaseAsync();
                database.Fill(finished: 0, queued: cancels);
                var (dryRun, rate) = await CancelTogetherAsync(database.Store, cancels);
                dryRuns.Add(dryRun);
                return rate;
            });
        run.Report.Add(figure, together.Select(rate => rate.PerSecond).MedianRatio(each.Select(rate => rate.PerSecond)));
        run.Report.AddRates($"{figure.Name}.each", each);
        run.Report.AddRates($"{figure.Name}.together", together);
        run.Report.AddRates($"{figure.Name}.dry-run", dryRuns[1..]);

        for (var round = 0; round < run.Pairs; round++)
        {
            await using var database = await run.CreateDatabaseAsync();
            database.Fill(finished: 0, queued: cancels);
            quiet.Add(await StrangersAsync(database.Store, calls));
            var strangers = StrangersAsync(database.Store, calls);
            await CancelTogetherAsync(database.Store, cancels);
            busy.Add(await strangers);
        }

        AddStrangers(run, ofStrangers, quiet, busy, "busy");
    }

    private static void AddStrangers(BenchmarkRun run, Figure figure, IReadOnlyList<Rate> quiet, IReadOnlyList<Rate> busy, string name)
    {
        run.Report.Add(figure, busy.Select(rate => rate.P99.TotalMilliseconds).MedianRatio(quiet.Select(rate => rate.P99.TotalMilliseconds)));
        run.Report.AddRates($"{figure.Name}.quiet", quiet);
        run.Report.AddRates($"{figure.Name}.{name}", busy);
    }

    // Those of another project, one after the other.
    private static async Task<Rate> ClaimsAsync(ITaskStore store, int calls)
    {
        await Callers.RunAsync(Clients, calls, _ => SubmitAsync(store));
        return await Callers.RunAsync(1, calls, async _ =>
        {
            if ((await store.ClaimOneAsync()).Project != Stranger)
            {
                throw new InvalidOperationException("A task started that is paused.");
            }
        });
    }

    // Cancels of another project, while something else is done without a rest.
    private static async Task<Rate> StrangersAsync(ITaskStore store, int calls, Func<ITaskStore, Task>? meanwhile = null)
    {
        var ids = new TaskId[calls];
        await Callers.RunAsync(Clients, calls, async i => ids[i] = (await SubmitAsync(store)).Task.Id);
        using var stop = new CancellationTokenSource();
        var doing = meanwhile is null ? Task.CompletedTask : Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await meanwhile(store);
            }
        });
        var rate = await Callers.RunAsync(Strangers, calls, i => store.DecideAsync(TaskDecision.Cancel(Stranger, ids[i])));
        await stop.CancelAsync();
        await doing;
        return rate;
    }

    private static async Task<(Rate DryRun, Rate Rate)> CancelTogetherAsync(ITaskStore store, int cancels)
    {
        // Not disposed of: that would close the store.
        var services = new ServiceCollection().AddSnapshotTasks(tasks => tasks.UseStore(_ => store)).BuildServiceProvider();
        var mediator = services.GetRequiredService<IMediator>();
        Cancellation? cancellation = null;
        var dryRun = await Callers.RunAsync(1, 1, async _ => cancellation = await mediator.Send(new PrepareCancellation(Sample.Project, new() { All = true })));
        var rate = await Callers.RunAsync(1, 1, async _ =>
        {
            while (cancellation!.Remaining > 0)
            {
                cancellation = await mediator.Send(new CarryOutCancellation(Sample.Project, cancellation.Id));
            }
        });
        return cancellation!.Cancelled == cancels
            ? (dryRun with { PerSecond = dryRun.PerSecond * cancels }, rate with { PerSecond = rate.PerSecond * cancels })
            : throw new InvalidOperationException($"{cancellation.Cancelled} of {cancels} tasks were cancelled.");
    }

    private static Task<Decision<SubmitAnswer>> SubmitAsync(ITaskStore store) => store.AddAsync(Sample.NewTask with { Project = Stranger });
}
