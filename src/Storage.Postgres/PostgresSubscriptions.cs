using System.Data;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>The rows of subscriptions: what the round trips of a transaction hold and write of them, and what queries read.</summary>
internal static class PostgresSubscriptions
{
    public const string All = $"select {SubscriptionColumns.All} from snapshot_tasks.subscriptions as subscription order by name";

    public const string FindParked = """
        select distinct task
        from snapshot_tasks.parked
        where subscription = $1 and set_aside_at is null and task = any($2)
        """;

    public const string Parked = $"""
        select {SubscriptionColumns.Parked}
        from (
            select task as parked_task, version as parked_version, attempts, due_at, set_aside_at, reason
            from snapshot_tasks.parked
            where subscription = $1 and number > $2 and (not $3 or set_aside_at is not null)
            order by subscription, number
            limit $4) as parked
            {ItsEvent}
        order by number
        """;

    /// <summary>A condition of a task: one of its events is still to be delivered to a subscription that was not stopped.</summary>
    public const string IsToBeDelivered = """
        (
            exists (
                select from snapshot_tasks.events
                where task = tasks.id and number > (select min(position) from snapshot_tasks.subscriptions where stopped_at is null))
            or exists (
                select from snapshot_tasks.subscriptions join snapshot_tasks.parked on subscription = name
                where stopped_at is null and set_aside_at is null and task = tasks.id))
        """;

    private const string ItsEvent = """
        cross join lateral (
                select * from snapshot_tasks.events where task = parked_task and version = parked_version) as event
            cross join lateral (select project from snapshot_tasks.tasks where id = event.task) as task_of_event
        """;

    private const string Hold = $"""
        select {SubscriptionColumns.All}
        from snapshot_tasks.subscriptions as subscription
        where name = any($1)
        order by name
        for update
        """;

    private const string Exist = "select name from snapshot_tasks.subscriptions where name = any($1)";

    // Two hosts may begin the same one: the second goes on with what the first has begun.
    private const string Add = """
        insert into snapshot_tasks.subscriptions (name, position, holder, expires_at, failing_since, stopped_at, reason)
        values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (name) do nothing
        """;

    private const string Write = """
        update snapshot_tasks.subscriptions
        set position = $2, holder = $3, expires_at = $4, failing_since = $5, stopped_at = $6, reason = $7
        where name = $1
        """;

    // What became of a task that is gone interests nobody.
    private const string Park = """
        insert into snapshot_tasks.parked (subscription, number, task, version, attempts, due_at, set_aside_at, reason)
        select $1, failed.*
        from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], $6::timestamptz[], $7::timestamptz[], $8::text[])
            as failed (number, task, version, attempts, due_at, set_aside_at, reason)
        where exists (select from snapshot_tasks.events as event where event.task = failed.task and event.version = failed.version)
        on conflict (subscription, task, version) do update
        set attempts = excluded.attempts, due_at = excluded.due_at, set_aside_at = excluded.set_aside_at, reason = excluded.reason
        """;

    private const string ParkBehind = """
        insert into snapshot_tasks.parked (subscription, number, task, version, attempts)
        select $1, behind.*, 0
        from unnest($2::bigint[], $3::bigint[], $4::bigint[]) as behind (number, task, version)
        on conflict (subscription, task, version) do nothing
        """;

    private const string Deliver = """
        delete from snapshot_tasks.parked as parked
        using unnest($2::bigint[], $3::bigint[], $4::bigint[]) as delivered (number, task, version)
        where subscription = $1 and parked.task = any($3) and parked.task = delivered.task and parked.version = delivered.version
        """;

    private const string WakeHeads = """
        update snapshot_tasks.parked as parked
        set due_at = $3
        from (
            select task, min(version) as version
            from snapshot_tasks.parked
            where subscription = $1 and set_aside_at is null and task = any($2)
            group by task) as head
        where subscription = $1 and parked.task = any($2) and parked.task = head.task and parked.version = head.version and due_at is null
        """;

    private const string RemoveMarks = """
        delete from snapshot_tasks.marks as mark
        where subscription = $1 and number <= $2
            and not exists (
                select from snapshot_tasks.parked as parked
                where parked.subscription = $1 and parked.task = mark.task and parked.version = mark.version)
        """;

    private const string RemoveParked = "delete from snapshot_tasks.parked using snapshot_tasks.subscriptions where subscription = name and task = any($1)";

    private const string Mark = """
        insert into snapshot_tasks.marks (subscription, number, task, version)
        values ($1, $2, $3, $4)
        on conflict do nothing
        returning true
        """;

