using System.CommandLine;
using CliWrap;
using Command = System.CommandLine.Command;

namespace SnapshotTasks.Benchmarks;

/// <summary>All benchmarks of a store, one after the other, in one report.</summary>
internal static class AllBenchmarks
{
    private static readonly Option<bool> Quick = new("--quick") { Description = "Sizes that show whether everything runs, and measure nothing" };

    private static readonly (Command Command, string[] Quick)[] Benchmarks =
    [
        (QueueBenchmark.Command(), ["--pairs", "1", "--tasks", "1000"]),
        (LatencyBenchmark.Command(), ["--pairs", "1", "--tasks", "50"]),
        (DepthBenchmark.Command(), ["--pairs", "1", "--tasks", "10000", "--calls", "10"]),
        (ChurnBenchmark.Command(), ["--pairs", "1", "--tasks", "10000", "--calls", "100"]),
        (TurnsBenchmark.Command(), ["--pairs", "1", "--tasks", "10000", "--calls", "10"]),
        (SteeringBenchmark.Command(), ["--pairs", "1", "--tasks", "10000", "--cancels", "1000", "--calls", "100"]),
        (EventsBenchmark.Command(), ["--pairs", "1", "--tasks", "1000"]),
        (HttpBenchmark.Command(), ["--pairs", "1", "--tasks", "150000", "--seconds", "1"]),
        (DecideBenchmark.Command(), []),
        (AuthBenchmark.Command(), []),
        (MemoryBenchmark.Command(), ["--tasks", "10000"]),
        (NotificationsBenchmark.Command(), ["--pairs", "1", "--tasks", "1000"]),
        (StartupBenchmark.Command(), ["--starts", "1"]),
        (CaptureBenchmark.Command(), ["--pairs", "1", "--seconds", "24"]),
    ];

    public static Command Command() => BenchmarkCommand.Create(
        "all", $"{string.Join(", ", Benchmarks.Select(benchmark => benchmark.Command.Name))}: all of them in one report.", RunAsync, BenchmarkCommand.Store, Quick);

    private static async Task RunAsync(BenchmarkRun run)
    {
        foreach (var (command, quick) in Benchmarks)
        {
            BenchmarkRun.Say($"\n== {command.Name}");
            var json = new FileInfo(Path.Combine(run.Folder.FullName, $"{command.Name}.json"));

            // A process for each: one reads its own peak of memory, and none finds what another has left behind.
            await Cli.Wrap("dotnet")
                .WithArguments([
                    typeof(AllBenchmarks).Assembly.Location, command.Name, "--json", json.FullName, "--data", run.Folder.FullName,
                    .. command.Options.Contains(BenchmarkCommand.Store) ? ["--store", run.Store.Name()] : Array.Empty<string>(),
                    .. run.Options.GetValue(Quick) ? quick : []])
                .WithValidation(CommandResultValidation.None)
                .WithStandardOutputPipe(PipeTarget.ToDelegate(BenchmarkRun.Say))
                .WithStandardErrorPipe(PipeTarget.ToDelegate(BenchmarkRun.Say))
                .ExecuteAsync();
            json.Refresh();
            if (json.Exists)
            {
                run.Report.AddFrom(json);
            }
            else
            {
                run.Report.AddMissing(command.Name);
            }
        }
    }
}
