using Xunit.Sdk;

namespace SnapshotTasks.Tests;

/// <summary>Stores broken on purpose: the contract must not pass with any of them.</summary>
public sealed class BrokenVariantTests
{
    internal static readonly SqliteStatements WithoutVersion = new()
    {
        Write = new SqliteStatements().Write.Replace(" and version = @held_version", "", StringComparison.Ordinal),
    };

    [Fact]
    public Task An_update_of_every_row_is_caught() => IsCaught<InvalidOperationException>(
        new SqliteStatements { Write = new SqliteStatements().Write.Replace("where id = @id and version", "where version", StringComparison.Ordinal) },
        contract => contract.A_cancel_changes_no_other_task());

    [Fact]
    public Task An_update_of_no_row_is_caught() => IsCaught<InvalidOperationException>(
        new SqliteStatements { Write = new SqliteStatements().Write.Replace("id = @id", "id = -@id", StringComparison.Ordinal) },
        contract => contract.A_queued_task_is_cancelled_and_never_claimed());

    [Fact]
    public Task An_answer_without_a_commit_is_caught() => IsCaught<XunitException>(
        new SqliteStatements { Commit = "rollback" },
        contract => contract.Reopening_finds_everything_as_it_was_answered());

    [Fact]
    public Task A_claim_of_the_newest_is_caught() => IsCaught<XunitException>(
        new SqliteStatements { HoldQueued = new SqliteStatements().HoldQueued.Replace("order by priority, project, id", "order by priority, project, id desc", StringComparison.Ordinal) },
        contract => contract.A_claim_takes_expired_leases_first_and_then_the_oldest_queued_and_never_more_than_asked());

    [Fact]
    public Task A_claim_of_leases_that_have_not_expired_is_refused_by_the_domain_and_harms_nobody() => IsNotCaught(
        new SqliteStatements { HoldExpired = new SqliteStatements().HoldExpired.Replace("<= @now", ">= -@now", StringComparison.Ordinal) },
        contract => contract.A_started_run_is_held_by_its_worker_until_the_lease_expires());

    [Fact]
    public async Task A_deferred_transaction_is_caught()
    {
        await using var factory = new SqliteStoreFactory(new SqliteStatements { Begin = "begin" });
        ITaskStore one = factory.Create(), other = factory.Create();

        await FluentActions.Awaiting(() => CancelClaimRace.RunAsync(
                one, [CancelClaimRace.Through(one), CancelClaimRace.Through(other)], [one, other]))
            .Should().ThrowAsync<StoreUnavailableException>();
    }

    [Fact]
    public async Task A_store_that_reads_and_then_writes_without_holding_the_row_is_caught()
    {
        var store = new ReadThenWriteStore();

        await FluentActions.Awaiting(() => CancelClaimRace.RunAsync(
                store, [CancelClaimRace.Through(store), CancelClaimRace.Through(store), CancelClaimRace.Through(store)], [store, store, store]))
            .Should().ThrowAsync<XunitException>();
    }

    [Fact]
    public Task A_group_commit_that_answers_a_failed_batch_as_committed_is_caught() => IsCaught<XunitException>(
        new SqliteStatements(),
        contract => contract.A_change_that_the_database_refuses_fails_alone(),
        session => new ForgivingSession(session));

    [Fact]
    public Task A_group_commit_that_fails_a_whole_batch_because_of_one_is_caught() => IsCaught<XunitException>(
        new SqliteStatements(),
        contract => contract.A_change_that_the_database_refuses_fails_alone(),
        session => new UnfairSession(session));

    private static async Task IsCaught<TException>(
        SqliteStatements broken, Func<SqliteStoreTests, Task> check, Func<IStoreSession, IStoreSession>? through = null)
        where TException : Exception =>
        await FluentActions.Awaiting(() => IsNotCaught(broken, check, through)).Should().ThrowAsync<TException>();

    private static async Task IsNotCaught(
        SqliteStatements broken, Func<SqliteStoreTests, Task> check, Func<IStoreSession, IStoreSession>? through = null)
    {
        (broken != new SqliteStatements() || through is not null).Should().BeTrue("the variant must differ");
        var contract = new SqliteStoreTests(broken, through);
        await contract.InitializeAsync();
        try
        {
            await check(contract);
        }
        finally
        {
            await contract.DisposeAsync();
        }
    }
}
