using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>A server that waits for a synchronous standby which is out of reach: nothing is called done that the standby does not have.</summary>
public sealed class PostgresStandbyTests : IAsyncLifetime
{
    private const string CountOfWaiting = "select count(*) from pg_stat_activity where wait_event = 'SyncRep'";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan CommitTime = TimeSpan.FromSeconds(3);

    private PostgresCluster cluster = null!;

    public async ValueTask InitializeAsync()
    {
        cluster = await PostgresCluster.CreateAsync();
        await PostgresServer.Open(cluster.ConnectionString, new PostgresOptions { Migrate = true }).DisposeAsync();
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Theory]
    [InlineData("")]
    [InlineData(";Options=-cclient_min_messages=error")]
    public async Task A_commit_whose_wait_for_the_standby_an_operator_cancels_is_unknown(string settings)
    {
        await using var store = Open(settings);
        await CutOffAsync();
        var adding = store.AddAsync(AnyTask);
        await UntilWaitingAsync();

        await ExecuteAsync("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'");

        await FluentActions.Awaiting(() => adding).Should().ThrowAsync<UnknownOutcomeException>();
        await RestoreAsync();
        (await store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle("this server has done it");
        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task A_commit_whose_wait_for_the_standby_a_time_out_of_the_server_ends_is_unknown()
    {
        await using var store = Open(";Options=-cstatement_timeout=500");
        await CutOffAsync();

        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();
    }

    [Fact]
    public async Task A_commit_waits_for_the_standby_longer_than_the_driver_for_a_statement_and_is_then_done()
    {
        await using var store = Open(";Command Timeout=1");
        await CutOffAsync();
        var adding = store.AddAsync(AnyTask);
        await UntilWaitingAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.5), TimeProvider.System);
        adding.IsCompleted.Should().BeFalse();

        await RestoreAsync();

        (await adding).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task A_commit_that_waits_too_long_is_unknown_nothing_cancels_it_and_until_it_ends_nothing_else_is_tried()
    {
        await using var store = Open("");
        await CutOffAsync();
        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();

        for (var i = 0; i < 20; i++)
        {
            await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
        }

        (await ExecuteAsync(CountOfWaiting)).Should().Be(1L, "the first commit still waits, and no other was begun");
        (await store.ListAsync(new TaskFilter(Project), 0, 9)).Should().BeEmpty("what the standby does not have nobody is shown");
        await RestoreAsync();
        await UntilAsync("select count(*) from snapshot_tasks.tasks", 1);
        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task A_server_that_took_over_is_used_although_the_one_before_never_answered()
    {
        await using var store = Open("");
        await CutOffAsync();
        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<UnknownOutcomeException>();
        await cluster.KillAsync();
        await cluster.StartAsync();
        await RestoreAsync();

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    // One writer, so that it is known who waits.
    private PostgresTaskStore Open(string settings) => new(
        PostgresConnections.Create(cluster.ConnectionString + settings), ownsSource: true, new PostgresOptions { Notifications = false }, writers: 1, commitTime: CommitTime);

    private async Task CutOffAsync()
    {
        await ExecuteAsync("alter system set synchronous_standby_names = 'out_of_reach'");
        await ExecuteAsync("select pg_reload_conf()");
        await UntilAsync("select (current_setting('synchronous_standby_names') <> '')::integer::bigint", 1);
    }

    private async Task RestoreAsync()
    {
        await ExecuteAsync("alter system reset synchronous_standby_names");
        await ExecuteAsync("select pg_reload_conf()");
        await UntilAsync(CountOfWaiting, 0);
    }

    private Task UntilWaitingAsync() => UntilAsync(CountOfWaiting, 1);

    private async Task UntilAsync(string statement, long expected)
    {
        using var stop = new CancellationTokenSource(Patience);
        while (!Equals(await ExecuteAsync(statement), expected))
        {
            await Task.Delay(10, stop.Token);
        }
    }

    private Task<object?> ExecuteAsync(string statement) => PostgresServer.ExecuteAsync(cluster.ConnectionString, statement);
}
