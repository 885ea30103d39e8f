using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>A database of version 0.1.</summary>
public sealed class PostgresYesterdayTests(PostgresServer server) : YesterdayContract
{
    private string database = "";
    private PostgresTaskStore? store;

    [Fact]
    public async Task A_submission_of_yesterday_can_be_repeated() => await RepeatsAsync(await OpenAsync(), await RowsBeforeAsync());

    [Fact]
    public void It_is_served_only_once_the_scripts_have_been_applied() =>
        FluentActions.Invoking(() => PostgresServer.Open(database)).Should().Throw<InvalidOperationException>().WithMessage("*version 1*Migrate*");

    public override async ValueTask InitializeAsync()
    {
        database = await server.CreateDatabaseAsync(template: "template1");
        await PostgresServer.ExecuteAsync(database, await File.ReadAllTextAsync(PathOf("0.1.sql")));
        await PostgresServer.ExecuteAsync(database, $"create table public.clock as select '{Now:O}'::timestamptz as time");
    }

    public override async ValueTask DisposeAsync() => await (store?.DisposeAsync() ?? default);

    protected override async Task<ITaskStore> OpenAsync() => store ??= new PostgresTaskStore(
        PostgresConnections.Create(database), true, new PostgresOptions { Migrate = true }, statements: PostgresStoreFactory.Statements);

    protected override Task<IReadOnlyList<Dictionary<string, object>>> RowsBeforeAsync() => RowsAsync();

    protected override Task<IReadOnlyList<Dictionary<string, object>>> RowsAsync() => ReadAsync(database, "select * from snapshot_tasks.tasks order by id");

    protected override async Task<(IReadOnlyList<Dictionary<string, object>> Fresh, IReadOnlyList<Dictionary<string, object>> Upgraded)> SchemasAsync()
    {
        const string all = """
            select table_name::text as entry, ordinal_position || ' ' || column_name as name, concat_ws(' ', data_type, is_nullable, column_default, is_identity, identity_maximum, generation_expression) as text
            from information_schema.columns where table_schema = 'snapshot_tasks'
            union all
            select tablename, indexname, indexdef from pg_indexes where schemaname = 'snapshot_tasks'
            union all
            select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint where connamespace = 'snapshot_tasks'::regnamespace
            union all
            select proname, '', prosrc from pg_proc where pronamespace = 'snapshot_tasks'::regnamespace
            union all
            select relname, '', array_to_string(reloptions, ' ') from pg_class where relnamespace = 'snapshot_tasks'::regnamespace
            """;
        return (await ReadAsync(await server.CreateDatabaseAsync(), all), await ReadAsync(database, all));
    }

    private static async Task<IReadOnlyList<Dictionary<string, object>>> ReadAsync(string database, string statement)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return await ReadAsync(connection, statement);
    }
}
