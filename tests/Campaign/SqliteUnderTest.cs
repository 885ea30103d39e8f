using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Campaign;

/// <summary>One file that all hosts share.</summary>
internal sealed class SqliteUnderTest(string data) : IStoreUnderTest
{
    private const int Busy = 5;

    private string File => Path.Combine(data, "tasks.db");

    public IReadOnlyList<string> ServeOptions => [];

    public bool HasServer => false;

    public void Use(SnapshotTasksBuilder tasks) => tasks.UseSqlite(File);

    public Task StartAsync() => Task.CompletedTask;

    public Task KillServerAsync(Journal journal) => throw new NotSupportedException("SQLite has no server.");

    public Task FenceAsync(Func<Task> meanwhile, Journal journal) => throw new NotSupportedException("SQLite has no server.");

    public async Task<bool> IsHeldAsync()
    {
        using var connection = Open();
        try
        {
            // One by one: of several statements in one command, the driver passes over what goes wrong after the first with rows.
            await Task.Run(() => Execute(connection, "begin immediate"));
            Execute(connection, "rollback");
            return false;
        }
        catch (SqliteException error) when (error.SqliteErrorCode == Busy)
        {
            return true;
        }
    }

    public Task<int> CountUnendedAsync()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select count(*) from snapshot_tasks where ended_at is null";
        return Task.FromResult(Convert.ToInt32(command.ExecuteScalar()));
    }

    public Task<IReadOnlyList<Row>> ReadRowsAsync() => Task.FromResult(Read(Rows.SelectFrom("snapshot_tasks"), Rows.Read));

    public Task<IReadOnlyList<PutOff>> ReadPutOffAsync() => Task.FromResult(Read(Rows.SelectPutOffFrom("snapshot_tasks"), Rows.ReadPutOff));

    public Task<IReadOnlyList<ListedRow>> ReadListedAsync() =>
        Task.FromResult(Read(Rows.SelectListedFrom("snapshot_tasks_cancelled", "snapshot_tasks_cancellations"), Rows.ReadListed));

    public Task<IReadOnlyList<EventRow>> ReadEventsAsync() => Task.FromResult(Read(Rows.SelectEventsFrom("snapshot_tasks_events"), Rows.ReadEvents));

    public ValueTask DisposeAsync() => default;

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandTimeout = 1;
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private IReadOnlyList<T> Read<T>(string sql, Func<DbDataReader, IReadOnlyList<T>> read)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        return read(reader);
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        connection.Open();
        return connection;
    }
}
