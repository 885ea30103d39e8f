using System.Text.RegularExpressions;
using Npgsql;
using static SnapshotTasks.Tests.Operations;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Several callers' work in one transaction, what is written, and by which way the rows are found.</summary>
public sealed partial class PostgresTaskRowsTests(PostgresServer server) : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly PostgresStoreFactory factory = new(server);

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task A_claim_sees_what_was_decided_earlier_in_its_batch()
    {
        var store = await factory.OpenStoreAsync();
        var tasks = new List<SnapshotTask>();
        for (var i = 0; i < 4; i++)
        {
            tasks.Add((await store.AddAsync(AnyTask)).Task);
        }

        var cancel = On(TaskDecision.Cancel(Project, tasks[0].Id));
        var refused = On(TaskDecision.Cancel(new ProjectId("another"), tasks[1].Id));
        var tooLate = On(TaskDecision.Cancel(Project, tasks[1].Id));
        var claim = new Claiming(new Claim("worker", Lease, 2));
        var next = new Claiming(new Claim("another", Lease, 9));

        await InTransaction(new PostgresStatements(), cancel, refused, claim, tooLate, next);

        cancel.Answer().Answer.Should().Be(CancelAnswer.Cancelled);
        claim.Answer().Select(outcome => outcome.Task.Id).Should().Equal(tasks[1].Id, tasks[2].Id);
        tooLate.Answer().Task.State.Should().Be(TaskState.Running);
        next.Answer().Select(outcome => outcome.Task.Id).Should().Equal(tasks[3].Id);
        (await store.ListAsync(new TaskFilter(Project), 0, 9)).Select(task => task.State).Should().Equal(
            TaskState.Running, TaskState.Running, TaskState.Running, TaskState.Cancelled);
    }

    [Fact]
    public async Task A_run_released_and_a_task_added_in_a_batch_can_be_claimed_in_it()
    {
        var store = await factory.OpenStoreAsync();
        await store.AddAsync(AnyTask);
        var run = (await store.ClaimAsync(new Claim("first", Lease)))[0].Task;
        var added = new Submission(AnyTask);
        var claim = new Claiming(new Claim("second", Lease, 2));

        await InTransaction(PostgresStoreFactory.Statements, On(TaskDecision.Release(run.Id, run.Lease!)), added, claim);

        claim.Answer().Select(outcome => outcome.Answer).Should().Equal(ClaimAnswer.TakenOver, ClaimAnswer.Started);
        claim.Answer().Select(outcome => outcome.Task.Id).Should().Equal(run.Id, added.Answer().Task.Id);
        (await store.GetAsync(Project, [run.Id, added.Answer().Task.Id])).Should().BeEquivalentTo(claim.Answer().Select(outcome => outcome.Task));
    }

    [Fact]
    public async Task Equal_keys_in_a_batch_are_one_task_and_another_request_under_the_key_is_refused()
    {
        await factory.OpenStoreAsync();
        var (first, again) = (new Submission(Keyed("hash")), new Submission(Keyed("hash")));
        var other = new Submission(Keyed("another hash"));

        await InTransaction(new PostgresStatements(), first, again, other);

        first.Answer().Answer.Should().Be(SubmitAnswer.Accepted);
        again.Answer().Should().BeEquivalentTo(new { Answer = SubmitAnswer.Repeated, Task = first.Answer().Task });
        other.Answer().Should().BeEquivalentTo(new { Answer = SubmitAnswer.KeyReused, Task = first.Answer().Task });

        static NewTask Keyed(string hash) => AnyTask with { Key = new IdempotencyKey("key", hash) };
    }

    [Fact]
    public Task A_row_that_changed_after_it_was_locked_is_not_overwritten() => RefusesToOverwrite(new PostgresStatements());

    [Fact]
    public async Task A_store_that_writes_without_comparing_the_version_is_caught() =>
        await FluentActions.Awaiting(() => RefusesToOverwrite(Without(" and task.version = decided.held_version")))
            .Should().ThrowAsync<Xunit.Sdk.XunitException>();

    [Fact]
    public async Task An_update_of_every_row_or_of_none_changes_nothing_and_is_told()
    {
        foreach (var broken in new[] { Without("task.id = any($1) and task.id = decided.id and "), Without("task.version = decided.held_version", "task.id = -task.id") })
        {
            await using var breaking = new PostgresStoreFactory(server, statements: broken);
            var store = await breaking.OpenStoreAsync();
            var tasks = new[] { (await store.AddAsync(AnyTask)).Task, (await store.AddAsync(AnyTask)).Task };

            await FluentActions.Awaiting(() => store.DecideAsync(TaskDecision.Cancel(Project, tasks[0].Id))).Should().ThrowAsync<InvalidOperationException>();

            (await store.GetAsync(Project, [.. tasks.Select(task => task.Id)])).Should().BeEquivalentTo(tasks);
        }
    }

    [Theory]
    [InlineData("force_custom_plan")]
    [InlineData("force_generic_plan")]
    public async Task Rows_are_found_by_an_index_however_many_have_ended(string mode)
    {
        await factory.OpenStoreAsync();
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await ExecuteAsync(connection, """
            insert into snapshot_tasks.tasks (project, state, request, created_at, started_at, ended_at, attempt, released_attempts, pictures)
            select 'project', 'Completed', '{}', clock_timestamp(), clock_timestamp(), clock_timestamp(), 1, 0, '[]'
            from generate_series(1, 20000);
            analyze snapshot_tasks.tasks;
            """);
        await ExecuteAsync(connection, $"set plan_cache_mode = {mode}");
        var statements = new PostgresStatements();
        var ids = $"array[{string.Join(',', Enumerable.Range(1, 512))}]::bigint[]";
        const string keys = "array['project', 'project'], array['a', 'b']";
        var columns = $"{ids}, {Nulls("text")}, {Nulls("timestamptz")}, {Nulls("timestamptz")}, {Nulls("integer")}, {Nulls("integer")}, {Nulls("text")}, "
            + $"{Nulls("timestamptz")}, {Nulls("text")}, {Nulls("text")}, {Nulls("text")}, {ids}, {Nulls("boolean")}, {Nulls("text")}, {Nulls("text")}, {ids}";
        foreach (var (statement, types, values) in new[]
        {
            (statements.Hold, "bigint[]", ids),
            (statements.HoldAndWait, "bigint[]", ids),
            (statements.Exist, "bigint[]", ids),
            (statements.HoldExpired, "bigint[], bigint, timestamptz", $"{ids}, 512, '-infinity'"),
            (statements.HoldQueued, "bigint[], smallint[], text[], bigint[], bigint[]", $"{ids}, array[1::smallint], array['project'], array[0::bigint], array[512::bigint]"),
            (statements.Lanes, "text", "'unused'"),
            (statements.Running, "text", "'unused'"),
            (statements.FirstExpiry, "text", "'unused'"),
            (statements.FindByKey, "text[], text[]", keys),
            (statements.HoldDeferred, "bigint[], smallint[], text[], bigint[]", $"{ids}, array[1::smallint], array['project'], array[512::bigint]"),
            (statements.HoldWhole, "bigint[]", ids),
            (statements.HoldWholeAndWait, "bigint[]", ids),
            (statements.Write, "bigint[], text[], timestamptz[], timestamptz[], integer[], integer[], text[], timestamptz[], text[], text[], text[], bigint[], boolean[], text[], text[], bigint[]", columns),
            (statements.HoldEnded, "bigint, integer, interval", "0, 500, '1 day'"),
            (statements.Remove, "bigint[]", ids),
            (statements.Notify, "text", "'name'"),
            (statements.Get, "bigint[], text", $"{ids}, 'project'"),
            (statements.Page, "text, timestamptz, timestamptz, boolean, integer, integer, bigint", $"'project', '-infinity', 'infinity', null, 10, 0, {long.MaxValue}"),
            (statements.PageOfState, "text, timestamptz, timestamptz, boolean, integer, integer, bigint, text", $"'project', '-infinity', 'infinity', null, 10, 0, {long.MaxValue}, 'Queued'"),
        })
        {
            await ExecuteAsync(connection, $"prepare tried ({types}) as {statement}");
            var plan = new List<string>();
            await using (var explain = new NpgsqlCommand($"explain execute tried ({values})", connection))
            await using (var reader = await explain.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    plan.Add(reader.GetString(0));
                }
            }

            plan.Should().NotContain(line => SequentialScan().IsMatch(line), "of {0}\n{1}", statement, string.Join('\n', plan));
            await ExecuteAsync(connection, "deallocate tried");
        }

        static string Nulls(string type) => $"array_fill(null::{type}, array[512])";
    }

    [Fact]
    public async Task A_page_is_read_in_the_order_of_its_own_index_by_a_plan_that_is_kept()
    {
        await factory.OpenStoreAsync();
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();

        // The newest are of another state: who reads a page of those that ended by the time alone reads over all of these.
        await ExecuteAsync(connection, """
            insert into snapshot_tasks.tasks (project, state, request, created_at, started_at, ended_at, attempt, released_attempts, pictures)
            select 'project', 'Completed', '{}', clock_timestamp(), clock_timestamp(), clock_timestamp(), 1, 0, '[]'
            from generate_series(1, 20000);
            insert into snapshot_tasks.tasks (project, state, request, created_at, attempt, released_attempts)
            select 'project', 'Queued', '{}', clock_timestamp(), 0, 0
            from generate_series(1, 2000)
            """);
        await ExecuteAsync(connection, "vacuum analyze snapshot_tasks.tasks");
        var statements = new PostgresStatements();
        await ExecuteAsync(connection, $"begin; {statements.KeepPlansInOrder}");

        var ofState = await PlanAsync(statements.PageOfState, ", text", ", 'Completed'");
        ofState.Where(line => line.Contains("using tasks_newest_by_state", StringComparison.Ordinal)).Should().HaveCount(2);
        ofState.Where(line => line.Contains("Index Cond", StringComparison.Ordinal) && line.Contains("created_at, id) <", StringComparison.Ordinal)).Should().HaveCount(2);
        var page = await PlanAsync(statements.Page);
        page.Should().ContainSingle(line => line.Contains("Index Scan Backward using tasks_newest on", StringComparison.Ordinal));
        page.Should().ContainSingle(line => line.Contains("Index Cond", StringComparison.Ordinal) && line.Contains("created_at, id) <", StringComparison.Ordinal));

        async Task<List<string>> PlanAsync(string statement, string type = "", string value = "")
        {
            await ExecuteAsync(connection, $"prepare page (text, timestamptz, timestamptz, boolean, integer, integer, bigint{type}) as {statement}");
            await using var explain = new NpgsqlCommand($"explain execute page ('project', '-infinity', 'infinity', null, 10, 0, {long.MaxValue}{value})", connection);
            var plan = new List<string>();
            await using (var reader = await explain.ExecuteReaderAsync())
            {
                while (await reader.ReadAsync())
                {
                    plan.Add(reader.GetString(0));
                }
            }

            await ExecuteAsync(connection, "deallocate page");
            return plan;
        }
    }

    [GeneratedRegex("Seq Scan on tasks")]
    private static partial Regex SequentialScan();

    private static PostgresStatements Without(string part, string instead = "") =>
        new() { Write = new PostgresStatements().Write.Replace(part, instead, StringComparison.Ordinal) };

    private async Task RefusesToOverwrite(PostgresStatements statements)
    {
        var task = (await (await factory.OpenStoreAsync()).AddAsync(AnyTask)).Task;
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var meanwhile = new TaskDecision<CancelAnswer>(task.Id, TaskTrigger.Cancel, (current, now) =>
        {
            using var change = new NpgsqlCommand($"update snapshot_tasks.tasks set version = version + 1 where id = {task.Id}", connection);
            change.ExecuteNonQuery();
            return current!.Cancel(now);
        });

        await FluentActions.Awaiting(() => RunAsync(connection, statements, On(meanwhile))).Should().ThrowAsync<PostgresException>();
    }

    private async Task InTransaction(PostgresStatements statements, params StoreOperation[] operations)
    {
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await RunAsync(connection, statements, operations);
        await transaction.CommitAsync();
        Array.ForEach(operations, operation => operation.Committed());
    }

    private static async Task RunAsync(NpgsqlConnection connection, PostgresStatements statements, params StoreOperation[] operations)
    {
        var rows = new PostgresTaskRows(connection, statements, new LaneRing(TimeProvider.System), waits: false);
        (await new TaskBatch(operations).RunAsync(rows)).Should().BeEmpty();
        await rows.Writing.SendAsync();
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string statements)
    {
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync();
    }
}
