using System.Net.Http.Json;
using System.Text.Json;

namespace SnapshotTasks.Tests;

/// <summary>The box of a server, as its operator sees it.</summary>
public sealed class SandboxTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_server_of_an_ordinary_user_reads_videos_in_a_box_with_a_file_system_of_its_own()
    {
        PlaceClip();

        // Where an ordinary user can read it, wherever these tests are.
        var programs = Path.Combine(data, "programs");
        CaptureClips.Shell($"cp -r '{AppContext.BaseDirectory}' '{programs}' && chmod -R a+rX '{data}' && if [ $(id -u) = 0 ]; then chown -R 65534:65534 '{data}/media' && chown 65534 '{data}'; fi");
        string[] ordinary = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] : ["env"];
        await using var server = await ServerProcess.StartCommandAsync(
            ordinary[0], [.. ordinary[1..], "dotnet", Path.Combine(programs, "SnapshotTasks.Host.dll"), "serve", "--urls", "http://127.0.0.1:0", "--data", data]);

        var id = await server.SubmitAsync("""{ "type": "DOTS", "dots": [1] }""", "out");

        await Eventually.TrueAsync(async () => await server.StatusAsync(id) is "SUCCEEDED" or "FAILED");
        (await server.StatusAsync(id)).Should().Be("SUCCEEDED", server.Log);
        (await LevelAsync(server)).Should().Be("without_files");
        server.Log.Should().Contain("level WithoutFiles");
    }

    [Fact]
    public async Task Where_no_program_can_be_kept_from_the_network_a_server_says_so_and_one_that_needs_it_does_not_start()
    {
        var path = WithFailing("bwrap", "unshare");
        await using var server = await ServerProcess.StartCommandAsync(
            "env", [path, "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data]);
        await Eventually.TrueAsync(async () => await LevelAsync(server) == "bounded");

        await FluentActions.Awaiting(() => ServerProcess.StartCommandAsync(
                "env", [path, "Worker__Sandbox=required", "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data]))
            .Should().ThrowAsync<InvalidOperationException>().WithMessage("*SnapshotTasks cannot start: The worker's Sandbox is required*");
    }

    [Fact]
    public async Task A_program_that_is_away_while_the_strictest_box_is_tried_weakens_the_box_of_no_server()
    {
        // It is the first run of the program that fails in it, and all others are as they would be without.
        var path = WithFailing("bwrap");
        var (away, bwrap) = (Path.Combine(data, "away"), Path.Combine(data, "failing-1", "bwrap"));
        await File.WriteAllTextAsync(away, "", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(bwrap, $"""
            #!/bin/bash
            [[ " $* " != *" -version "* ]] || ! rm '{away}' 2>/dev/null || exit 1
            exec '{ChildProcesses.Find("bwrap", "bubblewrap")}' "$@"
            """, TestContext.Current.CancellationToken);

        await using var server = await ServerProcess.StartCommandAsync(
            "env", [path, "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data]);

        await Eventually.TrueAsync(async () => await LevelAsync(server) is not null);
        (await LevelAsync(server)).Should().Be("without_files", server.Log);
        File.Exists(away).Should().BeFalse();
    }

    private void PlaceClip() => CaptureClips.Shell(
        $"mkdir -p '{data}/media/videos' && ffmpeg -v error -nostdin -f lavfi -i testsrc2=size=64x48:rate=5:duration=2 '{data}/media/videos/clip.mp4'");

    private static async Task<string?> LevelAsync(ServerProcess server) =>
        (await server.Client.GetFromJsonAsync<JsonElement>("/health/ready")).TryGetProperty("sandbox", out var level) ? level.GetString() : null;

    private string WithFailing(params string[] programs)
    {
        var folder = Directory.CreateDirectory(Path.Combine(data, $"failing-{programs.Length}")).FullName;
        foreach (var program in programs)
        {
            CaptureClips.Shell($"printf '#!/bin/bash\\necho \"{program}: cannot do that\" >&2\\nexit 1\\n' > '{folder}/{program}' && chmod +x '{folder}/{program}'");
        }

        return $"PATH={folder}:{Environment.GetEnvironmentVariable("PATH")}";
    }
}
