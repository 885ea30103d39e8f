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

    private readonly bool blocking;
    private readonly NpgsqlConnection connection;
    private readonly NpgsqlCommand insert;
    private readonly NpgsqlCommand cancel;
    private readonly NpgsqlCommand claim;
    private readonly NpgsqlCommand complete;
    private readonly NpgsqlParameter<long> cancelled = new();
    private readonly NpgsqlParameter<long> completed = new();

    private NpgsqlCommand[] Commands => [insert, cancel, claim, complete];

    public PostgresBaseline(string connectionString, bool blocking)
    {
        this.blocking = blocking;

        // With a generic plan nothing is planned again; the plans are those that the server would come to by itself.
        connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            Options = "-c plan_cache_mode=force_generic_plan",
        }.ConnectionString);
        connection.Open();
        insert = Prepare(Insert, Text(Sample.Project.Value), Text(Sample.RequestText));
        cancel = Prepare(CancelQueued, cancelled, Text(Sample.Project.Value));
        claim = Prepare(ClaimQueued, Text(Sample.Claim.Holder));
        complete = Prepare(CompleteRunning, completed, Text(Sample.Claim.Holder));
        WarmUp();
    }

    public async ValueTask<long> SubmitAsync() => (long)(await ValueOfAsync(insert))!;

    public async ValueTask CancelAsync(long id)
    {
        cancelled.TypedValue = id;
        Expect(await RowsOfAsync(cancel) == 1, "cancelled");
    }

    public async ValueTask ClaimAndCompleteAsync()
    {
        // With an id the statement has claimed, and its commit is through: a failure of it would throw.
        var id = await ValueOfAsync(claim);
        Expect(id is not null, "claimed");
        completed.TypedValue = (long)id!;
        Expect(await RowsOfAsync(complete) == 1, "completed");
    }

    public void Dispose()
    {
        foreach (var command in Commands)
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

    private async ValueTask<object?> ValueOfAsync(NpgsqlCommand command) => blocking ? command.ExecuteScalar() : await command.ExecuteScalarAsync();

    private async ValueTask<int> RowsOfAsync(NpgsqlCommand command) => blocking ? command.ExecuteNonQuery() : await command.ExecuteNonQueryAsync();

    /// <summary>A connection's first executions are slow, because its server process knows no table yet.</summary>
    private void WarmUp()
    {
        using var transaction = connection.BeginTransaction();
        foreach (var command in Commands)
        {
            command.ExecuteNonQuery();
        }

        transaction.Rollback();
    }

    private NpgsqlCommand Prepare(string statement, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(statement, connection);
        command.Parameters.AddRange(parameters);
        command.Prepare();
        return command;
    }
}
