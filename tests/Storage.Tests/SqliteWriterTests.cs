using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SnapshotTasks.Tests.Sample;
using static SQLitePCL.raw;

namespace SnapshotTasks.Tests;

/// <summary>Who waits, who is told what, when the file or a commit does not do as it should.</summary>
public sealed class SqliteWriterTests : IAsyncDisposable
{
    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task A_writer_waits_for_another_process_that_writes_and_readers_do_not()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        using var other = Lock();

        var cancelling = store.DecideAsync(TaskDecision.Cancel(Project, task.Id));
        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.State.Should().Be(TaskState.Queued);
        cancelling.IsCompleted.Should().BeFalse();
        SqliteConnections.Execute(other, "commit");

        (await cancelling).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Statements_are_compiled_once_whatever_they_are_given()
    {
        var store = factory.Create();
        var asked = 0;

        // SQLite asks whether it is allowed whenever it compiles; to be asked at all costs one compilation of everything.
        await Live(1);
        strdelegate_authorizer ask = (_, _, _, _, _, _) =>
        {
            asked++;
            return SQLITE_OK;
        };
        sqlite3_set_authorizer(factory.Writer.Handle, ask, null);
        await Live(2);
        asked.Should().BePositive();
        asked = 0;
        await Live(3);
        await Live(4);
        asked.Should().Be(0);

        async Task Live(int count)
        {
            await Task.WhenAll(store.AddAsync(AnyTask), store.AddAsync(AnyTask));
            factory.Advance(TimeSpan.FromSeconds(1));
            var run = (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1), count)))[0].Task;
            await store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["0.jpg"]));
        }
    }

    [Fact]
    public async Task A_caller_can_leave_until_its_work_is_taken_and_what_it_left_is_not_done()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        using var stop = new CancellationTokenSource();

        // The writer is held inside a batch: what is queued now is in none.
        var held = await HeldWriter.HoldAsync(store);
        var left = store.DecideAsync(TaskDecision.Cancel(Project, task.Id), cancellationToken: stop.Token);
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => left).Should().ThrowAsync<OperationCanceledException>();

        await held.ReleaseAsync();
        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.State.Should().Be(TaskState.Queued);
    }

    [Fact]
    public async Task Closing_a_store_writes_what_is_queued_and_refuses_what_comes_later()
    {
        var store = factory.Create();
        Task<Decision<SubmitAnswer>>[] adding;
        ValueTask closing;
        using (var other = Lock())
        {
            adding = [.. Enumerable.Range(0, 20).Select(_ => store.AddAsync(AnyTask))];
            closing = store.DisposeAsync();
        }

        await closing;
        var added = await Task.WhenAll(adding);
        await FluentActions.Awaiting(() => store.AddAsync(AnyTask)).Should().ThrowAsync<ObjectDisposedException>();
        await FluentActions.Awaiting(() => store.GetAsync(Project, [added[0].Task.Id])).Should().ThrowAsync<ObjectDisposedException>();
        (await factory.Create().CountAsync(new TaskFilter(Project), 100)).Should().Be(added.Length);
    }

    [Fact]
    public async Task A_commit_whose_answer_was_lost_is_said_to_be_unknown_and_may_have_been_kept()
    {
        await using var losing = new SqliteStoreFactory(new SqliteStatements { Commit = "commit; select answer from lost" });
        var store = losing.Create();

        await FluentActions.Awaiting(() => store.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();

        (await store.CountAsync(new TaskFilter(Project), 10)).Should().Be(1);
    }

    [Fact]
    public async Task A_commit_that_failed_before_it_was_done_is_said_to_be_unknown_and_leaves_the_store_usable()
    {
        await using var losing = new SqliteStoreFactory(new SqliteStatements { Commit = "select answer from lost" });
        var store = losing.Create();

        await FluentActions.Awaiting(() => store.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();
        await FluentActions.Awaiting(() => store.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();

        (await store.CountAsync(new TaskFilter(Project), 10)).Should().Be(0);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(26)]
    public void Before_the_commit_an_error_of_the_file_means_that_nothing_changed(int code) =>
        SqliteErrors.Unavailable(new SqliteException("no", code)).Should().BeOfType<StoreUnavailableException>();

    [Fact]
    public void During_the_commit_only_a_full_disk_and_a_busy_file_are_known_to_have_kept_nothing()
    {
        SqliteErrors.Explain(new SqliteException("full", 13), StoreStep.Commit).Error.Should().BeOfType<StoreUnavailableException>();
        SqliteErrors.Explain(new SqliteException("busy", 5), StoreStep.Commit).Error.Should().BeOfType<StoreUnavailableException>();
        SqliteErrors.Explain(new SqliteException("disk I/O error", 10), StoreStep.Commit).Error.Should().BeOfType<UnknownOutcomeException>();
    }

    [Fact]
    public async Task A_broken_invariant_is_given_as_it_is_and_the_store_goes_on()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        await factory.RefuseChangesOfAsync(task.Id);
        var other = (await store.AddAsync(AnyTask)).Task;

        await FluentActions.Awaiting(() => store.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Should().ThrowAsync<SqliteException>();

        (await store.DecideAsync(TaskDecision.Cancel(Project, other.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task A_builder_chooses_the_store_with_one_call()
    {
        var services = new Microsoft.Extensions.DependencyInjection.ServiceCollection();
        new SnapshotTasksBuilder(services).UseInMemory().UseSqlite(factory.Path);

        await using var store = (SqliteTaskStore)services.Single(service => service.IsKeyedService).KeyedImplementationFactory!(new NoServices(), null);
        (await store.AddAsync(AnyTask)).Task.State.Should().Be(TaskState.Queued);
    }

    private SqliteConnection Lock()
    {
        var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
        connection.Open();
        SqliteConnections.Execute(connection, "begin immediate");
        return connection;
    }

    private sealed class NoServices : IServiceProvider
    {
        public object? GetService(Type serviceType) => null;
    }
}
