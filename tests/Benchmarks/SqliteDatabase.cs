using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Benchmarks;

/// <summary>A folder of SQLite files, each in a folder of its own.</summary>
internal sealed class SqliteDatabases(DirectoryInfo folder) : IDatabases
{
    private int databases;

    public string? Server => null;

    public Task<IDatabase> CreateAsync() => Task.FromResult<IDatabase>(new SqliteDatabase(folder.CreateSubdirectory($"{++databases}")));

    public Task<IRivalDatabase> CreateForHangfireAsync() => throw new NotSupportedException("Hangfire is measured on PostgreSQL.");

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>A SQLite file with the schema of the store, for the store and for the baseline alike.</summary>
internal sealed class SqliteDatabase(DirectoryInfo folder) : IDatabase
{
    private readonly string path = Path.Combine(folder.FullName, "tasks.db");
    private SqliteTaskStore? store;

    public ITaskStore Store => store ??= new SqliteTaskStore(path);

    public IReadOnlyList<string> ServerOptions => ["--data", folder.FullName];

    public void Fill(int finished, int queued) => Fill(finished, queued, 1);

    public void Fill(int finished, int queued, int projects)
    {
        using var connection = Connect();
        using var fill = connection.CreateCommand();
        fill.CommandText = FillAll;
        fill.Parameters.AddWithValue("@project", Sample.Project.Value);
        fill.Parameters.AddWithValue("@request", Sample.RequestText);
        fill.Parameters.AddWithValue("@now", SqliteBaseline.Now());
        fill.Parameters.AddWithValue("@projects", projects);
        fill.Parameters.AddWithValue("@finished", finished);
        fill.Parameters.AddWithValue("@all", finished + queued);
        fill.ExecuteNonQuery();

        // Otherwise the first commits of a measurement would carry the fill into the file.
        using var settle = connection.CreateCommand();
        settle.CommandText = "pragma wal_checkpoint(truncate)";
        settle.ExecuteNonQuery();
    }

    public void Settle()
    {
        // A file does nothing by itself.
    }

    public IReadOnlyList<IRival> Connect(int connections, bool blocking = true) => [.. Enumerable.Range(0, connections).Select(_ => new SqliteBaseline(Connect()))];

    public IDisposable HoldSnapshot()
    {
        var connection = Connect();
        using var hold = connection.CreateCommand();
        hold.CommandText = "begin; select count(*) from snapshot_tasks_versions";
        hold.ExecuteScalar();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }

    /// <summary>The settings of the store: anything less durable would be another promise.</summary>
    private SqliteConnection Connect()
    {
        // Without a time-out of the driver a busy statement is repeated until it succeeds, however many connections there are.
        var connection = new SqliteConnection($"Data Source={path};Pooling=False;Default Timeout=0");
        connection.Open();
        using var set = connection.CreateCommand();
        set.CommandText = "pragma journal_mode = wal; pragma synchronous = full; pragma busy_timeout = 30000";
        set.ExecuteNonQuery();
        using var version = connection.CreateCommand();
        version.CommandText = "select count(*) from sqlite_schema";
        if ((long)version.ExecuteScalar()! == 0)
        {
            using var schema = connection.CreateCommand();
            schema.CommandText = $"begin; {string.Join(";\n", SqliteSchema.Scripts)}; commit";
            schema.ExecuteNonQuery();
        }

        return connection;
    }

    // One in ten of the finished tasks was cancelled and one in ten has failed; a task is accepted every 100 ms.
    private const string FillAll = """
        with recursive task (id, state) as (
            select 1, iif(@finished > 0, 'Completed', 'Queued')
            union all
            select id + 1, iif(id + 1 > @finished, 'Queued', iif(id % 10 = 0, 'Cancelled', 'Completed'))
            from task
            where id < @all),
        dated as (
            select *, state = 'Completed' as ran, state = 'Completed' and id % 10 = 5 as failed, @now - (@all - id) * 100000 as accepted
            from task)
        insert into snapshot_tasks (
            project, state, request, created_at, started_at, ended_at, attempt, released_attempts, pictures, failure_code, failure_reason, failed)
        select
            @project || iif(@projects > 1, '-' || (id % @projects), ''), state, @request, accepted, iif(ran, accepted + 1000, null), iif(state = 'Queued', null, accepted + 2000), ran, 0,
            iif(ran and not failed, '["0.jpg"]', null), iif(failed, 'SystemError', null), iif(failed, 'No reason.', null), failed
        from dated
        where @all > 0
        """;
}
