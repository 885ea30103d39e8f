using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Storage;

/// <summary>The rows of subscriptions, within a transaction that has taken the write lock, and what queries read of them.</summary>
internal sealed class SqliteSubscriptions(SqliteConnection connection) : IDisposable
{
    public const string All = $"select {SubscriptionColumns.All} from snapshot_tasks_subscriptions as subscription order by name";

    public const string FindParked = """
        select distinct task
        from snapshot_tasks_parked
        where subscription = @subscription and set_aside_at is null and task in (select value from json_each(@tasks))
        """;

    public const string Due = $"""
        select {SubscriptionColumns.Parked}
        from (
            select task as parked_task, version as parked_version, attempts, due_at, set_aside_at, reason
            from snapshot_tasks_parked indexed by snapshot_tasks_parked_due
            where subscription = @subscription and due_at <= @now
            order by due_at
            limit @limit) as parked
            {ItsEvent}
        order by due_at, number
        """;

    public const string Parked = $"""
        select {SubscriptionColumns.Parked}
        from (
            select task as parked_task, version as parked_version, attempts, due_at, set_aside_at, reason
            from snapshot_tasks_parked indexed by snapshot_tasks_parked_numbers
            where subscription = @subscription and number > @after and (not @only_set_aside or set_aside_at is not null)
            order by number
            limit @limit) as parked
            {ItsEvent}
        order by number
        """;

    /// <summary>A condition of a task: one of its events is still to be delivered to a subscription that was not stopped.</summary>
    public const string IsToBeDelivered = """
        (
            exists (
                select 1 from snapshot_tasks_events
                where task = id and number > (select min(position) from snapshot_tasks_subscriptions where stopped_at is null))
            or exists (
                select 1 from snapshot_tasks_subscriptions cross join snapshot_tasks_parked on subscription = name
                where stopped_at is null and set_aside_at is null and task = id))
        """;

    private const string Mark = """
        insert into snapshot_tasks_marks (subscription, number, task, version)
        values (@subscription, @number, @task, @version)
        on conflict do nothing
        returning 1
        """;

    private const string IsOpen = """
        select position < @number
            or exists (
                select 1 from snapshot_tasks_parked
                where subscription = @subscription and task = @task and version = @version and set_aside_at is null)
        from snapshot_tasks_subscriptions
        where name = @subscription
        """;

    private const string ItsEvent = """
        cross join snapshot_tasks_events as event on event.task = parked_task and event.version = parked_version
            cross join snapshot_tasks on id = event.task
        """;

    private readonly SqliteStatement hold = new(
        connection, $"select {SubscriptionColumns.All} from snapshot_tasks_subscriptions as subscription where name = @name");

    private readonly SqliteStatement write = new(connection, """
        insert into snapshot_tasks_subscriptions (name, position, holder, expires_at, failing_since, stopped_at, reason)
        values (@name, @position, @holder, @expires_at, @failing_since, @stopped_at, @reason)
        on conflict (name) do update
        set position = excluded.position, holder = excluded.holder, expires_at = excluded.expires_at, failing_since = excluded.failing_since,
            stopped_at = excluded.stopped_at, reason = excluded.reason
        """);

    // What became of a task that is gone interests nobody.
    private readonly SqliteStatement park = new(connection, """
        insert into snapshot_tasks_parked (subscription, number, task, version, attempts, due_at, set_aside_at, reason)
        select @subscription, @number, @task, @version, @attempts, @due_at, @set_aside_at, @reason
        where exists (select 1 from snapshot_tasks_events where task = @task and version = @version)
        on conflict (subscription, task, version) do update
        set attempts = excluded.attempts, due_at = excluded.due_at, set_aside_at = excluded.set_aside_at, reason = excluded.reason
        """);

    private readonly SqliteStatement parkBehind = new(connection, """
        insert into snapshot_tasks_parked (subscription, number, task, version, attempts)
        values (@subscription, @number, @task, @version, 0)
        on conflict (subscription, task, version) do nothing
        """);

