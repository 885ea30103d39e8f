using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>What errors of PostgreSQL mean, by their code and by how far the transaction was.</summary>
public sealed class PostgresErrorsTests
{
    [Theory]
    [InlineData("40P01", FailureConcerns.OneOperation, true)]
    [InlineData("40001", FailureConcerns.OneOperation, true)]
    [InlineData("55P03", FailureConcerns.TheStore, false)]
    [InlineData("57014", FailureConcerns.TheStore, false)]
    [InlineData("25006", FailureConcerns.TheStore, false)]
    [InlineData("42501", FailureConcerns.TheStore, false)]
    [InlineData("53300", FailureConcerns.TheStore, false)]
    [InlineData("53100", FailureConcerns.OneOperation, false)]
    [InlineData("53200", FailureConcerns.OneOperation, false)]
    [InlineData("58030", FailureConcerns.TheStore, false)]
    internal void A_refusal_of_the_server_means_that_nothing_changed_also_in_answer_to_the_commit(string code, FailureConcerns concerns, bool byChance)
    {
        foreach (var step in new[] { StoreStep.Run, StoreStep.Commit })
        {
            var failure = PostgresErrors.Explain(Refusal(code), step);
            failure.Error.Should().BeOfType<StoreUnavailableException>();
            (failure.Concerns, failure.IsTransient).Should().Be((concerns, byChance));
        }
    }

    [Theory]
    [InlineData("57P01")]
    [InlineData("57P02")]
    [InlineData("XX000")]
    public void A_server_that_goes_away_may_have_committed_before_it_said_so(string code)
    {
        PostgresErrors.Explain(Refusal(code, "FATAL"), StoreStep.Commit).Should().Match<StoreFailure>(failure =>
            failure.Error is UnknownOutcomeException && failure.Concerns == FailureConcerns.TheTransaction && !failure.IsTransient);
        PostgresErrors.Explain(Refusal(code, "FATAL"), StoreStep.Run).Should().Match<StoreFailure>(failure =>
            failure.Error is StoreUnavailableException && failure.IsTransient);
    }

    [Fact]
    public void A_connection_that_is_lost_is_unknown_at_the_commit_only_and_a_slow_server_is_not_asked_again()
    {
        var lost = new NpgsqlException("lost", new IOException());
        var slow = new NpgsqlException("slow", new TimeoutException());

        PostgresErrors.Explain(lost, StoreStep.Begin).Should().Match<StoreFailure>(failure => failure.Error is StoreUnavailableException && !failure.IsTransient);
        PostgresErrors.Explain(lost, StoreStep.Run).Should().Match<StoreFailure>(failure => failure.Error is StoreUnavailableException && failure.IsTransient);
        PostgresErrors.Explain(lost, StoreStep.Commit).Error.Should().BeOfType<UnknownOutcomeException>();
        PostgresErrors.Explain(slow, StoreStep.Run).Should().Match<StoreFailure>(failure => failure.Error is StoreUnavailableException && !failure.IsTransient);
        PostgresErrors.Explain(slow, StoreStep.Commit).Error.Should().BeOfType<UnknownOutcomeException>();
    }

    [Fact]
    public async Task A_connection_that_the_driver_has_found_dead_and_closed_is_a_lost_one()
    {
        await using var closed = new NpgsqlConnection("Host=nowhere");
        var trip = new PostgresRoundTrip(closed);
        trip.Add("select 1");

        var error = (await FluentActions.Awaiting(() => trip.SendAsync()).Should().ThrowAsync<NpgsqlException>()).Which;

        PostgresErrors.Explain(error, StoreStep.Run).Should().Match<StoreFailure>(failure => failure.Error is StoreUnavailableException && failure.IsTransient);
    }

    [Fact]
    public void What_is_no_state_of_the_database_is_given_as_it_is()
    {
        PostgresErrors.Explain(Refusal("23514"), StoreStep.Commit).Should().Match<StoreFailure>(failure =>
            failure.Error is PostgresException && failure.Concerns == FailureConcerns.OneOperation);
        PostgresErrors.Explain(new NotSupportedException(), StoreStep.Run).Error.Should().BeOfType<NotSupportedException>();
        PostgresErrors.Explain(Refusal("P0004"), StoreStep.Commit).Error.Should().BeOfType<InvalidOperationException>("a broken invariant is none either");
    }

    private static PostgresException Refusal(string code, string severity = "ERROR") => new("no", severity, severity, code);
}
