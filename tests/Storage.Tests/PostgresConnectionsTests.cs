using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>What is made of a connection string.</summary>
public sealed class PostgresConnectionsTests
{
    [Theory]
    [InlineData("Host=a;Multiplexing=true")]
    [InlineData("Host=a;Multiplexing=true;Keepalive=0")]
    [InlineData("Host=a;Target Session Attributes=read-write")]
    [InlineData("Host=a;Username=u;Persist Security Info=nobody knows;Password=secret")]
    [InlineData("Username=u;Password=secret")]
    public void A_string_that_cannot_work_is_refused_with_one_sentence_that_gives_no_secret_away(string text)
    {
        FluentActions.Invoking(() => PostgresConnections.Create(text)).Should().Throw<InvalidOperationException>()
            .WithMessage("The connection string of PostgreSQL cannot be used: *").Which.Message.Should().NotContain("secret").And.NotContain("\n");
    }

    [Fact]
    public async Task A_source_that_shares_its_connections_among_transactions_is_refused()
    {
        await using var source = NpgsqlDataSource.Create("Host=/nowhere;Multiplexing=true");

        FluentActions.Invoking(() => new PostgresTaskStore(source, ownsSource: false, new PostgresOptions())).Should().Throw<InvalidOperationException>()
            .WithMessage("*Multiplexing*");
    }

    [Fact]
    public async Task What_the_caller_says_is_obeyed_also_where_it_is_what_the_driver_does_by_itself()
    {
        await using var silent = PostgresConnections.Create("Host=a");
        await using var said = PostgresConnections.Create("Host=a;Max Auto Prepare=0;keepalive=0;No Reset On Close=false");

        Settings(silent).MaxAutoPrepare.Should().BePositive();
        Settings(silent).KeepAlive.Should().BePositive();
        Settings(silent).NoResetOnClose.Should().BeTrue();
        Settings(said).MaxAutoPrepare.Should().Be(0);
        Settings(said).KeepAlive.Should().Be(0);
        Settings(said).NoResetOnClose.Should().BeFalse();
    }

    private static NpgsqlConnectionStringBuilder Settings(NpgsqlDataSource source) => new(source.ConnectionString);
}
