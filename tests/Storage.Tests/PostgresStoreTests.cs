using System.Data.Common;
using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>With one writer, so that callers who are held up together end up in one batch.</summary>
public sealed class PostgresStoreTests : PersistentStoreContract
{
    public PostgresStoreTests(PostgresServer server)
        : base(new PostgresStoreFactory(server, writers: 1))
    {
    }

    internal PostgresStoreTests(PostgresServer server, PostgresStatements statements, Func<IStoreSession, IStoreSession>? through)
        : base(new PostgresStoreFactory(server, writers: 1, statements, through))
    {
    }
}

/// <summary>As the store comes, with several writers at once.</summary>
public sealed class PostgresStoreOfSeveralWritersTests(PostgresServer server) : StoreContract(new PostgresStoreFactory(server));

internal sealed class PostgresStoreFactory(
    PostgresServer server,
    int writers = PostgresTaskStore.Writers,
    PostgresStatements? statements = null,
    Func<IStoreSession, IStoreSession>? through = null) : PersistentStoreFactory
{
    /// <summary>The clock of the tests is a row: it stands still until it is moved, for every store of a database.</summary>
    public static readonly PostgresStatements Statements = new("(select time from public.clock)");

    private readonly List<PostgresTaskStore> stores = [];

    public string Database { get; private set; } = "";

    public override async Task<ITaskStore> CreateAsync() => await OpenStoreAsync();

    public async Task<PostgresTaskStore> OpenStoreAsync(PostgresOptions? options = null)
    {
        Database = Database.Length > 0 ? Database : await server.CreateDatabaseAsync();
        stores.Add(new PostgresTaskStore(PostgresConnections.Create(Database), true, options ?? new PostgresOptions(), statements: statements ?? Statements, writers: writers, through: through, time: Time));
        return stores[^1];
    }

    public override async Task<ITaskStore> ReopenAsync()
    {
        await CloseAsync();
        return await OpenStoreAsync();
    }

    public override void Advance(TimeSpan by)
    {
        base.Advance(by);
        using var connection = new NpgsqlConnection(Database);
        connection.Open();
        using var advance = new NpgsqlCommand("update clock set time = time + $1", connection) { Parameters = { new() { Value = by } } };
        advance.ExecuteNonQuery();
    }

    public override async Task<DbConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        return connection;
    }

    public override async Task<Elsewhere> BeginElsewhereAsync()
    {
        var connection = new NpgsqlConnection(PostgresServer.In(Database, "postgres"));
        await connection.OpenAsync();
        return new(await connection.BeginTransactionAsync());
    }

    public override Task RefuseChangesOfAsync(TaskId id)
    {
        Execute($"alter table snapshot_tasks.tasks add constraint refuses check (id <> {id} or state = 'Queued')");
        return Task.CompletedTask;
    }

    // On a disk of its own, filled to the last page. What is compressed takes hardly any room.
    public override void FillDisk() => Execute("""
        alter table snapshot_tasks.tasks alter request set storage external, set tablespace small;
        create table filler (text text) tablespace small;
        alter table filler alter text set storage plain;
        do $$
        begin
            loop
                insert into filler values (repeat('x', 8000));
            end loop;
        exception when disk_full then
        end
        $$;
        """);

    public override void MakeRoom() => Execute("drop table filler");

    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        if (Database.Length > 0)
        {
            NpgsqlConnection.ClearAllPools();
            await PostgresServer.ExecuteAsync(
                PostgresServer.In(Database, "postgres"), $"drop database {new NpgsqlConnectionStringBuilder(Database).Database} with (force)");
        }

        await base.DisposeAsync();
    }

    private async Task CloseAsync()
    {
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        stores.Clear();
    }

    private void Execute(string statements)
    {
        using var connection = new NpgsqlConnection(Database);
        connection.Open();
        using var command = new NpgsqlCommand(statements, connection);
        command.ExecuteNonQuery();
    }
}
