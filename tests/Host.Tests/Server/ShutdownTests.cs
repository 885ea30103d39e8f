using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>SIGTERM, or a closed terminal, of the real server while it captures.</summary>
public sealed class ShutdownTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Theory]
    [InlineData("TERM")]
    [InlineData("HUP")]
    public async Task A_stop_lasts_as_long_as_is_set_and_releases_what_still_runs_then(string signal)
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, """{ "Worker": { "Shutdown": "00:00:03", "MaxAttempts": 1 } }""");

        // Whoever runs the tests may ignore SIGHUP, and those whom it starts as well.
        await using (var first = await ServerProcess.StartCommandAsync(
            "env", ["--default-signal=HUP", "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, "--concurrency", "1", "--config", config]))
        {
            await first.SubmitAsync("""{"type":"TIME","time":1}""", "out");
            await Eventually.TrueAsync(() => CaptureProcesses.Of(data).Any());
            using var freeze = Process.Start("kill", ["-STOP", $"{CaptureProcesses.Of(data).First()}"]);
            await freeze.WaitForExitAsync();

            var stopping = Stopwatch.StartNew();
            (await first.StopAsync(signal)).Should().Be(0, first.Log);

            stopping.Elapsed.Should().BeGreaterThan(TimeSpan.FromSeconds(3), "a capture may end within that");
            first.Log.Should().Contain("was released");
            CaptureProcesses.Of(data).Should().BeEmpty();
        }

        // With its only attempt used up, or before the lease of 30 s had expired, it would not run again.
        await using var second = await ServerProcess.StartAsync(data, "--concurrency", "1", "--config", config);
        await Eventually.TrueAsync(async () => await second.StatusAsync("1") == "SUCCEEDED");
    }

    [Fact]
    public async Task A_server_that_was_told_to_survive_its_terminal_does()
    {
        await using var server = await ServerProcess.StartCommandAsync(
            "nohup", ["dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, "--concurrency", "0"]);
        using (var hangUp = Process.Start("kill", ["-HUP", $"{server.Id}"]))
        {
            await hangUp.WaitForExitAsync();
        }

        var id = await server.SubmitAsync("{}", "out");

        (await server.CancelAsync(id)).StatusCode.Should().Be(System.Net.HttpStatusCode.NoContent);
        (await server.StopAsync()).Should().Be(0);
    }
}
