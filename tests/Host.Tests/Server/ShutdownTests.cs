using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>SIGTERM of the real server while it captures.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_stop_lasts_as_long_as_is_set_and_releases_what_still_runs_then()
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, """{ "Worker": { "Shutdown": "00:00:03", "MaxAttempts": 1 } }""");
        await using (var first = await ServerProcess.StartAsync(data, "--concurrency", "1", "--config", config))
        {
            await first.SubmitAsync("""{"type":"TIME","time":1}""", "out");
            await Eventually.TrueAsync(() => CaptureProcesses.Of(data).Any());
            using var freeze = Process.Start("kill", ["-STOP", $"{CaptureProcesses.Of(data).First()}"]);
            await freeze.WaitForExitAsync();

            var stopping = Stopwatch.StartNew();
            (await first.StopAsync()).Should().Be(0, first.Log);

            stopping.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(3), "a capture may end within that");
            first.Log.Should().Contain("was released");
            CaptureProcesses.Of(data).Should().BeEmpty();
        }

        // With its only attempt used up, or before the lease of 30 s had expired, it would not run again.
        await using var second = await ServerProcess.StartAsync(data, "--concurrency", "1", "--config", config);
        await Eventually.TrueAsync(async () => await second.StatusAsync("1") == "SUCCEEDED");
    }
}
