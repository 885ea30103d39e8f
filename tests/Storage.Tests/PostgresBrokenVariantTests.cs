using Xunit.Sdk;

namespace SnapshotTasks.Tests;

/// <summary>PostgreSQL stores broken on purpose: the contract and the races must not pass with any of them.</summary>
public sealed class PostgresBrokenVariantTests(PostgresServer server)
{
    private static readonly PostgresStatements Whole = PostgresStoreFactory.Statements;

    private static readonly PostgresStatements WithoutLocks = Whole with
    {
        Hold = Whole.Hold.Replace("for update skip locked", "", StringComparison.Ordinal),
        HoldQueued = Whole.HoldQueued.Replace("for update skip locked", "", StringComparison.Ordinal),
    };

    [Fact]
    public Task An_answer_without_a_commit_is_caught() => IsCaught<XunitException>(
        Whole with { Commit = "rollback" },
        contract => contract.Reopening_finds_everything_as_it_was_answered());

    [Fact]
    public Task A_claim_of_the_newest_is_caught() => IsCaught<XunitException>(
        Whole with { HoldQueued = Whole.HoldQueued.Replace("order by priority, project, id", "order by priority desc, project desc, id desc", StringComparison.Ordinal) },
        contract => contract.A_claim_takes_expired_leases_first_and_then_the_oldest_queued_and_never_more_than_asked());

    [Fact]
    public Task Rows_that_are_not_locked_are_caught_by_their_version() => LosesTheRace<InvalidOperationException>(WithoutLocks);

    [Fact]
    public Task Rows_that_are_neither_locked_nor_compared_are_caught() => LosesTheRace<XunitException>(
        WithoutLocks with { Write = Whole.Write.Replace(" and task.version = decided.held_version", "", StringComparison.Ordinal) });

    [Fact]
    public Task A_group_commit_that_answers_a_failed_batch_as_committed_is_caught() => IsCaught<XunitException>(
        Whole,
        contract => contract.A_change_that_the_database_refuses_fails_alone(),
        session => new ForgivingSession(session));

    [Fact]
    public Task A_group_commit_that_fails_a_whole_batch_because_of_one_is_caught() => IsCaught<XunitException>(
        Whole,
        contract => contract.A_change_that_the_database_refuses_fails_alone(),
        session => new UnfairSession(session));

    private async Task LosesTheRace<TException>(PostgresStatements broken)
        where TException : Exception
    {
        await using var factory = new PostgresStoreFactory(server, statements: broken);
        ITaskStore one = await factory.OpenStoreAsync(), other = await factory.OpenStoreAsync();
        await FluentActions.Awaiting(() => CancelClaimRace.RunAsync(one, [CancelClaimRace.Through(one), CancelClaimRace.Through(other)], [one, other]))
            .Should().ThrowAsync<TException>();
    }

    private async Task IsCaught<TException>(
        PostgresStatements broken, Func<PostgresStoreTests, Task> check, Func<IStoreSession, IStoreSession>? through = null)
        where TException : Exception
    {
        (broken != Whole || through is not null).Should().BeTrue("the variant must differ");
        var contract = new PostgresStoreTests(server, broken, through);
        await contract.InitializeAsync();
        try
        {
            await FluentActions.Awaiting(() => check(contract)).Should().ThrowAsync<TException>();
        }
        finally
        {
            await contract.DisposeAsync();
        }
    }
}
