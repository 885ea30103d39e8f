using Npgsql;

namespace SnapshotTasks.Benchmarks;

/// <summary>A private PostgreSQL server with the settings it has when nobody changes any, but room for the baseline's connections.</summary>
internal sealed class PostgresDatabases : IDatabases
{
    // Both are copied instead of being made again.
    private const string StoreTemplate = "store_template", HangfireTemplate = "hangfire_template";

    private static readonly string[] Told =
        ["fsync", "synchronous_commit", "full_page_writes", "wal_sync_method", "shared_buffers", "max_wal_size", "max_connections", "autovacuum"];

    private readonly PostgresCluster cluster;
    private readonly DirectoryInfo media;
    private int databases;

    private PostgresDatabases(PostgresCluster cluster, DirectoryInfo media) => (this.cluster, this.media) = (cluster, media);

    public string? Server { get; private set; }

    public static async Task<PostgresDatabases> StartAsync(DirectoryInfo folder)
    {
        await Tools.RequireAsync("setpriv:util-linux");
        var cluster = await PostgresCluster.CreateAsync(
            folder.CreateSubdirectory("postgres"), new Dictionary<string, string> { ["max_connections"] = "400" });
        var created = new PostgresDatabases(cluster, folder.CreateSubdirectory("media"));
        created.Server = $"PostgreSQL {created.Ask("show server_version")} in a cluster of its own, {string.Join(", ", Told.Select(name => $"{name} {created.Ask($"show {name}")}"))}";
        created.Ask($"create database {StoreTemplate}");
        Run(created.ConnectionTo(StoreTemplate), string.Join(";\n", PostgresSchema.Scripts));
        created.Ask($"create database {HangfireTemplate}");
        HangfireDatabase.Prepare(created.ConnectionTo(HangfireTemplate));
        return created;
    }

    public async Task<IDatabase> CreateAsync() => new PostgresDatabase(await CopyAsync(StoreTemplate), media, DropAsync);

    public async Task<IRivalDatabase> CreateForHangfireAsync() => new HangfireDatabase(await CopyAsync(HangfireTemplate), DropAsync);

    public async ValueTask DisposeAsync() => await cluster.DisposeAsync();

    /// <summary>Runs statements on a connection of their own, however long they take.</summary>
    public static object? Run(string database, string statements, params NpgsqlParameter[] parameters)
    {
        using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(database) { Pooling = false }.ConnectionString);
        connection.Open();
        using var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 0 };
        command.Parameters.AddRange(parameters);
        return command.ExecuteScalar();
    }

    public static void Settle(string database)
    {
        Run(database, "vacuum (analyze)");
        Run(database, "checkpoint");
    }

    private async Task<string> CopyAsync(string template)
    {
        var name = $"benchmark_{++databases}";
        await Task.Run(() => Ask($"create database {name} template {template}"));
        return ConnectionTo(name);
    }

    private async ValueTask DropAsync(string database) =>
        await Task.Run(() => Ask($"drop database {new NpgsqlConnectionStringBuilder(database).Database} with (force)"));

    private string ConnectionTo(string database) =>
        new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Database = database }.ConnectionString;

    private object? Ask(string statement) => Run(cluster.ConnectionString, statement);
}
