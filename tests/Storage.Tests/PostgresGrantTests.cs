using Npgsql;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>A role that was given less than everything: what is missing is named at start, and a loss later is no bug.</summary>
public sealed class PostgresGrantTests(PostgresServer server)
{
    [Fact]
    public async Task An_empty_schema_that_was_made_for_the_role_is_filled_without_the_right_to_make_schemas()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");
        var role = await CreateRoleAsync(database);
        await PostgresServer.ExecuteAsync(database, $"create schema snapshot_tasks authorization {role}");

        await using var store = PostgresServer.Open(As(role, database), new PostgresOptions { Migrate = true });

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task A_role_that_may_not_make_the_schema_is_told_what_it_needs()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");
        var role = await CreateRoleAsync(database);

        FluentActions.Invoking(() => PostgresServer.Open(As(role, database), new PostgresOptions { Migrate = true })).Should().Throw<InvalidOperationException>()
            .WithMessage($"*\"create schema snapshot_tasks authorization {role}\"*");
    }

    [Fact]
    public async Task What_the_documentation_grants_is_enough()
    {
        var database = await server.CreateDatabaseAsync();
        var role = await CreateRoleAsync(database);
        await GrantAsync(database, role);

        await using var store = PostgresServer.Open(As(role, database));

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
        (await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)))).Should().ContainSingle();
        (await store.RemoveEndedAsync(TimeSpan.Zero, default, 9)).Removed.Should().Be(0);
    }

    [Theory]
    [InlineData("usage on schema snapshot_tasks")]
    [InlineData("select on table snapshot_tasks.tasks")]
    [InlineData("insert on table snapshot_tasks.tasks")]
    [InlineData("update on table snapshot_tasks.tasks")]
    [InlineData("delete on table snapshot_tasks.tasks")]
    [InlineData("select on table snapshot_tasks.schema_versions")]
    [InlineData("usage on sequence snapshot_tasks.tasks_id_seq")]
    [InlineData("select on sequence snapshot_tasks.events_number_seq")]
    [InlineData("execute on function snapshot_tasks.expect(written bigint, expected bigint)")]
    public async Task A_grant_that_is_missing_is_named_at_start(string grant)
    {
        var database = await server.CreateDatabaseAsync();
        var role = await CreateRoleAsync(database);
        await GrantAsync(database, role);
        await PostgresServer.ExecuteAsync(database, $"revoke {grant} from {role}, public");

        FluentActions.Invoking(() => PostgresServer.Open(As(role, database))).Should().Throw<InvalidOperationException>().WithMessage($"*\"grant {grant} to {role}\"*");
    }

    [Fact]
    public async Task A_grant_that_is_lost_later_is_a_state_of_the_database_and_not_a_bug()
    {
        var database = await server.CreateDatabaseAsync();
        var role = await CreateRoleAsync(database);
        await GrantAsync(database, role);
        await using var store = PostgresServer.Open(As(role, database));
        await PostgresServer.ExecuteAsync(database, $"revoke usage on sequence snapshot_tasks.tasks_id_seq from {role}; revoke select on table snapshot_tasks.tasks from {role}");

        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
        await store.Awaiting(each => each.ListAsync(new TaskFilter(Project), 0, 1)).Should().ThrowAsync<StoreUnavailableException>();
        await GrantAsync(database, role);

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    private static async Task<string> CreateRoleAsync(string database)
    {
        var role = $"role_of_{new NpgsqlConnectionStringBuilder(database).Database}";
        await PostgresServer.ExecuteAsync(database, $"create role {role} login");
        return role;
    }

    private static async Task GrantAsync(string database, string role) => await PostgresServer.ExecuteAsync(database, $"""
        grant usage on schema snapshot_tasks to {role};
        grant select, insert, update, delete on all tables in schema snapshot_tasks to {role};
        grant usage, select on all sequences in schema snapshot_tasks to {role};
        """);

    private static string As(string role, string database) => new NpgsqlConnectionStringBuilder(database) { Username = role }.ConnectionString;
}
