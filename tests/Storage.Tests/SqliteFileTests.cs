using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

/// <summary>The file itself: its settings, its schema, its second wall.</summary>
public sealed class SqliteFileTests : IAsyncDisposable
{
    private const string Row =
        "insert into snapshot_tasks (project, state, request, created_at, started_at, ended_at, attempt, released_attempts, "
        + "lease_holder, lease_expires_at, pictures, failure_code, failure_reason, failed) values ('project', ";

    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public void Every_commit_of_the_writer_is_synced_and_readers_do_not_wait_for_it()
    {
        factory.Create();

        Value("pragma synchronous").Should().Be(2L, "2 is FULL");
        Value("pragma journal_mode").Should().Be("wal");
        Value("pragma busy_timeout").Should().Be(5_000L);
    }

    [Fact]
    public void The_scripts_are_numbered_and_the_file_says_how_many_it_has()
    {
        factory.Create();

        SqliteSchema.Scripts.Should().NotBeEmpty().And.OnlyContain(script => script.Contains("tasks"));
        Value("select max(version) from snapshot_tasks_versions").Should().Be((long)SqliteSchema.Scripts.Count);
        Value("pragma user_version").Should().Be(0L, "that is an application's");
    }

    [Fact]
    public async Task A_file_for_newer_software_only_is_refused_with_one_sentence_and_left_alone()
    {
        factory.Create();
        SqliteConnections.Execute(factory.Writer, "insert into snapshot_tasks_versions (version, oldest_software) values (99, 98)");

        await factory.Awaiting(each => each.ReopenAsync()).Should().ThrowAsync<InvalidOperationException>()
            .WithMessage("*tasks.db needs software that knows version 98 of its schema, this software knows versions up to *: run the newer software.");

        using var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
        connection.Open();
        SqliteConnections.Execute(connection, "select max(version) from snapshot_tasks_versions").Should().Be(99L);
    }

    [Fact]
    public async Task A_newer_file_that_this_software_may_go_on_beside_is_opened_and_left_alone()
    {
        factory.Create();
        SqliteConnections.Execute(
            factory.Writer, $"insert into snapshot_tasks_versions (version, oldest_software) values (99, {SqliteSchema.Scripts.Count})");

        await factory.ReopenAsync();

        Value("select count(*) from snapshot_tasks_versions").Should().Be(SqliteSchema.Scripts.Count + 1L);
    }

    [Fact]
    public async Task A_host_stops_once_newer_software_has_changed_the_schema_and_reads_on()
    {
        var store = factory.Create();
        SqliteConnections.Execute(factory.Writer, "insert into snapshot_tasks_versions (version, oldest_software) values (99, 98)");

        var submit = () => store.AddAsync(new NewTask(new ProjectId("project"), new SnapshotRequest(new("in", "", "a"), new("out", "", "b"), Sampling.At(TimeSpan.Zero))));
        await submit.Should().ThrowAsync<StoreUnavailableException>()
            .WithMessage("The task store needs software that knows version 98 of its schema, this software knows versions up to *: run the newer software.");
        await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>("it is not ready");
        (await store.ListAsync(new TaskFilter(new ProjectId("project")), 0, 1)).Should().BeEmpty();
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(factory.Path)!);
        File.WriteAllText(factory.Path, string.Concat(Enumerable.Repeat("no database ", 1000)));

