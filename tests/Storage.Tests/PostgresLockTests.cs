using Npgsql;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Nobody waits for a stranger's lock, but for whoever asked for what is locked.</summary>
public sealed class PostgresLockTests(PostgresServer server) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly PostgresStoreFactory factory = new(server);

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task Callers_are_answered_while_a_stranger_holds_the_tasks_of_others_which_follow_when_they_are_free()
    {
        var store = await OpenAsync(Patience);
        var tasks = await SubmitAsync(store, 200);
        await using var stranger = await LockAsync(tasks[10], tasks[150]);

        var cancels = tasks.Select(task => CancelAsync(store, task)).ToList();
        var others = cancels.Where((_, i) => i is not 10 and not 150).ToList();
        (await Task.WhenAll(others).WaitAsync(Patience)).Should().OnlyContain(outcome => outcome.Answer == CancelAnswer.Cancelled);
        cancels[10].IsCompleted.Should().BeFalse();
        cancels[150].IsCompleted.Should().BeFalse();
        await stranger.Transaction.RollbackAsync();

        (await cancels[10]).Answer.Should().Be(CancelAnswer.Cancelled);
        (await cancels[150]).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task A_caller_whose_task_stays_locked_is_told_that_nothing_was_changed()
    {
        var store = await OpenAsync(TimeSpan.FromMilliseconds(300));
        var task = (await SubmitAsync(store, 1))[0];
        await using (await LockAsync(task))
        {
            await FluentActions.Awaiting(() => CancelAsync(store, task)).Should().ThrowAsync<StoreUnavailableException>();
        }

        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
        (await CancelAsync(store, task)).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Callers_who_wait_for_one_stranger_do_not_hold_up_one_who_waits_for_another()
    {
        var store = await OpenAsync(Patience);
        var tasks = await SubmitAsync(store, 2);
        await using var first = await LockAsync(tasks[0]);
        await using var second = await LockAsync(tasks[1]);
        var stuck = Enumerable.Range(0, 40).Select(_ => CancelAsync(store, tasks[0])).ToList();
        var soonFree = CancelAsync(store, tasks[1]);

        await second.Transaction.RollbackAsync();

        (await soonFree.WaitAsync(Patience)).Answer.Should().Be(CancelAnswer.Cancelled);
        stuck.Should().NotContain(each => each.IsCompleted);
        await first.Transaction.RollbackAsync();
        (await Task.WhenAll(stuck)).Count(outcome => outcome.Answer == CancelAnswer.Cancelled).Should().Be(1);
    }

    [Fact]
    public async Task A_cancellation_of_many_leaves_out_what_a_stranger_holds_and_comes_to_it_alone()
    {
        var store = await OpenAsync(Patience);
        var tasks = await SubmitAsync(store, 3);
        var (id, ids) = (CancellationId.New(), tasks.Select(task => task.Id).ToList());
        await store.ListAsync(new(id, Project, ids, IsLast: true));
        await using var stranger = await LockAsync(tasks[1]);

        (await store.CancelAsync(id, Project, ids).WaitAsync(Patience)).Select(decision => decision.Task.Id).Should().Equal(ids[0], ids[2]);
        var alone = store.CancelAsync(id, Project, [ids[1]]);
        await SubmitAsync(store, 1);
        alone.IsCompleted.Should().BeFalse();
        await stranger.Transaction.RollbackAsync();

        (await alone.WaitAsync(Patience)).Should().ContainSingle().Which.Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task A_pause_is_answered_after_the_claims_that_began_before_it()
    {
        var store = await OpenAsync(Patience);
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var claim = await connection.BeginTransactionAsync();
        await using (var begun = new NpgsqlCommand(new PostgresStatements().LockStarts, connection))
        {
            (await begun.ExecuteScalarAsync()).Should().Be(true);
        }

        var pause = store.DecideAsync(PauseDecision.Pause(Project, "ann", "maintenance"));
        await SubmitAsync(store, 1);
        pause.IsCompleted.Should().BeFalse("what that claim starts would start after it");
        await claim.CommitAsync();

        (await pause.WaitAsync(Patience)).Answer.Should().Be(PauseAnswer.Paused);
    }

    [Fact]
    public async Task A_claim_that_begins_before_a_pause_has_committed_starts_nothing_of_it()
    {
        var store = await OpenAsync(Patience);
        await SubmitAsync(store, 1);
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var pause = await connection.BeginTransactionAsync();
        await using (var pausing = new NpgsqlCommand(
            $"{new PostgresStatements().LockPauses}; insert into snapshot_tasks.pauses values ('', 'ann', 'maintenance', now())", connection))
        {
            await pausing.ExecuteNonQueryAsync();
        }

        var claim = store.ClaimAsync(new Claim("worker", Patience));
        var immediate = store.AddAsync(AnyTask with { StartedBy = new Claim("worker", Patience) });
        await SubmitAsync(store, 1);
        claim.IsCompleted.Should().BeFalse();
        await pause.CommitAsync();

        (await claim.WaitAsync(Patience)).Should().BeEmpty();
        (await immediate.WaitAsync(Patience)).Answer.Should().Be(SubmitAnswer.Paused);
    }

    [Fact]
    public async Task A_caller_can_leave_while_its_task_is_locked()
    {
        var store = await OpenAsync(Patience);
        var task = (await SubmitAsync(store, 1))[0];
        await using var stranger = await LockAsync(task);
        using var stop = new CancellationTokenSource();
        var staying = CancelAsync(store, task);
        var leaving = Enumerable.Range(0, 8).Select(_ => store.DecideAsync(TaskDecision.Cancel(Project, task.Id), cancellationToken: stop.Token)).ToList();
        await store.AddAsync(AnyTask);

        await stop.CancelAsync();

        foreach (var left in leaving)
        {
            await FluentActions.Awaiting(() => left.WaitAsync(Patience / 2)).Should().ThrowAsync<OperationCanceledException>();
        }

        await stranger.Transaction.RollbackAsync();
        (await staying).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Of_several_tasks_only_the_one_that_is_locked_is_waited_for()
    {
        var store = await OpenAsync(Patience);
        var tasks = await SubmitAsync(store, 2);
        await using var stranger = await LockAsync(tasks[1]);

        var deciding = tasks.Select(task => store.DecideAsync(TaskDecision.Cancel(Project, task.Id))).ToList();
        await store.AddAsync(AnyTask);
        (await deciding[0]).Answer.Should().Be(CancelAnswer.Cancelled);
        deciding[1].IsCompleted.Should().BeFalse();
        await stranger.Transaction.RollbackAsync();

        (await deciding[1]).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Claims_and_removals_pass_over_what_is_locked()
    {
        var store = await OpenAsync(Patience);
        var tasks = await SubmitAsync(store, 4);
        await CancelAsync(store, tasks[0]);
        await CancelAsync(store, tasks[1]);
        factory.Advance(TimeSpan.FromDays(1));
        await using (await LockAsync(tasks[0], tasks[2]))
        {
            (await store.ClaimAsync(new Claim("worker", Patience, 9))).Select(outcome => outcome.Task.Id).Should().Equal(tasks[3].Id);
            (await store.RemoveEndedAsync(TimeSpan.FromHours(1), default, 100)).Should().Be(new RemovalOutcome(1, null));
        }

        (await store.ClaimAsync(new Claim("worker", Patience, 9))).Select(outcome => outcome.Task.Id).Should().Equal(tasks[2].Id);
        (await store.RemoveEndedAsync(TimeSpan.FromHours(1), default, 100)).Removed.Should().Be(1);
    }

    [Theory]
    [InlineData(true, SubmitAnswer.Repeated)]
    [InlineData(false, SubmitAnswer.Accepted)]
    public async Task A_key_that_is_being_inserted_elsewhere_is_waited_for_by_those_who_use_it_only(bool commits, SubmitAnswer expected)
    {
        var store = await OpenAsync(Patience);
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var keyed = AnyTask with { Key = new IdempotencyKey("key", "hash") };
        var first = await store.AddAsync(keyed, transaction);

        var again = store.AddAsync(keyed);
        var another = await store.AddAsync(AnyTask with { Key = new IdempotencyKey("another", "hash") });
        another.Answer.Should().Be(SubmitAnswer.Accepted);
        again.IsCompleted.Should().BeFalse();
        await (commits ? transaction.CommitAsync() : transaction.RollbackAsync());

        (await again).Answer.Should().Be(expected);
        ((await again).Task.Id == first.Task.Id).Should().Be(commits);
    }

    [Fact]
    public Task The_time_of_a_decision_is_read_after_the_wait_for_its_task() => TimeAfterWaiting(new PostgresStatements());

    [Fact]
    public async Task A_time_that_is_read_before_the_wait_is_caught() =>
        await FluentActions.Awaiting(() => TimeAfterWaiting(new PostgresStatements("now()"))).Should().ThrowAsync<Xunit.Sdk.XunitException>();

    private async Task TimeAfterWaiting(PostgresStatements statements)
    {
        await using var timed = new PostgresStoreFactory(server, statements: statements);
        var store = await timed.OpenStoreAsync();
        var task = (await SubmitAsync(store, 1))[0];
        await using var stranger = await LockAsync(timed, task);
        await using var connection = await timed.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        // In a transaction of its own a caller waits in one go.
        var waiting = store.DecideAsync(TaskDecision.Cancel(Project, task.Id), transaction);
        using var stop = new CancellationTokenSource(Patience);
        while (!await IsWaitingAsync(timed))
        {
            await Task.Delay(10, stop.Token);
        }

        var released = (DateTime)(await PostgresServer.ExecuteAsync(timed.Database, "select clock_timestamp()"))!;
        await stranger.Transaction.RollbackAsync();

        (await waiting).Task!.EndedAt.Should().BeOnOrAfter(released);
    }

    private static async Task<bool> IsWaitingAsync(PostgresStoreFactory on) => await PostgresServer.ExecuteAsync(
        on.Database, "select exists (select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock')") is true;

    private async Task<PostgresTaskStore> OpenAsync(TimeSpan patience) => await factory.OpenStoreAsync(new PostgresOptions { LockTimeout = patience });

    private static async Task<List<SnapshotTask>> SubmitAsync(PostgresTaskStore store, int count) =>
        [.. (await Task.WhenAll(Enumerable.Range(0, count).Select(_ => store.AddAsync(AnyTask)))).Select(outcome => outcome.Task).OrderBy(task => task.Id)];

    private static Task<Decision<CancelAnswer>> CancelAsync(PostgresTaskStore store, SnapshotTask task) => store.DecideAsync(TaskDecision.Cancel(Project, task.Id));

    private Task<Elsewhere> LockAsync(params SnapshotTask[] tasks) => LockAsync(factory, tasks);

    private static async Task<Elsewhere> LockAsync(PostgresStoreFactory on, params SnapshotTask[] tasks)
    {
        var connection = (NpgsqlConnection)await on.OpenAsync();
        var transaction = await connection.BeginTransactionAsync();
        await using var hold = new NpgsqlCommand("select from snapshot_tasks.tasks where id = any($1) for update", connection, transaction);
        hold.Parameters.Add(new() { Value = tasks.Select(task => task.Id.Value).ToArray() });
        await hold.ExecuteNonQueryAsync();
        return new(transaction);
    }
}