    // In a later statement than the mark, which may have been made, and taken away, while this one waited.
    private const string IsOpen = """
        select position < $2
            or exists (select from snapshot_tasks.parked where subscription = $1 and task = $3 and version = $4 and set_aside_at is null)
        from snapshot_tasks.subscriptions
        where name = $1
        """;

    public static string Due(string clock) => $"""
        select {SubscriptionColumns.Parked}
        from (
            select task as parked_task, version as parked_version, attempts, due_at, set_aside_at, reason
            from snapshot_tasks.parked
            where subscription = $1 and due_at <= (select {clock})
            order by subscription, due_at
            limit $2) as parked
            {ItsEvent}
        order by due_at, number
        """;

    /// <param name="holding">The round trip.</param>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="held">What is held.</param>
    /// <param name="waits">Whether it waits for what is locked elsewhere.</param>
    public static void HoldWanted(PostgresRoundTrip holding, Wanted wanted, Held held, bool waits)
    {
        if (wanted.Subscriptions.Count > 0)
        {
            string[] names = [.. wanted.Subscriptions];
            holding.Read(
                waits ? Hold : $"{Hold} skip locked",
                row => held.Subscriptions.Add(row.GetString(0), SubscriptionColumns.Read(new PostgresRow(row))),
                PostgresRow.Value(names));
            holding.Read(
                Exist,
                row => _ = held.Subscriptions.ContainsKey(row.GetString(0)) || held.SubscriptionsLockedElsewhere.Add(row.GetString(0)),
                PostgresRow.Value(names));
        }
    }

    public static void WriteChanged(PostgresRoundTrip writing, Changes changes)
    {
        foreach (var (subscription, isNew) in changes.Subscriptions)
        {
            writing.Add(isNew ? Add : Write, PostgresRow.Subscribed(subscription));
        }

        foreach (var timed in changes.Deliveries)
        {
            WriteDeliveries(writing, timed);
        }

        if (changes.Removed.Count > 0)
        {
            writing.Add(RemoveParked, PostgresRow.Array(changes.Removed, id => id.Value));
        }
    }

    /// <summary>Marks an event in a transaction of its own; none when it was delivered.</summary>
    public static async Task<DeliveryTransaction?> BeginDeliveryAsync(
        NpgsqlConnection connection, PostgresStatements statements, TimeSpan lockTimeout, string subscription, EventKey happened, CancellationToken cancellationToken)
    {
        NpgsqlParameter[] Key() =>
        [
            PostgresRow.Value(subscription), PostgresRow.Value(happened.Number), PostgresRow.Value(happened.Task.Value), PostgresRow.Value(happened.Version),
        ];
        var (isMarked, isOpen) = (false, false);
        var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var mark = new PostgresRoundTrip(connection);
        mark.Read(statements.RememberLockTimeout, _ => { });
        mark.Read(statements.SetLockTimeout, _ => { }, PostgresRow.Value($"{(long)lockTimeout.TotalMilliseconds}ms"));
        mark.Read(Mark, row => isMarked = row.GetBoolean(0), Key());
        mark.Read(IsOpen, row => isOpen = row.GetBoolean(0), Key());
        mark.Read(statements.GiveBackLockTimeout, _ => { });
        try
        {
            await mark.SendAsync(cancellationToken);
        }
        catch (PostgresException)
        {
            await transaction.DisposeAsync();
            PostgresRoundTrip.ForgetPrepared(connection);
            throw;
        }

        if (isMarked && isOpen)
        {
            return new DeliveryTransaction(transaction);
        }

        await transaction.DisposeAsync();
        return null;
    }

    private static void WriteDeliveries(PostgresRoundTrip writing, TimedDeliveries timed)
    {
        var (name, deliveries) = (timed.Name, timed.Deliveries);
        if (timed.Parked.Count > 0)
        {
            writing.Add(Park, [PostgresRow.Value(name), .. PostgresRow.Parked(timed.Parked)]);
        }

        if (deliveries.Behind.Count > 0)
        {
            writing.Add(ParkBehind, [PostgresRow.Value(name), .. PostgresRow.Keys(deliveries.Behind)]);
        }

        if (deliveries.Delivered.Count > 0)
        {
            writing.Add(Deliver, [PostgresRow.Value(name), .. PostgresRow.Keys(deliveries.Delivered)]);
        }

        if (timed.Tasks.Select(task => task.Value).ToArray() is { Length: > 0 } tasks)
        {
            writing.Add(WakeHeads, PostgresRow.Value(name), PostgresRow.Value(tasks), PostgresRow.Time(timed.Now));
        }

        writing.Add(RemoveMarks, PostgresRow.Value(name), PostgresRow.Value(timed.Position));
    }
}
