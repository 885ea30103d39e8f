using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

/// <summary>Real servers on one store: frozen by SIGSTOP past their lease, and stopped while they work.</summary>
public sealed class FrozenServerTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(2);

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    private readonly HangingFfmpeg ffmpeg;

    public FrozenServerTests() => ffmpeg = new(data);

    private string Output => Path.Combine(data, "media/pictures/out");

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_frozen_server_loses_its_task_to_another_and_when_it_wakes_up_it_kills_its_ffmpeg_and_changes_nothing()
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        await using var frozen = await StartAsync(Lease);
        var id = await frozen.SubmitAsync("""{"type":"DOTS","dots":[1,2]}""", "out");
        await Eventually.TrueAsync(() => ffmpeg.Count() == 1);
        await using var other = await StartAsync(Lease);

        var sinceFrozen = await FreezeAsync(frozen);
        await Eventually.TrueAsync(() => other.Log.Contains($"Task {id} of project p started, attempt 2", StringComparison.Ordinal));
        var takenOverAfter = sinceFrozen.Elapsed;
        await Eventually.TrueAsync(async () => await other.StatusAsync(id) == "SUCCEEDED");
        var before = (await other.TaskAsync(id)).GetRawText();
        ffmpeg.Count().Should().Be(1, "it hangs, and its server sleeps");

        await SignalAsync("CONT", frozen);
        await Eventually.TrueAsync(() => ffmpeg.Count() == 0);
        await Eventually.TrueAsync(() => frozen.Log.Contains($"Task {id} of project p was stopped", StringComparison.Ordinal));

        (await frozen.TaskAsync(id)).GetRawText().Should().Be(before);
        Directory.GetFileSystemEntries(Output).Select(Path.GetFileName).Should().BeEquivalentTo("1.jpg", "2.jpg");
        (await frozen.StopAsync()).Should().Be(0);

        // The last renewal was up to a third of the lease before; what the machine is busy with comes on top.
        takenOverAfter.Should().BeGreaterThan(Lease / 2).And.BeLessThan(Lease + TimeSpan.FromSeconds(1 + 5));
    }

    [Fact]
    public async Task A_server_that_is_stopped_kills_its_ffmpeg_and_another_goes_on_at_once_whatever_the_lease()
    {
        await SampleClips.LongAsync(Path.Combine(data, "media/videos/clip.mp4"));
        await using var stopped = await StartAsync(TimeSpan.FromHours(1));
        var id = await stopped.SubmitAsync("""{"type":"DOTS","dots":[1,2]}""", "out");
        await Eventually.TrueAsync(() => ffmpeg.Count() == 1);

        (await stopped.StopAsync()).Should().Be(0);

        ffmpeg.Count().Should().Be(0);
        stopped.Log.Should().Contain($"Task {id} of project p was released");
        await using var other = await StartAsync(TimeSpan.FromHours(1));
        await Eventually.TrueAsync(async () => await other.StatusAsync(id) == "SUCCEEDED");
        other.Log.Should().Contain($"Task {id} of project p started, attempt 2");
        Directory.GetFileSystemEntries(Output).Select(Path.GetFileName).Should().BeEquivalentTo("1.jpg", "2.jpg");
    }

    private Task<ServerProcess> StartAsync(TimeSpan lease) => ffmpeg.StartServerAsync($"Worker__Lease={lease}", "Worker__Shutdown=00:00:00.1");

    /// <summary>Freezes a server while it does not hold the file: frozen with it, it would keep everybody from it, which no lease can help.</summary>
    private async Task<Stopwatch> FreezeAsync(ServerProcess server)
    {
        while (true)
        {
            await SignalAsync("STOP", server);
            var since = Stopwatch.StartNew();
            try
            {
                await using var connection = new SqliteConnection($"Data Source={data}/tasks.db;Pooling=false;Default Timeout=1");
                await connection.OpenAsync();
                await using var held = connection.BeginTransaction(deferred: false);
                return since;
            }
            catch (SqliteException)
            {
                await SignalAsync("CONT", server);
            }
        }
    }

    private static async Task SignalAsync(string signal, ServerProcess server)
    {
        using var run = Process.Start("kill", [$"-{signal}", $"{server.Id}"]);
        await run.WaitForExitAsync();
        run.ExitCode.Should().Be(0);
    }
}
