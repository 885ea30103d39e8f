using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Storage;

/// <summary>The rows of events, within a transaction that has taken the write lock, and what queries read of them.</summary>
internal sealed class SqliteEvents(SqliteConnection connection, SqliteStatements statements) : IDisposable
{
    public const string Kept = "select kept, removed_up_to from snapshot_tasks_kept_events";

    /// <summary>The last number, also when its event is gone. There is one writer, so that what has a higher number was committed later.</summary>
    /// <remarks>SQLite's own sequence would be written once more for each event.</remarks>
    public const string Settled = "select max(removed_up_to, coalesce((select max(number) from snapshot_tasks_events), 0)) from snapshot_tasks_kept_events";

    public const string Last = $"select {EventColumns.Position} from snapshot_tasks_events where number <= @up_to order by number desc limit 1";

    public const string Look = $"""
        select {EventColumns.Position}
        from (select {EventColumns.Position} from snapshot_tasks_events where number > @after and number <= @up_to order by number limit @limit)
        order by number desc
        limit 1
        """;

    public const string Page = $"""
        select {EventColumns.All}
        from snapshot_tasks_events as event cross join snapshot_tasks on id = task
        where number > @after and number <= @up_to and (@project is null or project = @project)
        order by number
        limit @limit
        """;

    public const string History = $"""
        select {EventColumns.All}
        from snapshot_tasks_events as event cross join snapshot_tasks on id = task
        where task = @task and project = @project
        order by event.version
        limit @limit
        """;

    private readonly SqliteStatement add = new(connection, statements.AddEvent);
    private readonly SqliteStatement settled = new(connection, Settled);
    private readonly SqliteStatement keep = new(connection, "update snapshot_tasks_kept_events set kept = @keep");
    private readonly SqliteStatement noteRemoved = new(connection, """
        update snapshot_tasks_kept_events
        set removed_up_to = max(removed_up_to, coalesce((select max(number) from snapshot_tasks_events where task = @task), 0))
        """);

    private readonly SqliteStatement remove = new(connection, "delete from snapshot_tasks_events where task = @task");

    public void Write(Changes changes)
    {
        var last = changes.Events.Count > 0 ? LastNumber() : 0;
        foreach (var happened in changes.Events)
        {
            add.Set("@number", ++last).Set("@task", happened.Task.Value).Set("@version", happened.Version).Set("@what", happened.What.ToString())
                .Set("@at", SqliteRow.Microseconds(happened.At)).Set("@attempt", happened.Attempt)
                .Set("@holder", happened.Holder).Set("@who", happened.By).Set("@why", happened.Reason).Execute();
        }

        foreach (var task in changes.Removed)
        {
            noteRemoved.Set("@task", task.Value).Execute();
            remove.Set("@task", task.Value).Execute();
        }

        if (changes.KeepsEvents is { } kept)
        {
            keep.Set("@keep", kept ? 1 : 0).Execute();
        }
    }

    private long LastNumber()
    {
        settled.Read();
        var last = settled.Number(0);
        settled.Reset();
        return last;
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[add, settled, keep, noteRemoved, remove])
        {
            statement.Dispose();
        }
    }
}
