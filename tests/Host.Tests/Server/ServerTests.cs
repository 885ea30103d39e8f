using System.Net;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

public sealed class ServerTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task It_says_in_one_line_that_it_is_ready_and_stops_on_sigterm()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "1");

        server.ReadyLine.Should().MatchRegex(
            $"^SnapshotTasks [0-9.]+ ready at http://127.0.0.1:[0-9]+, store {data}/tasks.db, media {data}/media, concurrency 1$");
        (await server.Client.GetAsync("/health/live")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.Client.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await server.StopAsync()).Should().Be(0);
        server.Log.Should().NotContain("fail").And.NotContain("warn");
    }

    [Theory]
    [InlineData("--urls", "http://0.0.0.0:8080", "loopback only")]
    [InlineData("--urls", "http://example.com", "loopback only")]
    [InlineData("--urls", "https://0.0.0.0:1", "loopback only")]
    [InlineData("--urls", "elsewhere", "--urls elsewhere is not an address")]
    [InlineData("--concurrency", "-1", "--concurrency must be 0 to 1024")]
    [InlineData("--concurrency", "many", "many")]
    [InlineData("--config", "missing.json", "missing.json")]
    [InlineData("--log-format", "xml", "xml")]
    [InlineData("--colour", "red", "--colour")]
    public async Task A_wrong_option_is_an_error_that_names_it(string option, string value, string named)
    {
        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, option, value);
        exitCode.Should().NotBe(0);
        error.Should().Contain(named).And.NotContain("   at ");
    }

    [Fact]
    public async Task An_address_in_use_is_said_in_one_line()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", server.Client.BaseAddress!.ToString());
        exitCode.Should().Be(1);
        error.Should().Contain("cannot start").And.Contain("address already in use").And.NotContain("   at ");
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_refused_in_one_line()
    {
        using (var connection = new SqliteConnection($"Data Source={data}/tasks.db;Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText =
                "create table snapshot_tasks_versions (version, oldest_software); insert into snapshot_tasks_versions values (999, 999)";
            command.ExecuteNonQuery();
        }

        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", "http://127.0.0.1:0");
        exitCode.Should().Be(1);
        error.Should().Contain("999").And.Contain("newer").And.NotContain("   at ");
    }

    [Fact]
    public async Task A_worker_setting_out_of_its_range_is_refused_in_one_line_that_names_it()
    {
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, """{ "Worker": { "Lease": "00:00:00.5" } }""");
        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", "http://127.0.0.1:0", "--config", config);
        exitCode.Should().Be(1);
        error.Should().Contain("Lease").And.NotContain("   at ");
    }

    [Theory]
    [InlineData("""{ "Lock": 1 }""", "The section Sqlite has no setting Lock: it has LockTimeout.")]
    [InlineData("""{ "LockTimeout": "00:02:00" }""", "Sqlite:LockTimeout must be between 10 milliseconds and 1 minute")]
    [InlineData("""{ "LockTimeout": "soon" }""", "Sqlite:LockTimeout is 'soon'")]
    public async Task A_wrong_setting_of_sqlite_is_refused_in_one_line_that_names_it(string section, string words)
    {
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, $$"""{ "Sqlite": {{section}} }""");
        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", "http://127.0.0.1:0", "--config", config);
        exitCode.Should().Be(1);
        error.Should().Contain(words).And.NotContain("   at ");
    }

    [Fact]
    public async Task A_lock_of_somebody_else_ends_in_503_after_the_time_out_and_readiness_says_so()
    {
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, """{ "Sqlite": { "LockTimeout": "00:00:02" } }""");
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0", "--config", config);
        var id = await server.SubmitAsync("{}", "out");
        using (var connection = new SqliteConnection($"Data Source={data}/tasks.db;Pooling=false"))
        {
            connection.Open();
            using var transaction = connection.BeginTransaction(deferred: false);

            var refused = await server.CancelAsync(id);

            (refused.StatusCode, refused.Headers.RetryAfter?.Delta).Should().Be((HttpStatusCode.ServiceUnavailable, TimeSpan.FromSeconds(1)));
            (await server.Client.GetStringAsync("/health/ready")).Should().Contain("degraded").And.Contain("has held the write lock");
        }

        (await server.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        await Eventually.TrueAsync(async () => !(await server.Client.GetStringAsync("/health/ready")).Contains("degraded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_backup_of_a_running_server_can_be_restored()
    {
        string folder = Path.Combine(data, "restored"), copy = Path.Combine(folder, "tasks.db");
        Directory.CreateDirectory(folder);
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        var id = await server.SubmitAsync("{}", "out");

        var (exitCode, output, error) = await ServerProcess.RunAsync("backup", "--data", data, "--to", copy);

        (exitCode, output.Trim()).Should().Be((0, $"All tasks of {data}/tasks.db are in {copy}."), error);
        await using var restored = await ServerProcess.StartAsync(folder, "--concurrency", "0");
        (await restored.StatusAsync(id)).Should().Be("WAITING");
    }

    [Fact]
    public async Task A_backup_that_cannot_be_made_is_said_in_one_line()
    {
        var (exitCode, _, error) = await ServerProcess.RunAsync("backup", "--data", data, "--to", Path.Combine(data, "copy.db"));
        (exitCode, error.Trim()).Should().Be((1, $"SnapshotTasks cannot back up: There is no database {data}/tasks.db."));
    }

    [Theory]
    [InlineData("--version", "0.")]
    [InlineData("--help", "serve")]
    public async Task Version_and_help_are_answered(string option, string expected)
    {
        var (exitCode, output, _) = await ServerProcess.RunAsync(option);
        exitCode.Should().Be(0);
        output.Should().Contain(expected);
    }

    [Fact]
    public async Task With_a_concurrency_of_0_tasks_stay_queued_and_can_be_cancelled()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        var id = await server.SubmitAsync("{}", "out");
        (await server.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await server.StatusAsync(id)).Should().Be("CANCELED");
    }

    [Fact]
    public async Task A_second_slash_before_the_path_is_dropped_as_some_clients_send_it()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        var id = await server.SubmitAsync("{}", "out");
        var address = server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority);

        (await server.Client.GetStringAsync(new Uri($"{address}//v1/p/thumbnails?task_id={id}"))).Should().Contain("WAITING");
        (await server.Client.DeleteAsync(new Uri($"{address}//v1/p/thumbnails?task_id={id}"))).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await server.Client.GetAsync(new Uri($"{address}///v1/p/thumbnails"))).StatusCode.Should().Be(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Json_logs_are_json()
    {
        await using var server = await ServerProcess.StartAsync(data, "--log-format", "json");
        await server.SubmitAsync("{}", "out");
        await Eventually.TrueAsync(() => server.Log.Contains('{', StringComparison.Ordinal));
        server.Log.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Should().AllSatisfy(line => line.Should().StartWith("{"));
    }

    [Fact]
    public async Task The_demo_tells_its_story_and_ends_with_0()
    {
        var (exitCode, output, error) = await ServerProcess.DemonstrateAsync();
        exitCode.Should().Be(0, "it printed {0} {1}", output, error);
        output.Should().Contain("All of it happened as promised.")
            .And.Contain("204").And.Contain("MPC.10211").And.Contain("PROCESSING").And.Contain("SUCCEEDED").And.Contain("cover_42.jpg");
    }

    [Fact]
    public async Task What_a_server_creates_is_its_users_alone_and_a_configuration_that_everybody_can_read_is_warned_of()
    {
        var folder = Path.Combine(data, "new");
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, "{}");
        using (var permit = System.Diagnostics.Process.Start("chmod", ["644", config]))
        {
            await permit.WaitForExitAsync();
        }

        await using var server = await ServerProcess.StartAsync(folder, "--config", config);

        using var list = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("stat", ["-c", "%a", folder, $"{folder}/tasks.db", $"{folder}/tasks.db-wal", $"{folder}/media"]) { RedirectStandardOutput = true })!;
        (await list.StandardOutput.ReadToEndAsync()).Should().Be("700\n600\n600\n700\n");
        server.Log.Should().Contain("Everybody on this machine can read");
    }
}
