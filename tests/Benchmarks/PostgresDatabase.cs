using Npgsql;

namespace SnapshotTasks.Benchmarks;

/// <summary>A PostgreSQL database with the schema of the store, for the store and for the baseline alike.</summary>
internal sealed class PostgresDatabase(string connectionString, DirectoryInfo media, Func<string, ValueTask> drop) : IDatabase
{
    private PostgresTaskStore? store;

    public ITaskStore Store => store ??= new PostgresTaskStore(PostgresConnections.Create(connectionString), true, new PostgresOptions());

    public IReadOnlyList<string> ServerOptions => ["--data", media.FullName, "--store", "postgres", "--connection", connectionString];

    public void Fill(int finished, int queued) => Fill(finished, queued, 1);

    public void Fill(int finished, int queued, int projects)
    {
        PostgresDatabases.Run(
            connectionString,
            FillAll,
            new() { Value = Sample.Project.Value },
            new() { Value = Sample.RequestText },
            new() { Value = finished },
            new() { Value = finished + queued },
            new() { Value = projects });
        Settle();
    }

    public void Settle() => PostgresDatabases.Settle(connectionString);

    public IReadOnlyList<IRival> Connect(int connections, bool blocking = true) =>
        [.. Enumerable.Range(0, connections).Select(_ => new PostgresBaseline(connectionString, blocking))];

    public IDisposable HoldSnapshot()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        using var hold = new NpgsqlCommand("begin isolation level repeatable read; select count(*) from snapshot_tasks.schema_versions", connection);
        hold.ExecuteScalar();
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (store is not null)
        {
            await store.DisposeAsync();
        }

        await drop(connectionString);
    }

    // One in ten of the finished tasks was cancelled and one in ten has failed; a task is accepted every 100 ms.
    private const string FillAll = """
        insert into snapshot_tasks.tasks (
            project, state, request, created_at, started_at, ended_at, attempt, released_attempts, pictures, failure_code, failure_reason)
        select
            $1 || case when $5 > 1 then '-' || id % $5 else '' end, state, $2, accepted,
            case when state = 'Completed' then accepted + interval '1 ms' end,
            case when state <> 'Queued' then accepted + interval '2 ms' end,
            case when state = 'Completed' then 1 else 0 end,
            0,
            case when state = 'Completed' and not failed then '["0.jpg"]' end,
            case when failed then 'SystemError' end,
            case when failed then 'No reason.' end
        from (
            select
                id,
                case when id > $3 then 'Queued' when id % 10 = 1 and id > 1 then 'Cancelled' else 'Completed' end as state,
                id <= $3 and id % 10 = 5 as failed,
                clock_timestamp() - ($4 - id) * interval '100 ms' as accepted
            from generate_series(1, $4) as id) as task
        order by id
        """;
}
