using System.Data.Common;
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

    public void Use(SnapshotTasksBuilder tasks) => tasks.UsePostgres(Cluster.ConnectionString);

    public async Task StartAsync() => cluster = await PostgresCluster.CreateAsync(Careless);

    public async Task KillServerAsync(Journal journal)
    {
        journal.Write(at => new StoreDown(at, Outage.Killed));
        await Cluster.KillAsync();
        await Cluster.StartAsync();
        journal.Write(at => new StoreUp(at));
    }

    public async Task FenceAsync(Func<Task> meanwhile, Journal journal)
    {
        journal.Write(at => new StoreDown(at, Outage.ReadOnly));
        await SetAsync("set default_transaction_read_only = on");
        await ExecuteAsync("select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and backend_type = 'client backend'");
        await meanwhile();
        await SetAsync("reset default_transaction_read_only");
        journal.Write(at => new StoreUp(at));
    }

    // What a frozen host has locked is a few rows, which others pass over.
    public Task<bool> IsHeldAsync() => Task.FromResult(false);

    public Task<int> CountUnendedAsync() => QueryAsync(
        "select count(*) from snapshot_tasks.tasks where ended_at is null", async command => Convert.ToInt32(await command.ExecuteScalarAsync()));

    public Task<IReadOnlyList<Row>> ReadRowsAsync() => ReadAsync(Rows.SelectFrom("snapshot_tasks.tasks"), Rows.Read);

    public Task<IReadOnlyList<PutOff>> ReadPutOffAsync() => ReadAsync(Rows.SelectPutOffFrom("snapshot_tasks.tasks"), Rows.ReadPutOff);

    public Task<IReadOnlyList<ListedRow>> ReadListedAsync() =>
        ReadAsync(Rows.SelectListedFrom("snapshot_tasks.cancelled", "snapshot_tasks.cancellations"), Rows.ReadListed);

    public Task<IReadOnlyList<EventRow>> ReadEventsAsync() => ReadAsync(Rows.SelectEventsFrom("snapshot_tasks.events"), Rows.ReadEvents);

    public ValueTask DisposeAsync() => cluster?.DisposeAsync() ?? default;

    private async Task SetAsync(string setting)
    {
        await ExecuteAsync($"alter system {setting}");
        await ExecuteAsync("select pg_reload_conf()");
    }

    private Task<int> ExecuteAsync(string sql) => QueryAsync(sql, command => command.ExecuteNonQueryAsync());

    private Task<IReadOnlyList<T>> ReadAsync<T>(string sql, Func<DbDataReader, IReadOnlyList<T>> read) => QueryAsync(sql, async command =>
    {
        await using var reader = await command.ExecuteReaderAsync();
        return read(reader);
    });

    private async Task<T> QueryAsync<T>(string sql, Func<NpgsqlCommand, Task<T>> execute)
    {
        // No pool: its connections would be those of a server that was killed since.
        await using var connection = new NpgsqlConnection($"{Cluster.ConnectionString};Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await execute(command);
    }
}
