using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>On what database the store starts, and what it does to its schema.</summary>
public sealed class PostgresSchemaTests(PostgresServer server)
{
    private static readonly PostgresOptions Migrating = new() { Migrate = true };

    [Fact]
    public async Task A_database_without_the_schema_is_refused_with_what_to_do_and_left_alone()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");

        FluentActions.Invoking(() => PostgresServer.Open(database)).Should().Throw<InvalidOperationException>()
            .WithMessage($"*schema version 0*version {PostgresSchema.Scripts.Count} is needed*Migrate*");

        (await PostgresServer.ExecuteAsync(database, "select count(*) from pg_namespace where nspname = 'snapshot_tasks'")).Should().Be(0L);
    }

    [Fact]
    public async Task Hosts_that_start_at_once_bring_the_schema_up_to_date_once()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");

        var stores = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => PostgresServer.Open(database, Migrating))));

        (await PostgresServer.ExecuteAsync(database, "select count(*) from snapshot_tasks.schema_versions")).Should().Be((long)PostgresSchema.Scripts.Count);
        foreach (var store in stores)
        {
            (await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)))).Should().BeEmpty();
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Only_the_scripts_that_a_database_lacks_are_applied_and_all_of_them_or_none()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var next = PostgresSchema.Scripts.Count + 1;
        var more = $"create table snapshot_tasks.more (); insert into snapshot_tasks.schema_versions (version, oldest_software) values ({next}, {next})";
        PostgresSchema.Apply(connection, PostgresSchema.Scripts);

        FluentActions.Invoking(() => PostgresSchema.Apply(connection, [.. PostgresSchema.Scripts, more, "select nothing"])).Should().Throw<PostgresException>();
        FluentActions.Invoking(() => PostgresSchema.Check(connection, [.. PostgresSchema.Scripts, more])).Should().Throw<InvalidOperationException>();
        PostgresSchema.Apply(connection, [.. PostgresSchema.Scripts, more]);
        PostgresSchema.Check(connection, [.. PostgresSchema.Scripts, more]);
    }

    [Fact]
    public async Task A_schema_is_synced_to_disk_before_a_host_works_on_it_whatever_the_server_is_set_to()
    {
        var database = await server.CreateDatabaseAsync(template: "template1");
        await using var connection = new NpgsqlConnection($"{database};Options=-csynchronous_commit=off");
        await connection.OpenAsync();

        PostgresSchema.Apply(connection, [.. PostgresSchema.Scripts, "create table said as select current_setting('synchronous_commit') as setting"]);

        (await PostgresServer.ExecuteAsync(database, "select setting from said")).Should().Be("on");
        await using var show = new NpgsqlCommand("show synchronous_commit", connection);
        (await show.ExecuteScalarAsync()).Should().Be("off", "that is for this transaction only");
    }

    [Fact]
    public async Task A_schema_for_newer_software_only_is_refused_also_by_a_host_that_may_migrate()
    {
        var database = await server.CreateDatabaseAsync();
        await PostgresServer.ExecuteAsync(database, "insert into snapshot_tasks.schema_versions (version, oldest_software) values (99, 98)");

        FluentActions.Invoking(() => PostgresServer.Open(database, Migrating)).Should().Throw<InvalidOperationException>()
            .WithMessage("*needs software that knows version 98 of its schema, this software knows versions up to *: run the newer software.");
    }

    [Fact]
    public async Task A_newer_schema_that_this_software_may_go_on_beside_is_served()
    {
        var database = await server.CreateDatabaseAsync();
        await PostgresServer.ExecuteAsync(
            database, $"insert into snapshot_tasks.schema_versions (version, oldest_software) values (99, {PostgresSchema.Scripts.Count})");

        await using var store = PostgresServer.Open(database);
        (await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)))).Should().BeEmpty();
    }

    [Fact]
    public async Task A_host_stops_once_newer_software_has_changed_the_schema_and_reads_on()
    {
        var database = await server.CreateDatabaseAsync();
        await using var store = PostgresServer.Open(database);
        await PostgresServer.ExecuteAsync(database, "insert into snapshot_tasks.schema_versions (version, oldest_software) values (99, 98)");

        var submit = () => store.AddAsync(new NewTask(new ProjectId("project"), new SnapshotRequest(new("in", "", "a"), new("out", "", "b"), Sampling.At(TimeSpan.Zero))));
        await submit.Should().ThrowAsync<StoreUnavailableException>()
            .WithMessage("The task store needs software that knows version 98 of its schema, this software knows versions up to *: run the newer software.");
        await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>("it is not ready");
        (await store.ListAsync(new TaskFilter(new ProjectId("project")), 0, 1)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_server_that_is_not_there_or_refuses_the_caller_is_said_to_be_so()
    {
        FluentActions.Invoking(() => PostgresServer.Open("Host=/nowhere;Username=postgres")).Should().Throw<StoreUnavailableException>();
        var database = await server.CreateDatabaseAsync();

        FluentActions.Invoking(() => PostgresServer.Open(new NpgsqlConnectionStringBuilder(database) { Username = "stranger" }.ConnectionString))
            .Should().Throw<InvalidOperationException>().WithMessage("*\"stranger\" does not exist*");
    }

    [Fact]
    public async Task A_server_that_would_lose_what_it_acknowledged_is_refused_and_one_that_may_tear_pages_is_warned_about()
    {
        await using var unsafely = await PostgresCluster.CreateAsync(new Dictionary<string, string> { ["fsync"] = "off", ["full_page_writes"] = "off" });
        FluentActions.Invoking(() => PostgresServer.Open(unsafely.ConnectionString, Migrating)).Should().Throw<InvalidOperationException>().WithMessage("*fsync = off*");

        await unsafely.StopAsync();
        await unsafely.StartAsync(new Dictionary<string, string> { ["full_page_writes"] = "off" });
        var log = new Warnings();
        await using var store = PostgresServer.Open(unsafely.ConnectionString, Migrating, log);
        log.Texts.Should().ContainSingle().Which.Should().Contain("full_page_writes");
    }

    [Fact]
    public async Task A_commit_is_synced_whatever_the_server_the_database_and_the_role_say()
    {
        (await SyncsAsync(new PostgresStatements())).Should().Be(("off", "on"));
    }

    private async Task<(string Before, string Within)> SyncsAsync(PostgresStatements statements)
    {
        var database = await server.CreateDatabaseAsync();
        await PostgresServer.ExecuteAsync(database, $"alter database {new NpgsqlConnectionStringBuilder(database).Database} set synchronous_commit = off");
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        var (before, within) = ("", "");
        var all = new PostgresRoundTrip(connection);
        all.Add(statements.Begin);
        all.Read("select current_setting('synchronous_commit')", row => before = row.GetString(0));
        all.Read(statements.Now, _ => { });
        all.Read("select current_setting('synchronous_commit')", row => within = row.GetString(0));
        all.Add(statements.Commit);
        await all.SendAsync();
        return (before, within);
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_where_they_are_set()
    {
        FluentActions.Invoking(() => new PostgresOptions { LockTimeout = TimeSpan.FromMilliseconds(9) }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new PostgresOptions { LockTimeout = TimeSpan.FromSeconds(61) }).Should().Throw<ArgumentOutOfRangeException>();
    }
}
