using Microsoft.Data.Sqlite;
using static SnapshotTasks.Tests.Operations;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Several callers' work in one transaction: what group commit feeds it, and a caller's own transaction.</summary>
public sealed class SqliteTaskRowsTests : IAsyncDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task A_claim_sees_what_was_decided_earlier_in_its_batch()
    {
        var store = factory.Create();
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

        InTransaction(cancel, refused, claim, tooLate, next);

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
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        var run = (await store.ClaimAsync(new Claim("first", Lease)))[0].Task;
        var release = On(TaskDecision.Release(run.Id, run.Lease!));
        var added = new Submission(AnyTask);
        var claim = new Claiming(new Claim("second", Lease, 2));

        InTransaction(release, added, claim);

        claim.Answer().Select(outcome => outcome.Answer).Should().Equal(ClaimAnswer.TakenOver, ClaimAnswer.Started);
        claim.Answer().Select(outcome => outcome.Task.Id).Should().Equal(run.Id, added.Answer().Task.Id);
        (await store.GetAsync(Project, [run.Id, added.Answer().Task.Id])).Should().BeEquivalentTo(claim.Answer().Select(outcome => outcome.Task));
    }

    [Fact]
    public async Task It_neither_begins_nor_commits()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        using var connection = Open();
        using (var transaction = connection.BeginTransaction(deferred: false))
        {
            Run(connection, new SqliteStatements(), On(TaskDecision.Cancel(Project, task.Id)), new Submission(AnyTask));
            transaction.Rollback();
        }

        (await store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
    }

    [Fact]
    public Task A_row_that_changed_after_it_was_read_is_not_overwritten() => RefusesToOverwrite(new SqliteStatements());

    [Fact]
    public async Task A_store_that_writes_without_comparing_the_version_is_caught() =>
        await FluentActions.Awaiting(() => RefusesToOverwrite(BrokenVariantTests.WithoutVersion))
            .Should().ThrowAsync<Xunit.Sdk.XunitException>();

    [Fact]
    public async Task A_decision_cannot_make_a_task_or_turn_one_into_another()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        var other = (await store.AddAsync(AnyTask)).Task;
        foreach (var id in new[] { new TaskId(99), other.Id })
        {
            var decision = new TaskDecision<CancelAnswer>(id, TaskTrigger.Cancel, (_, now) => task.Cancel(now));
            await FluentActions.Awaiting(() => store.DecideAsync(decision)).Should().ThrowAsync<InvalidOperationException>();
        }

        (await store.GetAsync(Project, [task.Id, other.Id])).Should().BeEquivalentTo([task, other]);
    }

    private async Task RefusesToOverwrite(SqliteStatements statements)
    {
        var task = (await factory.Create().AddAsync(AnyTask)).Task;
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        var meanwhile = new TaskDecision<CancelAnswer>(task.Id, TaskTrigger.Cancel, (current, now) =>
        {
            SqliteConnections.Execute(connection, $"update snapshot_tasks set version = version + 1 where id = {task.Id}");
            return current!.Cancel(now);
        });

        FluentActions.Invoking(() => Run(connection, statements, On(meanwhile)))
            .Should().Throw<InvalidOperationException>();
    }

    private void InTransaction(params StoreOperation[] operations)
    {
        using var connection = Open();
        using var transaction = connection.BeginTransaction(deferred: false);
        Run(connection, new SqliteStatements(), operations);
        transaction.Commit();
        Array.ForEach(operations, operation => operation.Committed());
    }

    private void Run(SqliteConnection connection, SqliteStatements statements, params StoreOperation[] operations)
    {
        using var rows = new SqliteTaskRows(connection, statements, factory.Time, new LaneRing(TimeProvider.System));
        new TaskBatch(operations).RunAsync(rows).AsTask().GetAwaiter().GetResult().Should().BeEmpty();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
        connection.Open();
        return connection;
    }
}
