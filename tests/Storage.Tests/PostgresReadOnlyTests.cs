using Npgsql;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>A database that only reads for a while, as behind the fence of a failover: a connection that was opened meanwhile never writes.</summary>
public sealed class PostgresReadOnlyTests(PostgresServer server)
{
    [Fact]
    public async Task Once_the_database_writes_again_no_call_is_refused_whatever_connections_were_opened_meanwhile()
    {
        var database = await server.CreateDatabaseAsync();
        await using var store = PostgresServer.Open(database);
        var task = (await store.AddAsync(AnyTask)).Task;
        await FenceAsync(database);

        for (var i = 0; i < 20; i++)
        {
            // At once, so that as many connections are opened as there are writers and readers.
            var writes = Enumerable.Range(0, 4).Select(_ => store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>());
            var reads = Enumerable.Range(0, 8).Select(async _ => (await store.GetAsync(Project, [task.Id])).Should().ContainSingle());
            await Task.WhenAll([.. writes, .. reads]);
        }

        await LiftAsync(database);
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System);

        (await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => store.AddAsync(AnyTask)))).Should().OnlyContain(added => added.Answer == SubmitAnswer.Accepted);
        (await store.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task A_query_that_meets_a_connection_which_has_died_unnoticed_is_asked_again()
    {
        var database = await server.CreateDatabaseAsync();
        await using var store = PostgresServer.Open(database);
        var task = (await store.AddAsync(AnyTask)).Task;
        for (var i = 0; i < 3; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => store.GetAsync(Project, [task.Id])));
            await EndConnectionsAsync(database);

            (await store.GetAsync(Project, [task.Id])).Should().ContainSingle();
        }
    }

    [Fact]
    public async Task A_store_outlives_connections_that_are_ended_between_a_refusal_and_their_end_and_none_of_them_keeps_its_place()
    {
        var database = await server.CreateDatabaseAsync();
        var few = new NpgsqlConnectionStringBuilder(database) { MaxPoolSize = 4, Timeout = 5 }.ConnectionString;
        await using var store = new PostgresTaskStore(
            PostgresConnections.Create(few), true, new PostgresOptions { Notifications = false }, writers: 1, through: session => new EndedSession(session, database));
        await FenceAsync(database);

        for (var i = 0; i < 8; i++)
        {
            await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
        }

        await LiftAsync(database);
        await EndConnectionsAsync(database);

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task A_store_is_not_ready_while_its_database_only_reads()
    {
        var database = await server.CreateDatabaseAsync();
        await using var store = PostgresServer.Open(database);
        (await store.MeasureAsync(1)).Queued.Should().Be(0);
        await FenceAsync(database);

        // Connections that the fence has ended are still in the pool.
        StoreUnavailableException refusal;
        var met = 0;
        do
        {
            refusal = (await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>()).Which;
        }
        while (!refusal.Message.Contains("only reads") && ++met < 100);

        refusal.Message.Should().Contain("only reads");
        await LiftAsync(database);

        (await store.MeasureAsync(1)).Queued.Should().Be(0);
    }

    [Fact]
    public async Task A_store_that_starts_while_its_database_only_reads_says_so_and_is_ready_when_it_writes()
    {
        var database = await server.CreateDatabaseAsync();
        await FenceAsync(database);
        var log = new Warnings();
        await using var store = PostgresServer.Open(database, log: log);

        log.Texts.Should().ContainSingle().Which.Should().Contain("only reads");
        await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>();
        await LiftAsync(database);

        await store.MeasureAsync(1);
        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    private static Task FenceAsync(string database) => SetAsync(database, "set default_transaction_read_only = on");

    private static async Task LiftAsync(string database) =>
        await PostgresServer.ExecuteAsync($"{database};Options=-cdefault_transaction_read_only=off", Alter(database, "reset default_transaction_read_only"));

    private static async Task SetAsync(string database, string setting)
    {
        await PostgresServer.ExecuteAsync(database, Alter(database, setting));
        await EndConnectionsAsync(database);
    }

    private static Task<object?> EndConnectionsAsync(string database) => PostgresServer.ExecuteAsync(
        database, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");

    private static string Alter(string database, string setting) => $"alter database {new NpgsqlConnectionStringBuilder(database).Database} {setting}";

    /// <summary>A session whose connection is ended before it can roll back.</summary>
    private sealed class EndedSession(IStoreSession session, string database) : SessionThrough(session)
    {
        public override async ValueTask RollBackAsync(Exception cause)
        {
            await EndConnectionsAsync(database);
            await base.RollBackAsync(cause);
        }
    }
}
