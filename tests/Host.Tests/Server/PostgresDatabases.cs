using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>A private PostgreSQL server, with a database of its own for whoever asks.</summary>
public sealed class PostgresDatabases : IAsyncLifetime
{
    private PostgresCluster? cluster;

    internal PostgresCluster Cluster => cluster!;

    public async ValueTask InitializeAsync() => cluster = await PostgresCluster.CreateAsync();

    public ValueTask DisposeAsync() => Cluster.DisposeAsync();

    /// <summary>How to connect to a new and empty database.</summary>
    public async Task<string> NewAsync()
    {
        var name = $"db_{Guid.NewGuid():N}";
        await ExecuteAsync(Cluster.ConnectionString, $"create database {name}");
        return new NpgsqlConnectionStringBuilder(Cluster.ConnectionString) { Database = name }.ConnectionString;
    }

    public static async Task<object?> ExecuteAsync(string database, string statements)
    {
        await using var connection = new NpgsqlConnection($"{database};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statements, connection);
        return await command.ExecuteScalarAsync();
    }
}
