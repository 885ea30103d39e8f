using System.Collections.Concurrent;
using Npgsql;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Who is told what when the server, or the way to it, fails; afterwards the store works by itself.</summary>
public sealed class PostgresFailureTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private PostgresCluster cluster = null!;
    private PostgresTaskStore store = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await PostgresCluster.CreateAsync();
        store = PostgresServer.Open(cluster.ConnectionString, new PostgresOptions { Migrate = true });
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        await cluster.DisposeAsync();
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task Answers_are_understood_after_a_refusal_of_what_the_driver_was_about_to_prepare(int refusals)
    {
        Task<SubscriptionOutcome> OpenAsync(string name) => store.DecideAsync(SubscriptionDecision.Open(name, 7));
        await OpenAsync("bills");
        await SetReadOnlyAsync("on");
        for (var i = 0; i < refusals; i++)
        {
            await store.Awaiting(_ => OpenAsync("bills")).Should().ThrowAsync<StoreUnavailableException>();
        }

        await SetReadOnlyAsync("off");
        for (var i = 0; i < 4; i++)
        {
            (await OpenAsync("bills")).Subscription.Should().Be(new Subscription("bills", 7));
            (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
        }
    }

    [Fact]
    public async Task After_a_restart_that_nobody_noticed_the_next_call_of_every_kind_works_as_if_nothing_had_happened()
    {
        var task = (await store.AddAsync(AnyTask)).Task;
        await cluster.KillAsync();
        await cluster.StartAsync();

        (await store.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
        (await store.ClaimAsync(new Claim("worker", Patience))).Should().ContainSingle();
    }

    [Fact]
    public async Task While_the_server_is_gone_every_call_is_told_so_at_once_and_nothing_is_kept_of_it()
    {
        var task = (await store.AddAsync(AnyTask)).Task;
        await cluster.StopAsync();

        foreach (var call in (Func<Task>[])[
            () => store.AddAsync(AnyTask),
            () => store.DecideAsync(TaskDecision.Cancel(Project, task.Id)),
            () => store.ClaimAsync(new Claim("worker", Patience)),
            () => store.GetAsync(Project, [task.Id]),
            () => store.CountAsync(new TaskFilter(Project), 10)])
        {
            await FluentActions.Awaiting(call).Should().ThrowAsync<StoreUnavailableException>();
        }

        await cluster.StartAsync();
        (await ReadAsync()).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
    }

    [Fact]
    public async Task Of_callers_that_a_kill_hits_nobody_is_told_what_is_not_so()
    {
        var told = new ConcurrentBag<(string UserData, string Answer)>();
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(0, 32).Select(caller => Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                var data = $"{caller} {i}";
                told.Add((data, await AnswerAsync(() => store.AddAsync(AnyTask with { Request = AnyTask.Request with { UserData = data } }))));
            }
        })).ToList();

        for (var kill = 0; kill < 3; kill++)
        {
            var before = told.Count(each => each.Answer == "kept");
            await WaitUntilAsync(() => Task.FromResult(told.Count(each => each.Answer == "kept") > before + 100));
            await cluster.KillAsync();
            await cluster.StartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        var kept = (await ReadAsync()).Select(task => task.Request.UserData).ToHashSet();
        foreach (var (data, answer) in told)
        {
            (answer == "unknown" || kept.Contains(data) == (answer == "kept")).Should().BeTrue("task {0} was answered {1}", data, answer);
        }

        told.Should().Contain(each => each.Answer != "kept", "a kill that hits nobody shows nothing");
    }

    [Theory]
    [InlineData(Cut.BeforeCommit, 0)]
    [InlineData(Cut.AfterCommit, 1)]
    internal async Task A_commit_whose_answer_is_lost_is_unknown_whether_it_was_done_or_not(Cut cut, int kept)
    {
        await using var relay = new PostgresRelay(cluster);
        await using var through = new PostgresTaskStore(relay.Source, false, new PostgresOptions());
        var lookedAt = (await through.AddAsync(AnyTask)).Task;
        relay.Cut = cut;

        await FluentActions.Awaiting(() => through.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();

        (await ReadAsync()).Should().HaveCount(1 + kept);
        (await through.DecideAsync(TaskDecision.Cancel(Project, lookedAt.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Theory]
    [InlineData(Cut.BeforeCommit)]
    [InlineData(Cut.AfterCommit)]
    internal async Task A_lost_commit_of_nothing_is_repeated(Cut cut)
    {
        await using var relay = new PostgresRelay(cluster);
        await using var through = new PostgresTaskStore(relay.Source, false, new PostgresOptions());
        relay.Cut = cut;

        (await through.DecideAsync(TaskDecision.Cancel(Project, new TaskId(77)))).Answer.Should().Be(CancelAnswer.NotFound);
        relay.Cut.Should().Be(Cut.Never);
    }

    [Fact]
    public async Task A_caller_whose_own_transaction_is_cut_off_is_told_that_nothing_was_changed()
    {
        await using var connection = new NpgsqlConnection(cluster.ConnectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await cluster.KillAsync();

        await FluentActions.Awaiting(() => store.AddAsync(AnyTask, transaction)).Should().ThrowAsync<StoreUnavailableException>();

        await cluster.StartAsync();
        (await ReadAsync()).Should().BeEmpty();
    }

    [Fact]
    public async Task Submissions_at_another_store_are_heard_again_after_the_server_was_away()
    {
        await using var other = PostgresServer.Open(cluster.ConnectionString);
        await cluster.KillAsync();
        await cluster.StartAsync();

        await WaitUntilAsync(async () => await PostgresServer.ExecuteAsync(
            cluster.ConnectionString, "select count(*) from pg_stat_activity where query like 'listen snapshot_tasks%'") is 2L);
        var waiting = store.WaitForSubmissionAsync();
        await other.AddAsync(AnyTask);

        await waiting.WaitAsync(Patience);
    }

    [Fact]
    public async Task That_submissions_of_others_cannot_be_heard_is_said_once_and_once_that_they_can_be_again()
    {
        var log = new Warnings();
        await using var listening = PostgresServer.Open(cluster.ConnectionString, log: log);
        await WaitUntilAsync(async () => await PostgresServer.ExecuteAsync(
            cluster.ConnectionString, "select count(*) from pg_stat_activity where query like 'listen snapshot_tasks%'") is 2L);
        for (var outage = 0; outage < 2; outage++)
        {
            await cluster.KillAsync();
            await Task.Delay(TimeSpan.FromSeconds(2.5), TimeProvider.System);
            await cluster.StartAsync();
            await WaitUntilAsync(async () => await PostgresServer.ExecuteAsync(
                cluster.ConnectionString, "select count(*) from pg_stat_activity where query like 'listen snapshot_tasks%'") is 2L);
        }

        log.Texts.Should().HaveCount(2, "two outages in a minute are said once");
        log.Texts[0].Should().Contain("are found by polling");
        log.Texts[1].Should().Contain("are heard again");
    }

    [Fact]
    public async Task A_pool_that_is_used_up_a_server_that_only_reads_and_one_that_takes_too_long_are_unavailable()
    {
        await store.AddAsync(AnyTask);
        await ExpectUnavailableAsync(new() { MaxPoolSize = 1, Timeout = 1 }, async narrow =>
        {
            await narrow.AddAsync(AnyTask);
            await narrow.GetAsync(Project, [new TaskId(1)]);
        });
        await ExpectUnavailableAsync(new() { Options = "-c default_transaction_read_only=on" }, reading => reading.AddAsync(AnyTask));
        await using var stranger = new NpgsqlConnection(cluster.ConnectionString);
        await stranger.OpenAsync();
        await using var transaction = await stranger.BeginTransactionAsync();
        await new NpgsqlCommand("lock table snapshot_tasks.tasks in access exclusive mode", stranger, transaction).ExecuteNonQueryAsync();
        await ExpectUnavailableAsync(new() { Options = "-c statement_timeout=100" }, hurried => hurried.AddAsync(AnyTask with { StartedBy = null, Key = new("key", "hash") }));
        await ExpectUnavailableAsync(new() { Options = "-c lock_timeout=100" }, hurried => hurried.DecideAsync(TaskDecision.Cancel(Project, new TaskId(1))));
        await ExpectUnavailableAsync(new() { CommandTimeout = 1 }, hurried => hurried.ClaimAsync(new Claim("worker", Patience)));
        await transaction.RollbackAsync();

        (await store.CountAsync(new TaskFilter(Project), 10)).Should().Be(2, "the narrow pool wrote before it was used up");
    }

    private async Task ExpectUnavailableAsync(NpgsqlConnectionStringBuilder settings, Func<PostgresTaskStore, Task> call)
    {
        var common = new NpgsqlConnectionStringBuilder(cluster.ConnectionString);
        (settings.Host, settings.Username, settings.Database) = (common.Host, common.Username, common.Database);
        await using var failing = PostgresServer.Open(settings.ConnectionString, new PostgresOptions { Notifications = false });
        await failing.Awaiting(call).Should().ThrowAsync<StoreUnavailableException>();
    }

    private static async Task<string> AnswerAsync(Func<Task> call)
    {
        try
        {
            await call();
            return "kept";
        }
        catch (StoreUnavailableException)
        {
            return "unavailable";
        }
        catch (UnknownOutcomeException)
        {
            return "unknown";
        }
    }

    private async Task<IReadOnlyList<SnapshotTask>> ReadAsync() => await store.ListAsync(new TaskFilter(Project), 0, 1_000_000);

    private static async Task WaitUntilAsync(Func<Task<bool>> isSo)
    {
        using var stop = new CancellationTokenSource(Patience);
        while (!await isSo())
        {
            await Task.Delay(10, stop.Token);
        }
    }

    // Of all sessions, those that are there as well, once each has come to its next statement.
    private async Task SetReadOnlyAsync(string value)
    {
        await PostgresServer.ExecuteAsync(cluster.ConnectionString, $"alter system set default_transaction_read_only = {value}");
        await PostgresServer.ExecuteAsync(cluster.ConnectionString, "select pg_reload_conf()");
        while (await PostgresServer.ExecuteAsync(cluster.ConnectionString, "show default_transaction_read_only") is not string now || now != value)
        {
            await Task.Delay(10);
        }
    }
}
