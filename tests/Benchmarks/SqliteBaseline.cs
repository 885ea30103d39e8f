using System.Diagnostics;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Benchmarks;

/// <summary>Prepared statements on one connection, each a transaction of its own that is synced before it returns.</summary>
internal sealed class SqliteBaseline : IRival
{
    private const string Insert = """
        insert into snapshot_tasks (project, state, request, created_at, attempt, released_attempts, failed)
        values (@project, 'Queued', @request, @now, 0, 0, 0)
        """;

    private const string CancelQueued = """
        update snapshot_tasks
        set state = 'Cancelled', ended_at = @now, version = version + 1
        where id = @id and project = @project and state = 'Queued'
        """;

    private const string ClaimQueued = """
        update snapshot_tasks
        set state = 'Running', started_at = @now, attempt = 1, lease_holder = @holder, lease_expires_at = @now + 43200000000, version = version + 1
        where id = (select id from snapshot_tasks indexed by snapshot_tasks_queued where state = 'Queued' order by id limit 1) and state = 'Queued'
        returning id
        """;

    private const string CompleteRunning = """
        update snapshot_tasks
        set state = 'Completed', ended_at = @now, lease_holder = null, lease_expires_at = null, pictures = '["0.jpg"]', version = version + 1
        where id = @id and state = 'Running' and lease_holder = @holder and attempt = 1
        """;

    private readonly SqliteConnection connection;
    private readonly SqliteCommand insert;
    private readonly SqliteCommand cancel;
    private readonly SqliteCommand claim;
    private readonly SqliteCommand complete;

    public SqliteBaseline(SqliteConnection connection)
    {
        this.connection = connection;
        insert = Prepare(Insert, ("@project", Sample.Project.Value), ("@request", Sample.RequestText), ("@now", Now()));
        cancel = Prepare(CancelQueued, ("@id", 0L), ("@project", Sample.Project.Value), ("@now", Now()));
        claim = Prepare(ClaimQueued, ("@holder", "benchmark"), ("@now", Now()));
        complete = Prepare(CompleteRunning, ("@id", 0L), ("@holder", "benchmark"), ("@now", Now()));
    }

    public static long Now() => (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public ValueTask<long> SubmitAsync()
    {
        insert.Parameters["@now"].Value = Now();
        Expect(insert.ExecuteNonQuery() == 1, "inserted");
        return new(sqlite3_last_insert_rowid(connection.Handle));
    }

    public ValueTask CancelAsync(long id)
    {
        cancel.Parameters["@id"].Value = id;
        cancel.Parameters["@now"].Value = Now();
        Expect(cancel.ExecuteNonQuery() == 1, "cancelled");
        return ValueTask.CompletedTask;
    }

    public ValueTask ClaimAndCompleteAsync()
    {
        claim.Parameters["@now"].Value = Now();
        long id;
        using (var row = claim.ExecuteReader())
        {
            Expect(row.Read(), "claimed");
            id = row.GetInt64(0);

            // The statement commits when it has ended, and only then can the commit fail.
            Expect(!row.Read(), "claimed alone");
        }

        complete.Parameters["@id"].Value = id;
        complete.Parameters["@now"].Value = Now();
        Expect(complete.ExecuteNonQuery() == 1, "completed");
        return ValueTask.CompletedTask;
    }

    public void Dispose()
    {
        foreach (var command in (SqliteCommand[])[insert, cancel, claim, complete])
        {
            command.Dispose();
        }

        connection.Dispose();
    }

    private static void Expect(bool happened, string what)
    {
        if (!happened)
        {
            throw new UnreachableException($"The baseline's task was not {what}.");
        }
    }

    private SqliteCommand Prepare(string statement, params (string Name, object Value)[] parameters)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        foreach (var (name, value) in parameters)
        {
            command.Parameters.AddWithValue(name, value);
        }

        command.Prepare();
        return command;
    }
}
