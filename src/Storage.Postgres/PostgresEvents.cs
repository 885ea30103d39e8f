namespace SnapshotTasks.Storage;

/// <summary>The rows of events: what the round trips of a transaction write of them, and what queries read.</summary>
/// <remarks>
/// Numbers are drawn in another order than transactions commit in. Every transaction that changes tasks holds a shared lock whose key is the last
/// number that was drawn before, so that whoever reads knows below which number nothing comes any more: the smaller of the last number drawn
/// and the lowest such lock, read in this order, and the events in a later statement.
/// </remarks>
internal static class PostgresEvents
{
    // The key of the lock has it above the number, so that nobody else's lock is taken for one.
    private const string Tag = "77";

    /// <summary>One lock a transaction, however often it is asked for: a setting of the transaction remembers it, and both go with a savepoint.</summary>
    public const string Floor = $"""
        select case when coalesce(current_setting('snapshot_tasks.floor', true), '') = '' then
            set_config('snapshot_tasks.floor', last_value::text, true)
            || (pg_advisory_xact_lock_shared(({Tag}::bigint << 48) | (last_value - (not is_called)::integer)) is null)::text end
        from snapshot_tasks.events_number_seq
        """;

    /// <summary>Whether events are kept, as a part of a statement after the lock; a transaction that sees an older state than that keeps them always.</summary>
    public const string AreKept = "((select kept from snapshot_tasks.kept_events) or current_setting('transaction_isolation') <> 'read committed')";

    public const string Kept = "select kept, removed_up_to from snapshot_tasks.kept_events";

    public const string LastDrawn = "select last_value - (not is_called)::integer from snapshot_tasks.events_number_seq";

    public const string LowestFloor = $"select min(((classid::bigint << 32) | objid::bigint) & ((1::bigint << 48) - 1)) from {Floors}";

    /// <summary>The transactions that change tasks now, each with its session.</summary>
    public const string Writers = $"select virtualtransaction, coalesce(pid, 0)::bigint from {Floors}";

    public const string Last = $"select {EventColumns.Position} from snapshot_tasks.events where number <= $1 order by number desc limit 1";

    public const string Look = $"""
        select {EventColumns.Position}
        from (select {EventColumns.Position} from snapshot_tasks.events where number > $1 and number <= $2 order by number limit $3) as looked
        order by number desc
        limit 1
        """;

    public const string Page = $"""
        select {EventColumns.All}
        from snapshot_tasks.events as event
            cross join lateral (select project from snapshot_tasks.tasks where id = event.task) as task_of_event
        where number > $1 and number <= $2 and ($3::text is null or project = $3)
        order by number
        limit $4
        """;

    public const string History = $"""
        select {EventColumns.All}
        from snapshot_tasks.events as event
            cross join lateral (select project from snapshot_tasks.tasks where id = event.task) as task_of_event
        where task = $1 and project = $2
        order by event.version
        limit $3
        """;

    public const string Add = """
        insert into snapshot_tasks.events (task, version, what, at, attempt, holder, who, why)
        select *
        from unnest($1::bigint[], $2::bigint[], $3::text[], $4::timestamptz[], $5::integer[], $6::text[], $7::text[], $8::text[])
        """;

    private const string Floors = $"""
        pg_locks
        where locktype = 'advisory' and objsubid = 1 and mode = 'ShareLock' and granted and classid::bigint >> 16 = {Tag}
            and database = (select oid from pg_database where datname = current_database())
        """;

    private const string Keep = "update snapshot_tasks.kept_events set kept = $1";

    private const string Remove = """
        with removed as (
            delete from snapshot_tasks.events
            where task = any($1)
            returning number)
        update snapshot_tasks.kept_events
        set removed_up_to = (select max(number) from removed)
        where removed_up_to < (select max(number) from removed)
        """;

    /// <param name="writing">The round trip.</param>
    /// <param name="changes">What was decided.</param>
    /// <param name="add">The statement that adds events.</param>
    public static void Write(PostgresRoundTrip writing, Changes changes, string add)
    {
        if (changes.Events.Count > 0)
        {
            writing.Add(add, PostgresRow.Happened(changes.Events));
        }

        if (changes.Removed.Count > 0)
        {
            writing.Add(Remove, PostgresRow.Array(changes.Removed, id => id.Value));
        }

        if (changes.KeepsEvents is { } keep)
        {
            writing.Add(Keep, PostgresRow.Value(keep));
        }
    }
}
