using System.CommandLine;
using System.Text.Json;
using CliWrap;
using CliWrap.Buffered;
using Command = System.CommandLine.Command;

namespace SnapshotTasks.Benchmarks;

/// <summary>Cancels over HTTP, against an endpoint of the same server that does nothing.</summary>
internal static class HttpBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 256, "How many connections there are at once");
    private static readonly Option<int> Seconds = BenchmarkCommand.Count("--seconds", 4, "How long each round takes");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_500_000, "How many tasks wait to be cancelled; the run fails when they are used up");

    public static Command Command() => BenchmarkCommand.Create(
        "http", "Cancels over HTTP per second with wrk, against an empty endpoint of the same server.", RunAsync,
        BenchmarkCommand.Store, BenchmarkCommand.Pairs, Clients, Seconds, Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        await Tools.RequireAsync("wrk:wrk");
        var tasks = run.Options.GetRequiredValue(Tasks);
        BenchmarkRun.Say($"Filling in {tasks} queued tasks …");
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks);

        var (cancels, empties) = (new List<Answers>(), new List<Answers>());
        long sent = 0;

        // Without a worker, which would start the tasks before they are cancelled.
        string[] program = ["SnapshotTasks.Benchmarks.dll", ServerWithEmptyEndpoint.Name, "--"];
        await using (var server = await ServerProcess.StartAsync(program, [.. database.ServerOptions, "--concurrency", "0"]))
        {
            for (var pair = 0; pair <= run.Pairs; pair++)
            {
                cancels.Add(await WrkAsync(run, $"{server.Address}v1/{Sample.Project}/thumbnails?task_id=", $"{sent + 1}"));
                empties.Add(await WrkAsync(run, $"{server.Address}{ServerWithEmptyEndpoint.Path}"));
                sent = cancels.Sum(answers => answers.Sent);
                BenchmarkRun.Say($"{(pair == 0 ? "Warm-up" : $"Pair {pair} of {run.Pairs}")}: {cancels[^1].PerSecond:0} cancels/s against {empties[^1].PerSecond:0} empty answers/s");
            }
        }

        await CheckAsync(run, database, sent, cancels.Sum(answers => answers.Requests));
        cancels.RemoveAt(0);
        empties.RemoveAt(0);
        var figure = Figures.HttpCancel(run.Store);
        run.Report.Add(figure, cancels.Select(answers => answers.PerSecond).MedianRatio(empties.Select(answers => answers.PerSecond)));
        run.Report.AddRates($"{figure.Name}.ours", cancels.ConvertAll(answers => answers.Rate));
        run.Report.AddRates($"{figure.Name}.baseline", empties.ConvertAll(answers => answers.Rate));
    }

    /// <summary>That as many tasks are cancelled as cancels were answered: those under way when wrk ended may be, too.</summary>
    private static async Task CheckAsync(BenchmarkRun run, IDatabase database, long sent, long answered)
    {
        var cancelled = await database.Store.CountAsync(new TaskFilter(Sample.Project, TaskState.Cancelled), int.MaxValue);
        if (cancelled < answered || cancelled > sent)
        {
            throw new InvalidOperationException($"{answered} cancels of {sent} sent were answered, and {cancelled} tasks are cancelled.");
        }

        run.Report.AddRaw("http.cancels-answered", "", answered);
        run.Report.AddRaw("http.tasks-cancelled", "", cancelled);
    }

    /// <summary>DELETEs one address again and again, or addresses that end with numbers from the first one on.</summary>
    private static async Task<Answers> WrkAsync(BenchmarkRun run, string address, string? first = null)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "wrk.lua");
        var wrk = await Cli.Wrap("wrk")
            .WithArguments([
                "-t", "1", "-c", $"{run.Options.GetRequiredValue(Clients)}", "-d", $"{run.Options.GetRequiredValue(Seconds)}",
                "-s", script, address, "--", .. first is null ? Array.Empty<string>() : [first]])
            .ExecuteBufferedAsync();
        var answers = JsonSerializer.Deserialize<Answers>(wrk.StandardOutput.Split('\n').Last(line => line.StartsWith('{')), JsonSerializerOptions.Web)!;
        return answers.Failed == 0
            ? answers
            : throw new InvalidOperationException($"{answers.Failed} of {answers.Requests} answers were errors. Were there more cancels than tasks? Give more --tasks.");
    }

    /// <summary>What wrk.lua says at the end.</summary>
    private sealed record Answers(long Requests, long Sent, long Failed, double Microseconds, double P50, double P99)
    {
        public double PerSecond => Requests / Microseconds * 1e6;

        public Rate Rate => new(PerSecond, TimeSpan.FromMicroseconds(P50), TimeSpan.FromMicroseconds(P99));
    }
}
