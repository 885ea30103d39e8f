using System.CommandLine;

namespace SnapshotTasks.Benchmarks;

/// <summary>How long the server takes to be ready on a fresh folder, and what it occupies when it has nothing to do.</summary>
internal static class StartupBenchmark
{
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(3);
    private static readonly Option<int> Starts = BenchmarkCommand.Count("--starts", 5, "How often the server is started");

    public static Command Command() => BenchmarkCommand.Create(
        "startup", "The time from the start of the server's process to ready, and its resident memory when idle.", RunAsync, Starts);

    private static async Task RunAsync(BenchmarkRun run)
    {
        await Tools.RequireAsync("ffmpeg:ffmpeg", "ffprobe:ffmpeg", "setpriv:util-linux");
        var (seconds, megabytes) = (new List<double>(), new List<double>());
        for (var start = 1; start <= run.Options.GetRequiredValue(Starts); start++)
        {
            await using var server = await ServerProcess.StartAsync(["SnapshotTasks.Host.dll"], "--data", Path.Combine(run.Folder.FullName, $"{start}"));
            seconds.Add(server.Ready.TotalSeconds);
            await Task.Delay(Idle);
            megabytes.Add(Machine.Megabytes(server.Id, "VmRSS"));
        }

        run.Report.Add(Figures.StartupReady, seconds.Median());
        run.Report.Add(Figures.StartupIdle, megabytes.Median());
        run.Report.AddRaw("startup.ready", "s", seconds);
        run.Report.AddRaw("startup.idle", "MB", megabytes);
    }
}
