using Microsoft.Extensions.Time.Testing;
using Npgsql;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Claims do not read again what has passed, and miss nothing by that.</summary>
public sealed class PostgresLaneRingTests(PostgresServer server) : IAsyncDisposable
{
    private const int Passed = 3000;
    private static readonly Claim One = new("worker", TimeSpan.FromSeconds(30));

    private readonly PostgresStoreFactory factory = new(server);
    private readonly FakeTimeProvider time = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task A_task_that_was_accepted_before_others_and_committed_after_their_claim_is_claimed_when_too_few_are_found()
    {
        var store = await factory.OpenStoreAsync();
        var (late, commit) = await SubmitLateAsync(store);
        var next = (await store.AddAsync(AnyTask)).Task;
        (await store.ClaimAsync(One)).Should().ContainSingle().Which.Task.Id.Should().Be(next.Id);
        await commit();

        (await store.ClaimAsync(One)).Should().ContainSingle().Which.Task.Id.Should().Be(late);
    }

    [Fact]
    public async Task Such_a_task_is_claimed_also_while_claims_find_enough()
    {
        // Who listens looks once it is heard.
        var store = await factory.OpenStoreAsync(new PostgresOptions { Notifications = false });
        var (late, commit) = await SubmitLateAsync(store);
        await store.AddAsync(AnyTask);
        await store.ClaimAsync(One);
        await commit();

        // There would always be another one to claim, but the next look is due within a second.
        await store.AddAsync(AnyTask);
        (await store.ClaimAsync(One)).Should().ContainSingle().Which.Task.Id.Should().NotBe(late);
        await store.AddAsync(AnyTask);
        factory.Time.Advance(TimeSpan.FromSeconds(1));

        (await store.ClaimAsync(One)).Should().ContainSingle().Which.Task.Id.Should().Be(late);
    }

    [Fact]
    public async Task What_has_passed_is_not_read_again_though_another_session_holds_a_snapshot()
    {
        var store = await factory.OpenStoreAsync();
        await using var other = (NpgsqlConnection)await factory.OpenAsync();
        await using var snapshot = await other.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead);
        await ReadAsync(other, "select 1");
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await ReadAsync(connection, $"""
            insert into snapshot_tasks.tasks (project, state, request, created_at, attempt, released_attempts)
            select 'project', 'Queued', '{TaskJson.Write(AnyTask.Request)}', clock.time, 0, 0 from clock, generate_series(1, {Passed + 100})
            """);
        var ring = new LaneRing(time);
        await ClaimAsync(connection, ring, Passed);
        await ReadAsync(connection, "update snapshot_tasks.tasks set state = 'Completed', ended_at = started_at, pictures = '[]', lease_holder = null, lease_expires_at = null where state = 'Running'");
        factory.Advance(TimeSpan.FromHours(1));
        time.Advance(TimeSpan.FromSeconds(1));

        (await ClaimAsync(connection, ring, 1)).Should().BeGreaterThan(2 * Passed, "a look reads everything");
        (await ClaimAsync(connection, ring, 1)).Should().BeLessThan(100);
        (await ClaimAsync(connection, ring, 1)).Should().BeLessThan(100);
    }

    private async Task<(TaskId Id, Func<Task> Commit)> SubmitLateAsync(PostgresTaskStore store)
    {
        var connection = (NpgsqlConnection)await factory.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        var added = await store.AddAsync(AnyTask, transaction);
        return (added.Task.Id, CommitAsync);

        async Task CommitAsync()
        {
            await transaction.CommitAsync();
            await connection.DisposeAsync();
        }
    }

    /// <summary>How many entries a claim reads of the two indexes for claims.</summary>
    private static async Task<long> ClaimAsync(NpgsqlConnection connection, LaneRing ring, int count)
    {
        await using var transaction = await connection.BeginTransactionAsync();
        var rows = new PostgresTaskRows(connection, PostgresStoreFactory.Statements, ring, waits: false);
        rows.Holding.Read(PostgresStoreFactory.Statements.KeepPlans, _ => { });
        var claiming = new Claiming(new Claim("worker", TimeSpan.FromSeconds(30), count));
        var batch = new TaskBatch([claiming]);
        var before = await EntriesAsync(connection);
        (await batch.RunAsync(rows)).Should().BeEmpty();
        var read = await EntriesAsync(connection) - before;
        await rows.Writing.SendAsync();
        await transaction.CommitAsync();
        rows.Committed();
        batch.Changes.Changed.Should().HaveCount(count);
        return read;
    }

    private static async Task<long> EntriesAsync(NpgsqlConnection connection) => (long)(await ReadAsync(connection, """
        select pg_stat_get_xact_tuples_returned('snapshot_tasks.tasks_queued'::regclass) + pg_stat_get_xact_tuples_returned('snapshot_tasks.tasks_leased'::regclass)
        """))!;

    private static async Task<object?> ReadAsync(NpgsqlConnection connection, string statement)
    {
        await using var command = new NpgsqlCommand(statement, connection);
        return await command.ExecuteScalarAsync();
    }
}
