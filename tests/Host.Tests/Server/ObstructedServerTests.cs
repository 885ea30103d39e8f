namespace SnapshotTasks.Tests;

public sealed class ObstructedServerTests(CaptureClips clips) : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_server_that_cannot_start_a_program_fails_no_task_and_goes_on_when_it_can()
    {
        Directory.CreateDirectory(Path.Combine(data, "media/videos"));
        File.Copy(clips.CountingMp4, Path.Combine(data, "media/videos/clip.mp4"));
        var programs = Directory.CreateDirectory(Path.Combine(data, "programs")).FullName;
        Break("prlimit");
        Break("setpriv");
        await using var server = await ServerProcess.StartCommandAsync(
            "env", [$"PATH={programs}:{Environment.GetEnvironmentVariable("PATH")}", "Worker__MaxAttempts=1", "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data]);

        var id = await server.SubmitAsync("""{"type":"DOTS","dots":[0]}""", "out");
        await Eventually.TrueAsync(() => server.Log.Split("cannot capture now").Length > 2);

        (await server.StatusAsync(id)).Should().Be("PROCESSING");
        server.Log.Should().Contain("setpriv: it is broken");

        Directory.Delete(programs, recursive: true);
        await Eventually.TrueAsync(async () => await server.StatusAsync(id) == "SUCCEEDED");

        void Break(string program)
        {
            var path = Path.Combine(programs, program);
            File.WriteAllText(path, $"#!/bin/sh\necho '{program}: it is broken' >&2\nexit 127\n");
            CaptureClips.Shell($"chmod +x {path}");
        }
    }
}
