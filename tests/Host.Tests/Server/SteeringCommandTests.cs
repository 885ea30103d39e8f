using System.Net;

namespace SnapshotTasks.Tests;

/// <summary>An operator steers a server that runs, and one that does not, by the command line.</summary>
public sealed class SteeringCommandTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task A_pause_holds_on_through_a_restart_and_says_so_until_it_is_resumed()
    {
        await using (var server = await ServerProcess.StartAsync(data, "--concurrency", "1"))
        {
            (await RunAsync("pause", "--by", "ann", "--reason", "the disk is full")).Output.Should().MatchRegex("^Everything is paused since .*Z by ann: the disk is full\n$");
            (await RunAsync("pause", "--reason", "again")).Output.Should().StartWith("Already so: Everything is paused since ");
            var id = await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out");

            (await server.StatusAsync(id)).Should().Be("WAITING");
            var ready = await server.Client.GetAsync("/health/ready");
            ready.StatusCode.Should().Be(HttpStatusCode.OK);
            (await ready.Content.ReadAsStringAsync()).Should().Contain("\"degraded\"").And.Contain("Everything is paused since ").And.NotContain("ann", "strangers may ask");
            (await server.StopAsync()).Should().Be(0);
        }

        await using var restarted = await ServerProcess.StartAsync(data, "--concurrency", "1");
        restarted.ReadyLine.Should().EndWith(", paused");
        await WorkerHost.UntilAsync(() => restarted.Log.Contains(" by ann: the disk is full", StringComparison.Ordinal), "the warning");
        (await restarted.StatusAsync("1")).Should().Be("WAITING");

        (await RunAsync("resume")).Output.Should().StartWith("Everything goes on, after it was paused since ");

        await WorkerHost.UntilAsync(async () => await restarted.StatusAsync("1") == "FAILED" || (await restarted.TaskAsync("1")).TryGetProperty("description", out _), () => "an attempt");
        (await RunAsync("resume")).Output.Should().Be("It was not paused.\n");
    }

    [Fact]
    public async Task A_project_is_paused_alone()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        (await RunAsync("pause", "--project", "p", "--reason", "too loud")).Output.Should().StartWith("Project p is paused since ");
        (await RunAsync("abort", "--project", "p", "--task", "7", "--reason", "late")).Output.Should().Be("Not aborted: the project has no such task.\n");
        await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out");
        (await RunAsync("abort", "--project", "p", "--task", "1", "--reason", "late")).Output.Should().StartWith("Not aborted: the task does not run, it is Queued since ");
    }

    [Fact]
    public async Task What_has_failed_runs_again_once_for_each_action()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "1");
        var id = await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out");
        await WorkerHost.UntilAsync(async () => (await server.TaskAsync(id)).TryGetProperty("description", out _), () => "an attempt that is put off");
        (await RunAsync("abort", "--project", "p", "--task", id, "--reason", "to see it run again")).Output.Should().Be("The run is aborted: its task has failed.\n");
        await RunAsync("pause", "--reason", "to see what waits");
        var other = await server.SubmitAsync("""{"type":"DOTS","dots":[1]}""", "out");

        (await RunAsync("again", "--project", "p", "--task", other, "--action", "a")).Output.Should().StartWith("Not run again: the task has not ended, it is Queued since ");
        (await RunAsync("again", "--project", "p", "--task", "77", "--action", "a")).Output.Should().Be("Not run again: the project has no such task.\n");
        (await RunAsync("again", "--project", "p", "--task", id, "--action", "a")).Output.Should().MatchRegex($"^Task {id} runs again as task [0-9]+.\n$");
        (await RunAsync("again", "--project", "p", "--task", id, "--action", "a")).Output.Should().MatchRegex($"^Already so: task {id} runs again as task [0-9]+.\n$");
        (await RunAsync("again", "--project", "p", "--failed", "--since", "2000-01-01", "--action", "b")).Output.Should().Be("1 tasks run again, and 0 that the same action had submitted before.\n");
        (await RunAsync("again", "--project", "p", "--failed", "--action", "b")).Output.Should().Be("0 tasks run again, and 1 that the same action had submitted before.\n");
    }

    [Theory]
    [InlineData("Exactly one of --task and --failed*", "again", "--project", "p", "--action", "a")]
    [InlineData("Exactly one of --task and --failed*", "again", "--project", "p", "--action", "a", "--task", "1", "--failed")]
    [InlineData("--since and --until go with --failed*", "again", "--project", "p", "--action", "a", "--task", "1", "--since", "2026-01-01")]
    [InlineData("'Action' must be 1 to 100 printable*", "again", "--project", "p", "--action", "é", "--failed")]
    [InlineData("*--action*", "again", "--project", "p", "--failed")]
    [InlineData("'Project' must be 1 to 64 characters*", "pause", "--project", "a b", "--reason", "x")]
    [InlineData("'Reason' must be 1 to 500 characters*", "pause", "--reason", " ")]
    [InlineData("'Task Id' must be a number*", "abort", "--project", "p", "--task", "0", "--reason", "x")]
    [InlineData("*--reason*", "pause")]
    public async Task What_is_wrong_is_said_in_one_line(string problem, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProcess.RunAsync([.. arguments, "--data", data]);

        exitCode.Should().NotBe(0);
        error.Split('\n')[0].Should().Match(problem);
        (output + error).Should().NotContain("   at ");
    }

    private async Task<(string Output, string Error)> RunAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProcess.RunAsync([.. arguments, "--data", data]);
        exitCode.Should().Be(0, error);
        return (output, error);
    }
}