        factory.Invoking(each => each.Create()).Should().Throw<StoreUnavailableException>().WithMessage($"{factory.Path}: *");
    }

    [Fact]
    public void A_path_that_cannot_be_opened_is_refused()
    {
        Directory.CreateDirectory(factory.Path);

        factory.Invoking(each => each.Create()).Should().Throw<StoreUnavailableException>();
    }

    [Fact]
    public void A_store_in_memory_is_not_this_store() =>
        FluentActions.Invoking(() => new SqliteTaskStore(":memory:")).Should().Throw<ArgumentException>().WithMessage("*UseInMemory*");

    [Theory]
    [InlineData("a state nobody knows", "'Paused', '{}', 1, null, null, 0, 0, null, null, null, null, null, 0")]
    [InlineData("queued with a lease", "'Queued', '{}', 1, null, null, 0, 0, 'worker', 1, null, null, null, 0")]
    [InlineData("queued with a start", "'Queued', '{}', 1, 1, null, 1, 0, null, null, null, null, null, 0")]
    [InlineData("queued with an end", "'Queued', '{}', 1, null, 1, 0, 0, null, null, null, null, null, 0")]
    [InlineData("running without a lease", "'Running', '{}', 1, 1, null, 1, 0, null, null, null, null, null, 0")]
    [InlineData("running with half a lease", "'Running', '{}', 1, 1, null, 1, 0, 'worker', null, null, null, null, 0")]
    [InlineData("running without a start", "'Running', '{}', 1, null, null, 1, 0, 'worker', 1, null, null, null, 0")]
    [InlineData("running without an attempt", "'Running', '{}', 1, 1, null, 0, 0, 'worker', 1, null, null, null, 0")]
    [InlineData("running with an end", "'Running', '{}', 1, 1, 1, 1, 0, 'worker', 1, null, null, null, 0")]
    [InlineData("running with pictures", "'Running', '{}', 1, 1, null, 1, 0, 'worker', 1, '[]', null, null, 0")]
    [InlineData("more released than started", "'Running', '{}', 1, 1, null, 1, 2, 'worker', 1, null, null, null, 0")]
    [InlineData("completed without an outcome", "'Completed', '{}', 1, 1, 1, 1, 0, null, null, null, null, null, 0")]
    [InlineData("completed with two outcomes", "'Completed', '{}', 1, 1, 1, 1, 0, null, null, '[]', 'SystemError', 'why', 1")]
    [InlineData("failed without a reason", "'Completed', '{}', 1, 1, 1, 1, 0, null, null, null, 'SystemError', null, 1")]
    [InlineData("failed and not counted as failed", "'Completed', '{}', 1, 1, 1, 1, 0, null, null, null, 'SystemError', 'why', 0")]
    [InlineData("completed with a lease", "'Completed', '{}', 1, 1, 1, 1, 0, 'worker', 1, '[]', null, null, 0")]
    [InlineData("completed without an end", "'Completed', '{}', 1, 1, null, 1, 0, null, null, '[]', null, null, 0")]
    [InlineData("cancelled after a start", "'Cancelled', '{}', 1, 1, 1, 1, 0, null, null, null, null, null, 0")]
    [InlineData("cancelled without an end", "'Cancelled', '{}', 1, null, null, 0, 0, null, null, null, null, null, 0")]
    [InlineData("cancelled with a failure", "'Cancelled', '{}', 1, null, 1, 0, 0, null, null, null, 'SystemError', 'why', 1")]
    [InlineData("a time that is no number", "'Queued', '{}', 'now', null, null, 0, 0, null, null, null, null, null, 0")]
    public void The_file_refuses_what_no_task_can_be(string what, string values)
    {
        factory.Create();

        FluentActions.Invoking(() => Value($"{Row}{values})")).Should().Throw<SqliteException>(what).Which.SqliteErrorCode.Should().Be(19);
    }

    [Theory]
    [InlineData("'Queued', '{}', 1, null, null, 0, 0, null, null, null, null, null, 0")]
    [InlineData("'Running', '{}', 1, 1, null, 2, 1, 'worker', 1, null, null, null, 0")]
    [InlineData("'Completed', '{}', 1, 1, 1, 1, 0, null, null, '[]', null, null, 0")]
    [InlineData("'Completed', '{}', 1, 1, 1, 1, 0, null, null, null, 'SystemError', 'why', 1")]
    [InlineData("'Cancelled', '{}', 1, null, 1, 0, 0, null, null, null, null, null, 0")]
    public void The_file_takes_what_a_task_can_be(string values)
    {
        factory.Create();

        FluentActions.Invoking(() => Value($"{Row}{values})")).Should().NotThrow();
    }

    [Fact]
    public void The_file_refuses_an_id_of_more_than_16_digits()
    {
        factory.Create();
        Value("insert into sqlite_sequence (name, seq) values ('snapshot_tasks', 9999999999999999)");

        FluentActions.Invoking(() => Value($"{Row}'Queued', '{{}}', 1, null, null, 0, 0, null, null, null, null, null, 0)"))
            .Should().Throw<SqliteException>().Which.SqliteErrorCode.Should().Be(19);
    }

    [Fact]
    public void Claims_and_pages_and_ids_are_found_by_an_index_without_a_sort()
    {
        factory.Create();
        var statements = new SqliteStatements();

        Plan(statements.HoldQueued).Should().Equal("SEARCH snapshot_tasks USING INDEX snapshot_tasks_queued (priority=? AND project=? AND id>?)");
        Plan(statements.NextLane).Should().Equal("SEARCH snapshot_tasks USING COVERING INDEX snapshot_tasks_queued ((priority,project)>(?,?))");
        Plan(statements.HoldExpired).Should().Equal("SEARCH snapshot_tasks USING INDEX snapshot_tasks_leased (lease_expires_at>? AND lease_expires_at<?)");
        Plan(statements.Hold).Should().Equal("SEARCH snapshot_tasks USING INTEGER PRIMARY KEY (rowid=?)");
        Plan(statements.Write).Should().Equal("SEARCH snapshot_tasks USING INTEGER PRIMARY KEY (rowid=?)");
        Plan(statements.Get).Should().Contain("SEARCH snapshot_tasks USING INTEGER PRIMARY KEY (rowid=?)");
        Plan(statements.Page).Should().Equal("SEARCH snapshot_tasks USING INDEX snapshot_tasks_newest (project=? AND created_at>? AND created_at<?)");
        const string half = "SEARCH snapshot_tasks USING INDEX snapshot_tasks_newest_by_state (project=? AND state=? AND failed=? AND created_at>? AND created_at<?)";
        Plan(statements.PageOfState).Should().Equal("MERGE (UNION ALL)", "LEFT", half, "RIGHT", half);
        Plan(statements.CountOfState).Should().Contain(half.Replace("USING INDEX", "USING COVERING INDEX"));
        Plan(statements.Count).Should().Contain(step => step.StartsWith("SEARCH snapshot_tasks USING") && step.Contains("snapshot_tasks_newest (project=?"));
    }

    [Fact]
    public void One_statement_updates_tasks()
    {
        var statements = new SqliteStatements();
        var all = typeof(SqliteStatements).GetProperties().Where(property => property.PropertyType == typeof(string))
            .Select(property => (string)property.GetValue(statements)!).ToList();

        all.Should().HaveCountGreaterThan(10).And.ContainSingle(statement => statement.Contains("update snapshot_tasks\n"));
    }

    private object? Value(string statement) => SqliteConnections.Execute(factory.Writer, statement);

    private List<string> Plan(string statement)
    {
        using var row = new SqliteStatement(factory.Writer, $"explain query plan {statement}");
        var steps = new List<string>();
        while (row.Read())
        {
            steps.Add(row.Text(3));
        }

        return steps;
    }
}
