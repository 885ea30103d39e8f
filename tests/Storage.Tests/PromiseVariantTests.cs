using Npgsql;
using Xunit.Sdk;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>
/// The classic ways to break the promises under crashes and races, each shown to be caught by a check that the real
/// store passes. The sixth, SQLite without a sync at the commit, is caught by the replay of power loss.
/// </summary>
public sealed class PromiseVariantTests(PostgresServer server)
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    // Nothing is flushed by itself while a test looks.
    private static readonly Dictionary<string, string> LazyServer = new() { ["synchronous_commit"] = "off", ["wal_writer_delay"] = "10s" };

    [Fact]
    public async Task A_completion_without_a_look_at_the_lease_is_caught()
    {
        foreach (var check in (Func<InMemoryStoreTests, Task>[])[
            contract => contract.A_stale_lease_is_refused_for_everything_and_changes_nothing(),
            contract => contract.A_lease_of_the_same_worker_from_an_earlier_attempt_is_stale()])
        {
            await using var factory = new UnfencedStoreFactory();
            var contract = new InMemoryStoreTests(factory);
            await contract.InitializeAsync();

            await FluentActions.Awaiting(() => check(contract)).Should().ThrowAsync<XunitException>();
        }
    }

    [Fact]
    public async Task A_cancel_that_reads_and_then_writes_without_a_lock_is_caught()
    {
        var sound = PostgresStoreFactory.Statements;
        var broken = sound with
        {
            Hold = sound.Hold.Replace("for update skip locked", "", StringComparison.Ordinal),
            Write = sound.Write.Replace(" and task.version = decided.held_version", "", StringComparison.Ordinal),
            Now = sound.Now + " from pg_sleep(0.003)", // Whoever is in between is met sooner.
        };

        await FluentActions.Awaiting(() => RaceAsync(broken)).Should().ThrowAsync<XunitException>();
        await RaceAsync(sound with { Now = broken.Now });

        async Task RaceAsync(PostgresStatements statements)
        {
            await using var factory = new PostgresStoreFactory(server, statements: statements);
            ITaskStore one = await factory.OpenStoreAsync(), other = await factory.OpenStoreAsync();
            await CancelClaimRace.RunAsync(one, [CancelClaimRace.Through(one), CancelClaimRace.Through(other)], [one, other]);
        }
    }

    [Fact]
    public async Task An_answer_before_the_commit_is_caught()
    {
        (await LostByAKillAsync([], new PostgresStatements(), session => new HastySession(session))).Should().BePositive();
        (await LostByAKillAsync([], new PostgresStatements())).Should().Be(0);
    }

    [Fact]
    public async Task A_store_that_leaves_the_sync_of_its_commits_to_the_server_is_caught()
    {
        var sound = new PostgresStatements();
        var broken = sound with { Now = sound.Now.Replace(PostgresStatements.SyncCommit, "null", StringComparison.Ordinal) };

        // The server may happen to write its log just before it is killed.
        var lost = 0;
        for (var kill = 0; kill < 5 && lost == 0; kill++)
        {
            lost = await LostByAKillAsync(LazyServer, broken);
        }

        lost.Should().BePositive();
        (await LostByAKillAsync(LazyServer, sound)).Should().Be(0);
    }

    [Fact]
    public async Task A_store_that_times_leases_by_the_clock_of_the_worker_is_caught()
    {
        // The clock of another machine, an hour ahead: as a parameter of the statement it would look the same.
        (await TakenOverEarlyAsync(new PostgresStatements("clock_timestamp() + interval '1 hour'"))).Should().Be(1);
        (await TakenOverEarlyAsync(new PostgresStatements())).Should().Be(0);

        async Task<int> TakenOverEarlyAsync(PostgresStatements ahead)
        {
            await using var database = new PostgresStoreFactory(server, statements: new PostgresStatements());
            var holder = await database.OpenStoreAsync();
            await holder.AddAsync(AnyTask);
            await holder.ClaimAsync(new Claim("holder", Lease));

            await using var elsewhere = new PostgresTaskStore(PostgresConnections.Create(database.Database), true, new PostgresOptions(), statements: ahead);
            return (await elsewhere.ClaimAsync(new Claim("elsewhere", Lease))).Count;
        }
    }

    /// <summary>How many acknowledged tasks are not there after kill -9 of the server.</summary>
    private static async Task<int> LostByAKillAsync(
        Dictionary<string, string> settings, PostgresStatements statements, Func<IStoreSession, IStoreSession>? through = null)
    {
        await using var cluster = await PostgresCluster.CreateAsync(settings);
        var acknowledged = new List<TaskId>();
        await using (var store = new PostgresTaskStore(
            PostgresConnections.Create(cluster.ConnectionString), true, new PostgresOptions { Migrate = true }, statements: statements, writers: 1, through: through))
        {
            for (var i = 0; i < 10; i++)
            {
                acknowledged.Add((await store.AddAsync(AnyTask)).Task.Id);
            }

            await cluster.KillAsync();
        }

        await cluster.StartAsync();
        NpgsqlConnection.ClearAllPools();
        await using var reopened = PostgresServer.Open(cluster.ConnectionString, new PostgresOptions { Migrate = true });
        return acknowledged.Count - (await reopened.GetAsync(Project, acknowledged)).Count;
    }
}