    private readonly SqliteStatement deliver = new(
        connection, "delete from snapshot_tasks_parked where subscription = @subscription and task = @task and version = @version");

    private readonly SqliteStatement wakeHead = new(connection, """
        update snapshot_tasks_parked
        set due_at = @now
        where subscription = @subscription and task = @task and due_at is null and version = (
            select min(version) from snapshot_tasks_parked where subscription = @subscription and task = @task and set_aside_at is null)
        """);

    private readonly SqliteStatement removeMarks = new(connection, """
        delete from snapshot_tasks_marks
        where subscription = @subscription and number <= @position and not exists (
            select 1 from snapshot_tasks_parked as parked
            where parked.subscription = @subscription and parked.task = snapshot_tasks_marks.task and parked.version = snapshot_tasks_marks.version)
        """);

    private readonly SqliteStatement removeParked = new(connection, """
        delete from snapshot_tasks_parked where subscription in (select name from snapshot_tasks_subscriptions) and task = @task
        """);

    public void Hold(Wanted wanted, Held held)
    {
        foreach (var name in wanted.Subscriptions)
        {
            if (hold.Set("@name", name).Read())
            {
                held.Subscriptions.Add(name, SubscriptionColumns.Read(hold));
                hold.Reset();
            }
        }
    }

    public void Write(Changes changes)
    {
        foreach (var (changed, _) in changes.Subscriptions)
        {
            write.Set("@name", changed.Name).Set("@position", changed.Position).Set("@holder", changed.Holder)
                .Set("@expires_at", SqliteRow.Microseconds(changed.ExpiresAt)).Set("@failing_since", SqliteRow.Microseconds(changed.FailingSince))
                .Set("@stopped_at", SqliteRow.Microseconds(changed.StoppedAt)).Set("@reason", changed.Reason).Execute();
        }

        foreach (var timed in changes.Deliveries)
        {
            Write(timed);
        }

        foreach (var task in changes.Removed)
        {
            removeParked.Set("@task", task.Value).Execute();
        }
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[hold, write, park, parkBehind, deliver, wakeHead, removeMarks, removeParked])
        {
            statement.Dispose();
        }
    }

    /// <summary>Marks an event as delivered once the transaction commits; false when it was delivered.</summary>
    public static bool TryMark(SqliteConnection connection, string subscription, EventKey happened)
    {
        using var mark = new SqliteStatement(connection, Mark);
        using var isOpen = new SqliteStatement(connection, IsOpen);
        var isMarked = Of(mark, subscription, happened).Read();
        mark.Reset();
        return isMarked && Of(isOpen, subscription, happened).Read() && isOpen.IsTrue(0);
    }

    private static SqliteStatement Of(SqliteStatement statement, string subscription, EventKey happened) => statement
        .Set("@subscription", subscription).Set("@number", happened.Number).Set("@task", happened.Task.Value).Set("@version", happened.Version);

    private void Write(TimedDeliveries timed)
    {
        foreach (var row in timed.Parked)
        {
            Of(park, timed.Name, row.Event).Set("@attempts", row.Attempts).Set("@due_at", SqliteRow.Microseconds(row.DueAt))
                .Set("@set_aside_at", SqliteRow.Microseconds(row.SetAsideAt)).Set("@reason", row.Reason).Execute();
        }

        foreach (var behind in timed.Deliveries.Behind)
        {
            Of(parkBehind, timed.Name, behind).Execute();
        }

        foreach (var delivered in timed.Deliveries.Delivered)
        {
            Of(deliver, timed.Name, delivered).Execute();
        }

        foreach (var task in timed.Tasks)
        {
            wakeHead.Set("@subscription", timed.Name).Set("@task", task.Value).Set("@now", SqliteRow.Microseconds(timed.Now)).Execute();
        }

        removeMarks.Set("@subscription", timed.Name).Set("@position", timed.Position).Execute();
    }
}
