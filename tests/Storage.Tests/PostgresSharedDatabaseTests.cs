using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static SnapshotTasks.Tests.CancelClaimRace;

namespace SnapshotTasks.Tests;

/// <summary>Several stores on one database, as on several machines.</summary>
public sealed class PostgresSharedDatabaseTests(PostgresServer server) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly NewTask NewTask = Sample.AnyTask with { Project = Project };

    private readonly PostgresStoreFactory factory = new(server);

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task Of_a_cancel_and_a_claim_through_two_stores_exactly_one_wins()
    {
        ITaskStore one = await factory.OpenStoreAsync(), other = await factory.OpenStoreAsync();

        await RunAsync(one, [Through(one), Through(other)], [one, other]);
    }

    [Fact]
    public async Task After_a_pause_was_answered_nothing_starts_through_any_of_three_stores()
    {
        var stores = new List<PostgresTaskStore> { await factory.OpenStoreAsync(), await factory.OpenStoreAsync(), await factory.OpenStoreAsync() };
        await Task.WhenAll(Enumerable.Range(0, 2000).Select(_ => stores[0].AddAsync(NewTask)));
        using var stop = new CancellationTokenSource();
        var claiming = stores.SelectMany(store => Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await store.ClaimAsync(new Claim("worker", Patience));
            }
        }))).ToList();
        var late = new List<int>();
        for (var i = 0; i < 50; i++)
        {
            (await stores[i % 3].DecideAsync(PauseDecision.Pause(i % 2 == 0 ? null : Project, "ann", "maintenance"))).Answer.Should().Be(PauseAnswer.Paused);
            var queued = await QueuedAsync();
            await Task.WhenAll(stores.Select(store => store.ClaimAsync(new Claim("another", Patience, 5))));
            late.Add(queued - await QueuedAsync());
            await stores[(i + 1) % 3].DecideAsync(PauseDecision.Resume(i % 2 == 0 ? null : Project));
        }

        await stop.CancelAsync();
        await Task.WhenAll(claiming);
        late.Should().AllBeEquivalentTo(0);
        (await QueuedAsync()).Should().BeLessThan(2000, "claims went on in between");

        Task<int> QueuedAsync() => stores[0].CountAsync(TaskFilter.Queued(Project), 10_000);
    }

    [Fact]
    public async Task The_same_keys_through_two_stores_in_opposite_orders_give_one_task_each_and_nobody_fails()
    {
        const int keys = 40;
        var (one, other) = (await factory.OpenStoreAsync(), await factory.OpenStoreAsync());
        var keyed = Enumerable.Range(0, keys).Select(i => NewTask with { Key = new IdempotencyKey($"key {i}", "hash") }).ToList();

        var answers = await Task.WhenAll(
            keyed.Select(task => one.AddAsync(task)).Concat(keyed.AsEnumerable().Reverse().Select(task => other.AddAsync(task))));

        answers.Count(answer => answer.Answer == SubmitAnswer.Accepted).Should().Be(keys);
        answers.Count(answer => answer.Answer == SubmitAnswer.Repeated).Should().Be(keys);
        answers.Select(answer => answer.Task.Id).Distinct().Should().HaveCount(keys);
    }

    [Fact]
    public async Task Every_submission_wakes_who_waits_at_another_store_whatever_is_queued_already()
    {
        var (one, other) = (await factory.OpenStoreAsync(), await factory.OpenStoreAsync());
        await one.AddAsync(NewTask);
        for (var i = 0; i < 10; i++)
        {
            var waiting = other.WaitForSubmissionAsync();
            await one.AddAsync(NewTask);
            await waiting.WaitAsync(Patience);
        }
    }

    [Fact]
    public async Task An_abort_is_told_to_who_holds_the_run_at_another_store()
    {
        var (one, other) = (await factory.OpenStoreAsync(), await factory.OpenStoreAsync());
        await one.AddAsync(NewTask);
        var run = (await other.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Should().ContainSingle().Subject.Task;

        // A submission that is heard shows that the other listens.
        var heard = other.WaitForSubmissionAsync();
        await one.AddAsync(NewTask);
        await heard.WaitAsync(Patience);
        var told = other.WaitForAbortAsync(run.Id);

        await one.DecideAsync(TaskDecision.Abort(run.Project, run.Id, new(FailureCode.Aborted, "Aborted by ann: it runs for ever.")));

        await told.WaitAsync(Patience);
    }

    [Fact]
    public async Task Submissions_that_come_together_are_told_together_with_the_first_of_each_lane()
    {
        var one = await factory.OpenStoreAsync();
        await using var listener = (NpgsqlConnection)await factory.OpenAsync();
        var heard = new List<string>();
        listener.Notification += (_, news) => heard.Add(news.Payload);
        await new NpgsqlCommand(new PostgresStatements().Listen, listener).ExecuteNonQueryAsync();

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => one.AddAsync(NewTask with { Project = new($"project-{i % 2}"), Priority = TaskPriority.Low })));
        while (!heard.Exists(news => news.Contains("project-0")) || !heard.Exists(news => news.Contains("project-1")))
        {
            await listener.WaitAsync(Patience);
        }

        heard.Should().HaveCountLessThan(20).And.OnlyContain(news => news.Length < 100);
        LaneNews.Read(heard[0]).Entered!.Keys.Should().OnlyContain(lane => lane.Priority == TaskPriority.Low);
    }

    [Fact]
    public async Task What_is_queued_in_a_callers_transaction_is_heard_once_that_has_committed()
    {
        var (one, other) = (await factory.OpenStoreAsync(), await factory.OpenStoreAsync());
        await using var connection = (NpgsqlConnection)await factory.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var waiting = new[] { one, other }.Select(store => store.WaitForSubmissionAsync()).ToList();
        await one.AddAsync(NewTask, transaction);
        waiting.Should().OnlyContain(wait => !wait.IsCompleted);
        await transaction.CommitAsync();

        await Task.WhenAll(waiting).WaitAsync(Patience);
    }

    [Fact]
    public async Task A_submission_that_starts_at_once_wakes_nobody()
    {
        var store = await factory.OpenStoreAsync();
        await using var listener = (NpgsqlConnection)await factory.OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await new NpgsqlCommand(new PostgresStatements().Listen, listener).ExecuteNonQueryAsync();

        await store.AddAsync(NewTask with { StartedBy = new Claim("worker", Patience) });
        await store.AddAsync(NewTask);
        await listener.WaitAsync(Patience);

        heard.Should().Be(1, "only the second one waits");
    }

    [Fact]
    public async Task With_notifications_switched_off_nobody_listens_or_notifies_and_work_is_found_all_the_same()
    {
        var store = await factory.OpenStoreAsync(new PostgresOptions { Notifications = false });
        await using var listener = (NpgsqlConnection)await factory.OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await new NpgsqlCommand(new PostgresStatements().Listen, listener).ExecuteNonQueryAsync();

        var waiting = store.WaitForSubmissionAsync();
        var task = (await store.AddAsync(NewTask)).Task;

        await waiting.WaitAsync(Patience);
        (await store.ClaimAsync(new Claim("worker", Patience))).Should().ContainSingle().Which.Task.Id.Should().Be(task.Id);
        await new NpgsqlCommand("select", listener).ExecuteNonQueryAsync();
        heard.Should().Be(0);
        (await PostgresServer.ExecuteAsync(
            factory.Database,
            "select count(*) from pg_stat_activity where datname = current_database() and query = 'listen snapshot_tasks' and application_name = 'SnapshotTasks'"))
            .Should().Be(0L);
    }

    [Fact]
    public async Task A_builder_chooses_the_store_with_one_call()
    {
        await factory.OpenStoreAsync();
        await using var source = NpgsqlDataSource.Create(factory.Database);
        var services = new ServiceCollection();
        foreach (var choose in (Action<SnapshotTasksBuilder>[])[tasks => tasks.UsePostgres(factory.Database), tasks => tasks.UsePostgres(source, options => options.Notifications = false)])
        {
            choose(new SnapshotTasksBuilder(services));
            await using var provider = new NoServices();
            await using var store = (PostgresTaskStore)services.Single(service => service.IsKeyedService).KeyedImplementationFactory!(provider, null);
            (await store.AddAsync(NewTask)).Answer.Should().Be(SubmitAnswer.Accepted);
        }

        await using var still = await source.OpenConnectionAsync();
    }

    private sealed class NoServices : IServiceProvider, IAsyncDisposable
    {
        public object? GetService(Type serviceType) => null;

        public ValueTask DisposeAsync() => default;
    }
}
