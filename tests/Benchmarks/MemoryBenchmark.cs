using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>How much memory many callers and many tasks take.</summary>
internal static class MemoryBenchmark
{
    private static readonly Option<int> Clients = BenchmarkCommand.Count("--clients", 1_024, "How many callers there are at once");
    private static readonly Option<int> Tasks = BenchmarkCommand.Count("--tasks", 1_000_000, "How many tasks they cancel");

    public static Command Command() => BenchmarkCommand.Create(
        "memory", "The peak working set while many callers cancel many tasks.", RunAsync, BenchmarkCommand.Store, Clients, Tasks);

    private static async Task RunAsync(BenchmarkRun run)
    {
        var (clients, tasks) = (run.Options.GetRequiredValue(Clients), run.Options.GetRequiredValue(Tasks));
        await using var database = await run.CreateDatabaseAsync();
        database.Fill(finished: 0, queued: tasks);
        var filled = Machine.Megabytes(Environment.ProcessId, "VmHWM");

        // The latencies, 8 bytes for each call, are kept by this program and count all the same.
        var rate = await Callers.RunAsync(clients, tasks, i => database.Store.CancelAsync(i + 1));

        var figure = Figures.Memory(run.Store);
        run.Report.Add(figure, Machine.Megabytes(Environment.ProcessId, "VmHWM"));
        run.Report.AddRaw($"{figure.Name}.before", "MB", filled);
        run.Report.AddRates($"memory.{run.Store.Name()}.cancel", [rate]);
    }
}
