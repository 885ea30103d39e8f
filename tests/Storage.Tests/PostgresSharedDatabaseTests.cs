using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static SnapshotTasks.Tests.CancelClaimRace;

namespace SnapshotTasks.Tests;

/// <summary>Several stores on one database, as on several machines.</summary>
public sealed class PostgresSharedDatabaseTests(PostgresServer server) : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private static readonly NewTask NewTask = new(Project, new SnapshotRequest(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1))));

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
    public async Task A_submission_wakes_who_waits_at_another_store_but_only_when_there_was_nothing_to_do()
    {
        var one = await factory.OpenStoreAsync();
        await using var listener = (NpgsqlConnection)await factory.OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await new NpgsqlCommand(new PostgresStatements().Listen, listener).ExecuteNonQueryAsync();
        var other = await factory.OpenStoreAsync();
        await one.AddAsync(NewTask);
        await listener.WaitAsync(Patience);
        await one.AddAsync(NewTask);
        await one.AddAsync(NewTask);
        await one.ClaimAsync(new Claim("worker", Patience, 9));
        var waiting = other.WaitForSubmissionAsync();
        await one.AddAsync(NewTask);

        await waiting.WaitAsync(Patience);
        await new NpgsqlCommand("select", listener).ExecuteNonQueryAsync();
        heard.Should().Be(2, "only the first and the last found an empty queue");
    }

    [Fact]
    public async Task A_submission_in_the_callers_own_transaction_and_one_that_starts_at_once_wake_nobody()
    {
        var store = await factory.OpenStoreAsync();
        await using var listener = (NpgsqlConnection)await factory.OpenAsync();
        var heard = 0;
        listener.Notification += (_, _) => heard++;
        await new NpgsqlCommand(new PostgresStatements().Listen, listener).ExecuteNonQueryAsync();
        await using var connection = await factory.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        await store.AddAsync(NewTask with { StartedBy = new Claim("worker", Patience) });
        await store.AddAsync(NewTask, transaction);
        await transaction.CommitAsync();

        await new NpgsqlCommand("select", listener).ExecuteNonQueryAsync();
        heard.Should().Be(0);
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
