using System.Diagnostics;
using Npgsql;
using NpgsqlTypes;

namespace SnapshotTasks.Benchmarks;

/// <summary>Prepared statements on one connection, each a transaction of its own that is synced before it returns: what one would write by hand.</summary>
internal sealed class PostgresBaseline : IRival
{
    private const string Insert = """
        insert into snapshot_tasks.tasks (project, state, request, created_at, attempt, released_attempts)
        values ($1, 'Queued', $2, clock_timestamp(), 0, 0)
        returning id
        """;

    private const string CancelQueued = """
        update snapshot_tasks.tasks
        set state = 'Cancelled', ended_at = clock_timestamp(), version = version + 1
        where id = $1 and project = $2 and state = 'Queued'
        """;

    private const string ClaimQueued = """
        update snapshot_tasks.tasks
        set state = 'Running', started_at = clock_timestamp(), attempt = 1,
            lease_holder = $1, lease_expires_at = clock_timestamp() + interval '12 hours', version = version + 1
        where id = (
            select id from snapshot_tasks.tasks where state = 'Queued' order by created_at, id limit 1 for update skip locked)
        returning id
        """;

    private const string CompleteRunning = """
        update snapshot_tasks.tasks
        set state = 'Completed', ended_at = clock_timestamp(), lease_holder = null, lease_expires_at = null,
            pictures = '["0.jpg"]', version = version + 1
        where id = $1 and state = 'Running' and lease_holder = $2 and attempt = 1
        """;

    private readonly NpgsqlConnection connection;
    private readonly NpgsqlCommand insert;
    private readonly NpgsqlCommand cancel;
    private readonly NpgsqlCommand claim;
    private readonly NpgsqlCommand complete;
    private readonly NpgsqlParameter<long> cancelled = new();
    private readonly NpgsqlParameter<long> completed = new();

    public PostgresBaseline(string connectionString)
    {
        connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        insert = Prepare(Insert, Text(Sample.Project.Value), Text(Sample.RequestText));
        cancel = Prepare(CancelQueued, cancelled, Text(Sample.Project.Value));
        claim = Prepare(ClaimQueued, Text(Sample.Claim.Holder));
        complete = Prepare(CompleteRunning, completed, Text(Sample.Claim.Holder));
    }

    public long Submit() => (long)insert.ExecuteScalar()!;

    public void Cancel(long id)
    {
        cancelled.TypedValue = id;
        Expect(cancel.ExecuteNonQuery() == 1, "cancelled");
    }

    public void ClaimAndComplete()
    {
        // With an id the statement has claimed, and its commit is through: a failure of it would throw.
        var id = claim.ExecuteScalar();
        Expect(id is not null, "claimed");
        completed.TypedValue = (long)id!;
        Expect(complete.ExecuteNonQuery() == 1, "completed");
    }

    public void Dispose()
    {
        foreach (var command in (NpgsqlCommand[])[insert, cancel, claim, complete])
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

    private static NpgsqlParameter Text(string value) => new() { Value = value, NpgsqlDbType = NpgsqlDbType.Text };

    private NpgsqlCommand Prepare(string statement, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(statement, connection);
        command.Parameters.AddRange(parameters);
        command.Prepare();
        return command;
    }
}
