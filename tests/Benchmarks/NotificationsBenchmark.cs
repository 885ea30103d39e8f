using System.CommandLine;
using System.Diagnostics;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Benchmarks;

/// <summary>What it costs to be told: cancels through MediatR with a handler that hears of each, against none.</summary>
internal static class NotificationsBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 256, "How many callers there are at once");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 50_000, "How many tasks each round cancels");

    public static Command Command() => BenchmarkCommand.Create(
        "notifications",
        "Cancels per second with a handler of notifications, against none.",
        RunAsync,
        BenchmarkCommand.Store,
        BenchmarkCommand.Pairs,
        Clients,
        Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (clients, tasks) = (run.Options.GetRequiredValue(Clients), run.Options.GetRequiredValue(Tasks));
        BenchmarkRun.Say("Warming up …");
        foreach (var told in new[] { true, false })
        {
            await CancelAsync(run, clients, Math.Clamp(tasks / 2, 1, 20_000), told);
        }

        var (on, off) = (new List<(Rate Rate, double Processor)>(), new List<(Rate Rate, double Processor)>());
        for (var pair = 1; pair <= run.Pairs; pair++)
        {
            // Whoever comes first in a pair comes second in the next.
            foreach (var told in new[] { pair % 2 == 0, pair % 2 != 0 })
            {
                (told ? on : off).Add(await CancelAsync(run, clients, tasks, told));
            }

            BenchmarkRun.Say($"Pair {pair} of {run.Pairs}: {Report.Number(on[^1].Rate.PerSecond)}/s told of, {Report.Number(off[^1].Rate.PerSecond)}/s not");
        }

        var figure = Figures.Notifications(run.Store);
        run.Report.Add(figure, on.Select(round => round.Rate.PerSecond).MedianRatio(off.Select(round => round.Rate.PerSecond)));
        foreach (var (name, rounds) in new[] { ("on", on), ("off", off) })
        {
            run.Report.AddRates($"{figure.Name}.{name}", rounds.ConvertAll(round => round.Rate));
            run.Report.AddRaw($"{figure.Name}.{name}.processor", "µs", rounds.ConvertAll(round => round.Processor));
        }
    }

    /// <summary>The rate, and the processor time of one cancel, which says more on a machine that is not quiet.</summary>
    private static async Task<(Rate Rate, double Processor)> CancelAsync(BenchmarkRun run, int clients, int tasks, bool told)
    {
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks);
        var ear = new Ear(tasks);
        var services = new ServiceCollection();
        if (told)
        {
            services.AddSingleton<INotificationHandler<SnapshotTaskCancelled>>(ear);
        }

        await using var provider = services.AddSnapshotTasks(builder => builder.UseStore(_ => database.Store)).BuildServiceProvider();
        var mediator = provider.GetRequiredService<IMediator>();
        var (started, used) = (Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);
        var rate = await Callers.RunAsync(clients, tasks, async i =>
        {
            var outcome = await mediator.Send(new CancelSnapshotTask(Sample.Project, new TaskId(i + 1)));
            if (outcome.Answer != CancelAnswer.Cancelled)
            {
                throw new InvalidOperationException($"Task {i + 1} was not cancelled but {outcome.Answer}: this would measure refusals.");
            }
        });

        // What has been decided but not been told yet is work that is still to be done: it counts.
        await (told ? ear.HeardAll : Task.CompletedTask).WaitAsync(TimeSpan.FromSeconds(60));
        return (
            rate with { PerSecond = tasks / Stopwatch.GetElapsedTime(started).TotalSeconds },
            (Environment.CpuUsage.TotalTime - used).TotalMicroseconds / tasks);
    }

    private sealed class Ear(int all) : INotificationHandler<SnapshotTaskCancelled>
    {
        private readonly TaskCompletionSource heardAll = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int heard;

        public Task HeardAll => heardAll.Task;

        public Task Handle(SnapshotTaskCancelled notification, CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref heard) == all)
            {
                heardAll.SetResult();
            }

            return Task.CompletedTask;
        }
    }
}
