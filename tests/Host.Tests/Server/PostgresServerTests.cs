using System.Net;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

/// <summary>The server's command line with a PostgreSQL database.</summary>
public sealed class PostgresServerTests(PostgresDatabases databases) : IClassFixture<PostgresDatabases>, IDisposable
{
    private const string Secret = "of-nobody's-business";

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Fact]
    public async Task It_keeps_tasks_in_the_database_and_says_where_without_the_password()
    {
        var database = await databases.NewAsync();
        await using var server = await ServerProcess.StartAsync(
            data, "--store", "postgres", "--connection", $"{database};Password={Secret}", "--migrate", "--concurrency", "0");

        var host = new Npgsql.NpgsqlConnectionStringBuilder(database);
        server.ReadyLine.Should().Contain($", store PostgreSQL {host.Host}/{host.Database}, media {data}/media, ");
        var id = await server.SubmitAsync("{}", "out");
        (await server.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.NoContent);
        (await PostgresDatabases.ExecuteAsync(database, "select state from snapshot_tasks.tasks")).Should().Be("Cancelled");
        (await server.Client.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        File.Exists(Path.Combine(data, "tasks.db")).Should().BeFalse();
        (await server.StopAsync()).Should().Be(0);
        (server.ReadyLine + server.Log).Should().NotContain(Secret).And.NotContain("fail").And.NotContain("warn");
    }

    [Fact]
    public async Task Servers_on_one_database_are_one_queue_and_a_restarted_one_finds_everything()
    {
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, $$"""{ "Postgres": { "Connection": "{{await databases.NewAsync()}}", "Migrate": true, "LockTimeout": "00:00:02" } }""");
        string[] options = ["--store", "postgres", "--config", config, "--concurrency", "0"];
        string id;
        await using (var one = await ServerProcess.StartAsync(data, options))
        await using (var other = await ServerProcess.StartAsync(data, options))
        {
            id = await one.SubmitAsync("{}", "out");
            (await other.StatusAsync(id)).Should().Be("WAITING");
            (await other.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.NoContent);
            (await one.CancelAsync(id)).StatusCode.Should().Be(HttpStatusCode.BadRequest);
        }

        await using var next = await ServerProcess.StartAsync(data, options);
        (await next.StatusAsync(id)).Should().Be("CANCELED");
    }

    [Fact]
    public async Task A_database_without_the_schema_is_refused_until_the_printed_scripts_are_applied()
    {
        var database = await databases.NewAsync();
        string[] options = ["--store", "postgres", "--connection", database, "--concurrency", "0"];
        var (exitCode, _, error) = await ServeAsync(options);
        (exitCode, error).Should().Be((1, error));
        error.Should().Contain("cannot start").And.Contain("Migrate").And.NotContain("   at ");

        var (_, scripts, _) = await ServerProcess.RunAsync("schema", "--store", "postgres");
        await PostgresDatabases.ExecuteAsync(database, scripts);

        await using var server = await ServerProcess.StartAsync(data, options);
        await server.SubmitAsync("{}", "out");
    }

    [Fact]
    public async Task The_printed_scripts_of_SQLite_make_a_file_that_the_server_takes()
    {
        var (_, all, _) = await ServerProcess.RunAsync("schema");
        var (_, later, _) = await ServerProcess.RunAsync("schema", "--store", "sqlite", "--after", "1");
        all.Should().EndWith(later).And.Contain("-- Version 1 of");
        later.Should().NotContain("-- Version 1 of");
        using (var connection = new SqliteConnection($"Data Source={data}/tasks.db;Pooling=false"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = all;
            command.ExecuteNonQuery();
        }

        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");
        await server.SubmitAsync("{}", "out");
    }

    public static TheoryData<string[], string> WrongOptions => new()
    {
        { ["--connection", "Host=x"], "are for --store postgres" },
        { ["--store", "sqlite", "--migrate"], "are for --store postgres" },
        { ["--store", "mysql"], "mysql" },
        { ["--store", "postgres"], "Postgres:Connection" },
        { ["--store", "postgres", "--connection", " "], "Postgres:Connection" },
        { ["--store", "postgres", "--connection", $"Host=x;Password={Secret};is;Port=1"], "is not understood: it is written Host=" },
        { ["--store", "postgres", "--connection", $"Host=x;Port={Secret}"], "is not understood: it is written Host=" },
        { ["--store", "postgres", "--connection", $"Host=/nowhere;Password={Secret}"], "PostgreSQL cannot be reached" },
    };

    [Theory]
    [MemberData(nameof(WrongOptions))]
    public async Task A_wrong_combination_is_an_error_that_says_what_to_do_and_no_secret(string[] options, string words)
    {
        var (exitCode, _, error) = await ServeAsync(options);

        exitCode.Should().Be(1, error);
        error.Should().Contain(words).And.NotContain("   at ").And.NotContain(Secret);
    }

    [Theory]
    [InlineData("--after", "-1")]
    [InlineData("--after", "many")]
    [InlineData("--store", "mysql")]
    public async Task A_wrong_option_of_the_schema_is_an_error_that_names_it(string option, string value)
    {
        var (exitCode, output, error) = await ServerProcess.RunAsync("schema", option, value);

        (exitCode, error.Contains(value, StringComparison.Ordinal)).Should().Be((1, true), error);
        output.Should().NotContain("create table");
    }

    [Theory]
    [InlineData("""{ "Connection": "Host=x", "Lock": 1 }""", "The section Postgres has no setting Lock")]
    [InlineData("""{ "Connection": "Host=x", "LockTimeout": "00:02:00" }""", "Postgres:LockTimeout must be between 10 milliseconds and 1 minute")]
    [InlineData("""{ "Connection": "Host=x", "Notifications": "sometimes" }""", "Postgres:Notifications is 'sometimes'")]
    public async Task A_wrong_setting_is_refused_in_one_line_that_names_it(string section, string words)
    {
        var config = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(config, $$"""{ "Postgres": {{section}} }""");

        var (exitCode, _, error) = await ServeAsync(["--store", "postgres", "--config", config]);

        exitCode.Should().Be(1);
        error.Should().Contain(words).And.NotContain("   at ");
    }

    [Fact]
    public async Task The_demo_on_PostgreSQL_tells_of_a_killed_server_whose_task_the_other_takes_over()
    {
        var (exitCode, output, error) = await ServerProcess.DemonstrateAsync("--store", "postgres");

        exitCode.Should().Be(0, "it printed {0} {1}", output, error);
        output.Should().Contain("All of it happened as promised.").And.MatchRegex("60  1 on server [AB], 2 on server [AB]");
    }

    private Task<(int ExitCode, string Output, string Error)> ServeAsync(string[] options) =>
        ServerProcess.RunAsync(["serve", "--data", data, "--urls", "http://127.0.0.1:0", .. options]);
}
