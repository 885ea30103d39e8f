using Npgsql;

namespace SnapshotTasks.Campaign;

/// <summary>A private server that dies as well, again and again.</summary>
internal sealed class PostgresUnderTest : IStoreUnderTest
{
    // Acknowledged work must survive a server that is set up carelessly: a kill loses what it has not flushed yet.
    private static readonly Dictionary<string, string> Careless = new() { ["synchronous_commit"] = "off", ["wal_writer_delay"] = "10s" };

    private PostgresCluster? cluster;

    public IReadOnlyList<string> ServeOptions => ["--store", "postgres", "--connection", Cluster.ConnectionString, "--migrate"];

    public bool HasServer => true;

    private PostgresCluster Cluster => cluster ?? throw new InvalidOperationException("The server was not started.");

    public async Task StartAsync() => cluster = await PostgresCluster.CreateAsync(Careless);

    public async Task KillServerAsync(Journal journal)
    {
        journal.Write(at => new StoreDown(at, Killed: true));
        await Cluster.KillAsync();
        await Cluster.StartAsync();
        journal.Write(at => new StoreUp(at));
    }

    // What a frozen host has locked is a few rows, which others pass over.
    public Task<bool> IsHeldAsync() => Task.FromResult(false);

    public Task<int> CountUnendedAsync() => QueryAsync(
        "select count(*) from snapshot_tasks.tasks where ended_at is null", async command => Convert.ToInt32(await command.ExecuteScalarAsync()));

    public Task<IReadOnlyList<Row>> ReadRowsAsync() => QueryAsync(Rows.SelectFrom("snapshot_tasks.tasks"), async command =>
    {
        await using var reader = await command.ExecuteReaderAsync();
        return Rows.Read(reader);
    });

    public ValueTask DisposeAsync() => cluster?.DisposeAsync() ?? default;

    private async Task<T> QueryAsync<T>(string sql, Func<NpgsqlCommand, Task<T>> execute)
    {
        // No pool: its connections would be those of a server that was killed since.
        await using var connection = new NpgsqlConnection($"{Cluster.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await execute(command);
    }
}
