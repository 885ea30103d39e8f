using System.Data;
using System.Data.Common;
using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

public sealed class SqliteStoreTests : PersistentStoreContract
{
    public SqliteStoreTests()
        : base(new SqliteStoreFactory())
    {
    }

    internal SqliteStoreTests(SqliteStatements statements, Func<IStoreSession, IStoreSession>? through)
        : base(new SqliteStoreFactory(statements, through))
    {
    }
}

internal sealed class SqliteStoreFactory(
    SqliteStatements? statements = null, Func<IStoreSession, IStoreSession>? through = null) : PersistentStoreFactory
{
    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;
    private readonly List<SqliteTaskStore> stores = [];

    public SqliteOptions Options { get; } = new();

    private bool full;

    public string Path => System.IO.Path.Combine(folder, "data", "tasks.db");

    /// <summary>The connection of the store that was opened last; not to be used while the store is writing.</summary>
    public SqliteConnection Writer { get; private set; } = null!;

    public override Task<ITaskStore> CreateAsync() => Task.FromResult<ITaskStore>(Create());

    public SqliteTaskStore Create()
    {
        stores.Add(new SqliteTaskStore(Path, Time, statements ?? new SqliteStatements(), Opened, through, options: Options));
        return stores[^1];
    }

    public override async Task<ITaskStore> ReopenAsync()
    {
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        stores.Clear();
        return Create();
    }

    public override async Task<DbConnection> OpenAsync()
    {
        var connection = new SqliteConnection($"Data Source={Path};Pooling=False");
        await connection.OpenAsync();
        return connection;
    }

    public override async Task<Elsewhere> BeginElsewhereAsync()
    {
        var connection = new SqliteConnection($"Data Source={System.IO.Path.Combine(folder, "elsewhere.db")};Pooling=False");
        await connection.OpenAsync();
        return new(await connection.BeginTransactionAsync());
    }

    public override async Task RefuseChangesOfAsync(TaskId id)
    {
        await using var connection = (SqliteConnection)await OpenAsync();
        SqliteConnections.Execute(connection, $"create trigger refuses before update on snapshot_tasks when old.id = {id} begin select raise(abort, 'refused'); end");
    }

    public override void FillDisk()
    {
        full = true;
        Limit(Writer);
    }

    public override void MakeRoom()
    {
        full = false;
        if (Writer.State == ConnectionState.Open)
        {
            Limit(Writer);
        }
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
        await base.DisposeAsync();
    }

    private void Opened(SqliteConnection connection)
    {
        Writer = connection;
        Limit(connection);
    }

    // SQLite's own limit gives its own SQLITE_FULL; it holds for one connection and never cuts off what is there.
    private void Limit(SqliteConnection connection) =>
        SqliteConnections.Execute(connection, $"pragma max_page_count = {(full ? 1 : int.MaxValue).ToString(CultureInfo.InvariantCulture)}");
}
