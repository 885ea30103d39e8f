using System.Net;

namespace SnapshotTasks.Tests;

/// <summary>Real processes, killed for real.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task After_kill_9_of_the_host_every_accepted_task_ends_once_and_no_ffmpeg_survives()
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, """{ "Worker": { "Lease": "00:00:01", "MaxAttempts": 5 } }""");
        var (accepted, cancelled) = (new List<string>(), new List<string>());

        await using (var first = await ServerProcess.StartAsync(data, "--concurrency", "2", "--config", config))
        {
            for (var i = 0; i < 6; i++)
            {
                accepted.Add(await first.SubmitAsync("""{"type":"TIME","time":1}""", $"task-{i + 1}"));
            }

            foreach (var id in accepted[4..])
            {
                (await first.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.NoContent);
                cancelled.Add(id);
            }

            await Eventually.TrueAsync(() => CaptureProcesses.Of(data).Any());
            (await first.StatusAsync(accepted[0])).Should().Be("PROCESSING");
            await first.KillAsync();
            await Eventually.TrueAsync(() => !CaptureProcesses.Of(data).Any());
        }

        await using var second = await ServerProcess.StartAsync(data, "--concurrency", "2", "--config", config);
        (await second.CancelAsync(accepted[0])).StatusCode.Should().Be(HttpStatusCode.BadRequest, "a started task cannot be cancelled, also not after a crash");
        foreach (var id in accepted.Except(cancelled))
        {
            await Eventually.TrueAsync(async () => await second.StatusAsync(id) == "SUCCEEDED");
            var pictures = (await second.TaskAsync(id)).GetProperty("thumbnail_info").EnumerateArray().Select(picture => picture.GetProperty("pic_name").GetString());
            Directory.GetFileSystemEntries(Path.Combine(data, "media/pictures", $"task-{id}")).Select(Path.GetFileName)
                .Should().BeEquivalentTo(pictures, "what is recorded is there, and nothing else");
        }

        foreach (var id in cancelled)
        {
            (await second.StatusAsync(id)).Should().Be("CANCELED");
            Directory.Exists(Path.Combine(data, "media/pictures", $"task-{id}")).Should().BeFalse();
        }
    }

    [Fact]
    public async Task After_kill_9_of_the_host_a_task_that_ran_at_once_is_taken_over_and_was_never_waiting()
    {
        const string OnePoint = """{"type":"DOTS","dots":[0]}""";
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        var ffmpeg = new HangingFfmpeg(data);

        await using (var first = await ffmpeg.StartServerAsync("Worker__Lease=00:00:04"))
        {
            var submitting = first.SubmitAsync(OnePoint, "task-1", sync: 1);
            await Eventually.TrueAsync(() => ffmpeg.Count() == 1);
            (await first.StatusAsync("1")).Should().Be("PROCESSING");
            await first.KillAsync();
            await submitting.Invoking(it => it).Should().ThrowAsync<HttpRequestException>();
            await Eventually.TrueAsync(() => ffmpeg.Count() == 0);
        }

        await using var second = await ffmpeg.StartServerAsync("Worker__Lease=00:00:04");
        (await second.CancelAsync("1")).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        await Eventually.TrueAsync(async () => await second.StatusAsync("1") == "SUCCEEDED");
        Directory.GetFileSystemEntries(Path.Combine(data, "media/pictures/task-1")).Select(Path.GetFileName).Should().Equal("0.jpg");
    }

    [Fact]
    public async Task A_full_disk_is_answered_503_nothing_acknowledged_is_missing_and_room_is_used_again()
    {
        // A file system of 4 MB, in a mount namespace of the server's own; a filler in it is the room to give back.
        var mount = $"mount -t tmpfs -o size=4m tmpfs '{data}' && head -c 1000000 /dev/zero > '{data}/filler'";
        await using var server = await ServerProcess.StartCommandAsync("unshare",
            ["--mount", "--map-root-user", "sh", "-c", $"{mount} && exec dotnet '{ServerProcess.Dll}' serve --urls http://127.0.0.1:0 --data '{data}' --concurrency 0"]);
        var accepted = new List<string>();
        var userData = new string('x', 60_000);
        HttpRequestException? refusal = null;
        while (refusal is null && accepted.Count < 1_000)
        {
            try
            {
                accepted.Add(await server.SubmitAsync("{}", "out", userData));
            }
            catch (HttpRequestException full)
            {
                refusal = full;
            }
        }

        refusal!.StatusCode.Should().Be(HttpStatusCode.ServiceUnavailable);
        accepted.Should().NotBeEmpty();
        foreach (var id in accepted)
        {
            (await server.StatusAsync(id)).Should().Be("WAITING");
        }

        File.Delete($"/proc/{server.Id}/root{data}/filler");
        (await server.CancelAsync(accepted[0])).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await server.StatusAsync(await server.SubmitAsync("{}", "out"))).Should().Be("WAITING");
    }
}
