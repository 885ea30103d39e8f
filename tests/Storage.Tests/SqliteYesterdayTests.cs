using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>A file of version 0.1, and files of applications that only look like one.</summary>
public sealed class SqliteYesterdayTests() : SqliteYesterdayContract("0.1.db")
{
    private const string Theirs = """
        create table tasks (id integer primary key, title text not null);
        insert into tasks values (1, 'not ours');
        create index tasks_queued on tasks (title);
        pragma user_version = 2
        """;

    [Fact]
    public async Task A_submission_of_yesterday_can_be_repeated() => await RepeatsAsync(await OpenAsync(), await RowsBeforeAsync());

    [Fact]
    public async Task What_an_application_has_in_the_file_stays_and_follows_the_tasks()
    {
        Execute("create view waiting as select id from tasks where state = 'Queued'; create table orders (id integer primary key, task integer references tasks (id)); insert into orders values (1, 6)");

        await OpenAsync();

        Execute("select count(*) from waiting").Should().Be(2L);
        Execute("pragma foreign_key_check").Should().BeNull("and the one order has its task still");
        Execute("select task from orders").Should().Be(6L);
    }

    [Fact]
    public async Task A_number_of_the_application_that_version_0_1_refuses_anyhow_is_not_touched()
    {
        Execute("pragma user_version = 7");

        await OpenAsync();

        Execute("pragma user_version").Should().Be(7L);
    }

    [Fact]
    public async Task A_file_of_an_application_with_a_table_and_a_number_of_its_own_is_used_and_left_alone()
    {
        File.Delete(FilePath);
        Execute(Theirs);
        var before = await SchemaAsync(FilePath, "entry.name like 'tasks%'");

        var store = await OpenAsync();
        var task = (await store.AddAsync(new NewTask(Project, new SnapshotRequest(new("in", "", "a"), new("out", "", "b"), Sampling.At(TimeSpan.Zero))))).Task;

        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle();
        (await SchemaAsync(FilePath, "entry.name like 'tasks%'")).Should().BeEquivalentTo(before);
        Execute("select title from tasks").Should().Be("not ours");
        Execute("pragma user_version").Should().Be(2L);
    }

    [Fact]
    public async Task Stores_that_open_a_file_of_yesterday_at_once_bring_it_up_to_date_once()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(OpenAsync)));

        (await RowsAsync()).Should().HaveCount(11);
        stores.Should().OnlyHaveUniqueItems();
    }
}

/// <summary>A file of the days before version 0.1 had keys and removed tasks.</summary>
public sealed class SqliteEarlyYesterdayTests() : SqliteYesterdayContract("0.1-early.db")
{
    protected override bool HasRemoved => false;
}

public abstract class SqliteYesterdayContract(string file) : YesterdayContract
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("snapshot-tasks-");
    private readonly List<SqliteTaskStore> stores = [];

    protected string FilePath => Path.Combine(folder.FullName, "tasks.db");

    [Fact]
    public async Task Version_0_1_refuses_a_file_that_was_taken_over()
    {
        var known = (long)Execute("pragma user_version")!;
        known.Should().BeInRange(1, 2);

        await OpenAsync();

        Execute("pragma user_version").Should().Be(3L, "it refuses what is above the 2 that it knows");
        Execute("select count(*) from sqlite_schema where name = 'tasks'").Should().Be(0L);
    }

    public override ValueTask InitializeAsync()
    {
        File.Copy(PathOf(file), FilePath);
        return default;
    }

    public override async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }

        folder.Delete(recursive: true);
    }

    protected override Task<ITaskStore> OpenAsync()
    {
        var store = new SqliteTaskStore(FilePath, new FakeTimeProvider(Now));
        lock (stores)
        {
            stores.Add(store);
        }

        return Task.FromResult<ITaskStore>(store);
    }

    protected override async Task<IReadOnlyList<Dictionary<string, object>>> RowsBeforeAsync()
    {
        // Of a copy: a file that is read is already another one.
        var copy = Path.Combine(folder.FullName, "before.db");
        File.Copy(PathOf(file), copy, overwrite: true);
        await using var connection = Connect(copy);
        return await ReadAsync(connection, "select * from tasks order by id");
    }

    protected override async Task<IReadOnlyList<Dictionary<string, object>>> RowsAsync()
    {
        await using var connection = Connect(FilePath);
        return await ReadAsync(connection, "select * from snapshot_tasks order by id");
    }

    protected override async Task<(IReadOnlyList<Dictionary<string, object>> Fresh, IReadOnlyList<Dictionary<string, object>> Upgraded)> SchemasAsync()
    {
        var fresh = Path.Combine(folder.FullName, "fresh.db");
        await new SqliteTaskStore(fresh).DisposeAsync();
        return (await SchemaAsync(fresh), await SchemaAsync(FilePath));
    }

    /// <summary>Every column of every table and index; of an index also its text, which has its condition.</summary>
    protected static async Task<IReadOnlyList<Dictionary<string, object>>> SchemaAsync(string path, string which = "true")
    {
        await using var connection = Connect(path);
        return await ReadAsync(connection, $"""
            select entry.type as entry, entry.name as entry_name, iif(entry.type = 'index', entry.sql, '') as text, columns.*
            from sqlite_schema as entry join pragma_table_xinfo(entry.name) as columns
            where {which}
            """);
    }

    protected object? Execute(string statement)
    {
        using var connection = Connect(FilePath);
        return SqliteConnections.Execute(connection, statement);
    }

    private static SqliteConnection Connect(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }
}
