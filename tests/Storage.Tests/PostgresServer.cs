using System.Globalization;
using Microsoft.Extensions.Logging;
using Npgsql;

[assembly: AssemblyFixture(typeof(SnapshotTasks.Tests.PostgresServer))]

namespace SnapshotTasks.Tests;

/// <summary>One private PostgreSQL server for all tests of this run that need nothing special, started by the first of them.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    // Mounted for the server only: it is seen by nobody else, and gone with it.
    private const string MountSmall = """mount -t tmpfs -o size=16m tmpfs "$0" && chown --reference=. "$0" && exec "$@" """;

    private readonly DirectoryInfo small = Directory.CreateTempSubdirectory("small-");
    private readonly Lazy<Task<PostgresCluster>> cluster;
    private int databases;

    public PostgresServer() => cluster = new(StartAsync);

    /// <summary>A new database, with the schema of the store and a clock that tests move.</summary>
    /// <returns>How to connect to it.</returns>
    internal async Task<string> CreateDatabaseAsync(string template = "prepared")
    {
        var server = (await cluster.Value).ConnectionString;
        var name = string.Create(CultureInfo.InvariantCulture, $"test_{Interlocked.Increment(ref databases)}");
        await ExecuteAsync(server, $"create database {name} template {template}");
        return In(server, name);
    }

    public async ValueTask DisposeAsync()
    {
        if (cluster.IsValueCreated)
        {
            await (await cluster.Value).DisposeAsync();
        }

        small.Delete();
    }

    /// <summary>Opens a store as a host does.</summary>
    internal static PostgresTaskStore Open(string database, PostgresOptions? options = null, ILogger? log = null) =>
        new(PostgresConnections.Create(database), ownsSource: true, options ?? new PostgresOptions(), log);

    internal static async Task<object?> ExecuteAsync(string database, string statements)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statements, connection);
        return await command.ExecuteScalarAsync();
    }

    internal static string In(string server, string database) => new NpgsqlConnectionStringBuilder(server) { Database = database }.ConnectionString;

    private async Task<PostgresCluster> StartAsync()
    {
        var settings = new Dictionary<string, string> { ["max_connections"] = "500", ["shared_buffers"] = "64MB" };
        var started = await PostgresCluster.CreateAsync(settings, "unshare", "--mount", "sh", "-c", MountSmall, small.FullName);
        await ExecuteAsync(started.ConnectionString, $"create tablespace small location '{small.FullName}'");
        await ExecuteAsync(started.ConnectionString, "create database prepared");
        await ExecuteAsync(
            In(started.ConnectionString, "prepared"),
            $"{string.Join(";\n", PostgresSchema.Scripts)};\ncreate table clock (time timestamptz not null); insert into clock values ('2026-03-01 12:00:00 UTC')");
        return started;
    }
}
