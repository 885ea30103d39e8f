namespace SnapshotTasks.Storage;

/// <summary>All SQL of the store. Tests replace one statement to show that a store broken in this way is caught.</summary>
/// <remarks>Every statement names the schema, so that it means the same on any connection.</remarks>
/// <param name="Clock">The store's time: that of the server at the moment it is asked, in microseconds. <c>now()</c> would be when the transaction began.</param>
internal sealed record PostgresStatements(string Clock = "clock_timestamp()")
{
    /// <summary>A promise is not left to the settings of a server, a database or a role. No statement of its own: it is part of every transaction.</summary>
    public const string SyncCommit = "case when current_setting('synchronous_commit') = 'off' then set_config('synchronous_commit', 'on', true) end";

    private const string StartsLock = "hashtextextended('snapshot_tasks.starts', 0)";
    private const string Core = TaskColumns.Core;
    private const string Whole = TaskColumns.Whole;

    // The first queued task of each lane, one entry of the index for each, from the one before.
    public static string HeadsOfLanes(string bound = "") => $"""
        lane (priority, project, id, created_at, step) as (
            (
                select priority, project, id, created_at, 1
                from snapshot_tasks.tasks
                where state = 'Queued'
                order by priority, project, id
                limit 1)
            union all
            select next.priority, next.project, next.id, next.created_at, lane.step + 1
            from lane
                cross join lateral (
                    select priority, project, id, created_at
                    from snapshot_tasks.tasks
                    where state = 'Queued' and (priority, project) > (lane.priority, lane.project)
                    order by priority, project, id
                    limit 1) as next
            {bound})
        """;

    /// <summary>A decision is made on the row as it is when it is locked, so that a stricter isolation would only fail more often.</summary>
    public string Begin { get; init; } = "begin isolation level read committed";

    /// <summary>Plans every statement once and by its index, for this transaction only.</summary>
    /// <remarks>
    /// Left to itself the server plans the larger statements again at each use, which costs more than their execution; and a plan
    /// that it keeps from when the table was empty would read all that has come since, until the table is analyzed. A small table
    /// without an index is read all the same, but counts as so expensive then that its plan would be compiled. Warnings are heard
    /// as well: one that comes with the commit is all that tells of a standby which does not have it.
    /// </remarks>
    public string KeepPlans { get; init; } = """
        select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true), set_config('jit', 'off', true),
            set_config('client_min_messages', 'warning', true)
        """;

    /// <summary>Plans a page once, and in the order of its index: nothing is read that is not on the page or before it.</summary>
    /// <remarks>A plan that knows nothing of what is asked for expects few tasks: it would read all that there are and sort them.</remarks>
    public string KeepPlansInOrder { get; init; } = """
        select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
            set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true), set_config('jit', 'off', true)
        """;

    /// <summary>Plans what follows in the same round trip for the very state, times and limit that are asked for.</summary>
    public string PlanAnew { get; init; } = "select set_config('plan_cache_mode', 'force_custom_plan', true)";

    public string Commit { get; init; } = "commit";

    /// <summary>Whether the server still works for a connection that was made with the same role.</summary>
    public string IsAtWork { get; init; } = "select exists (select from pg_stat_activity where pid = $1 and state = 'active')";

    public string RollBack { get; init; } = "rollback";

    /// <summary>How long this transaction waits for strangers.</summary>
    public string SetLockTimeout { get; init; } = "select set_config('lock_timeout', $1, true)";

    /// <summary>Locks rows without waiting for anybody, in whatever order: what is locked elsewhere is not there.</summary>
    public string Hold { get; init; } = HoldById(Core, "for update skip locked");

    /// <inheritdoc cref="Hold"/>
    public string HoldWhole { get; init; } = HoldById(Whole, "for update skip locked");

    /// <summary>Locks rows and waits for them in the order of their ids, in which two that wait for each other's rows cannot block each other.</summary>
    public string HoldAndWait { get; init; } = HoldById(Core, "order by id for update");

    /// <inheritdoc cref="HoldAndWait"/>
    public string HoldWholeAndWait { get; init; } = HoldById(Whole, "order by id for update");

    /// <summary>Of the rows that were not locked, those that are there all the same.</summary>
    public string Exist { get; init; } = "select id from snapshot_tasks.tasks where id = any($1)";

    /// <summary>Tasks that can be taken over. The state is a literal, or the partial index could not be used.</summary>
    /// <remarks>It excludes the rows that its transaction holds, because nobody skips locks of his own.</remarks>
    public string HoldExpired { get; init; } = $"""
        select {Whole}
        from snapshot_tasks.tasks
        where state = 'Running' and deferred_code is null and lease_expires_at >= $3 and lease_expires_at <= (select {Clock}) and id <> all($1)
        order by lease_expires_at, id
        limit $2
        for update skip locked
        """;

    /// <summary>Tasks that can start, of some lanes some each. The state is a literal, or the partial index could not be used.</summary>
    public string HoldQueued { get; init; } = $"""
        select task.*
        from unnest($2::smallint[], $3::text[], $4::bigint[], $5::bigint[]) as lane (priority, project, after, most)
            cross join lateral (
                select {Whole}
                from snapshot_tasks.tasks
                where state = 'Queued' and priority = lane.priority and project = lane.project and id > lane.after and id <> all($1)
                order by priority, project, id
                limit lane.most
                for update skip locked) as task
        """;

    /// <summary>How many tasks of each project run.</summary>
    public string Running { get; init; } = "select project, count(*) from snapshot_tasks.tasks where state = 'Running' and deferred_code is null group by project";

    /// <summary>The first queued task of each lane.</summary>
    public string Lanes { get; init; } = $"with recursive {HeadsOfLanes()} select priority, project, id from lane";

    /// <summary>When the first of all leases expires.</summary>
    public string FirstExpiry { get; init; } =
        "select lease_expires_at from snapshot_tasks.tasks where state = 'Running' and deferred_code is null order by lease_expires_at, id limit 1";

    /// <summary>Tasks whose deferral is over, of some lanes some each.</summary>
    public string HoldDeferred { get; init; } = $"""
        select task.*
        from unnest($2::smallint[], $3::text[], $4::bigint[]) as lane (priority, project, most)
            cross join lateral (
                select {Whole}
                from snapshot_tasks.tasks
                where state = 'Running' and deferred_code is not null and priority = lane.priority and project = lane.project
                    and lease_expires_at <= (select {Clock}) and id <> all($1)
                order by priority, project, lease_expires_at, id
                limit lane.most
                for update skip locked) as task
        """;

    /// <summary>The lanes that have deferrals, one entry of the index for each, and whether one of them is over.</summary>
    public string DeferringLanes { get; init; } = $"""
        with recursive lane (priority, project, until) as (
            (
                select priority, project, lease_expires_at
                from snapshot_tasks.tasks
                where state = 'Running' and deferred_code is not null
                order by priority, project, lease_expires_at, id
                limit 1)
            union all
            select next.priority, next.project, next.lease_expires_at
            from lane
                cross join lateral (
                    select priority, project, lease_expires_at
                    from snapshot_tasks.tasks
                    where state = 'Running' and deferred_code is not null and (priority, project) > (lane.priority, lane.project)
                    order by priority, project, lease_expires_at, id
                    limit 1) as next)
        select priority, project, until <= (select {Clock}) from lane
        """;

    /// <summary>What is paused, read after nobody can pause anything any more.</summary>
    public string Pauses { get; init; } = "select project, paused_by, reason, paused_at from snapshot_tasks.pauses";

    public string Pause { get; init; } = "insert into snapshot_tasks.pauses (project, paused_by, reason, paused_at) values ($1, $2, $3, $4)";

    public string Resume { get; init; } = "delete from snapshot_tasks.pauses where project = $1";

    /// <summary>Lets nobody pause anything until the transaction ends, unless somebody is about to.</summary>
    public string LockStarts { get; init; } = $"select pg_try_advisory_xact_lock_shared({StartsLock})";

    /// <inheritdoc cref="LockStarts"/>
    public string LockStartsAndWait { get; init; } = $"select pg_advisory_xact_lock_shared({StartsLock}) is not null";

    /// <summary>Lets nobody start anything until the transaction ends, unless somebody does now.</summary>
    public string LockPauses { get; init; } = $"select pg_try_advisory_xact_lock({StartsLock})";

    /// <inheritdoc cref="LockPauses"/>
    public string LockPausesAndWait { get; init; } = $"select pg_advisory_xact_lock({StartsLock}) is not null";

    /// <summary>Takes keys for this transaction, or finds that another one has them, which leaves the batch.</summary>
    /// <remarks>
    /// An insert waits in the unique index for whoever is inserting the same key, and two batches with two keys in another
    /// order would wait for each other. Whoever has the lock of a key is the only one that looks for it and inserts it, so
    /// that nobody ever waits in the index. Two keys of the same hash wait for each other, which harms nobody.
    /// </remarks>
    public string TakeKeys { get; init; } = """
        select project, key, pg_try_advisory_xact_lock(hashtextextended(project || ' ' || key, 0))
        from unnest($1::text[], $2::text[]) as wanted (project, key)
        """;

    public string TakeKeysAndWait { get; init; } = """
        select project, key, pg_advisory_xact_lock(hashtextextended(project || ' ' || key, 0)) is not null
        from unnest($1::text[], $2::text[]) as wanted (project, key)
        """;

    /// <summary>The tasks that have keys, seen after the keys were taken; a subquery per key, which keeps to the index of keys.</summary>
    public string FindByKey { get; init; } = $"""
        select found.*
        from unnest($1::text[], $2::text[]) as wanted (project, key)
            cross join lateral (
                select {TaskColumns.Keyed}
                from snapshot_tasks.tasks
                where project = wanted.project and idempotency_key = wanted.key
                limit 1) as found
        """;

    /// <summary>Ids for tasks to add: decisions of the same batch see them as they will be.</summary>
    public string NewIds { get; init; } = "select nextval('snapshot_tasks.tasks_id_seq') from generate_series(1, $1)";

    /// <summary>The time, in a statement of its own after those that lock: theirs is read before they wait.</summary>
    public string Now { get; init; } = $"select {Clock}, {SyncCommit}, {PostgresSchema.OldestSoftware}, {PostgresEvents.AreKept}";

    public string Add { get; init; } = """
        insert into snapshot_tasks.tasks (
            id, state, started_at, ended_at, attempt, released_attempts,
            lease_holder, lease_expires_at, pictures, failure_code, failure_reason, version, publishing, deferred_code, deferred_reason,
            project, request, created_at, trace_parent, idempotency_key, request_hash, priority)
        overriding system value
        select *
        from unnest(
            $1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[],
            $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::bigint[],
            $13::boolean[], $14::text[], $15::text[],
            $16::text[], $17::text[], $18::timestamptz[], $19::text[], $20::text[], $21::text[], $22::smallint[])
        """;

    /// <summary>Writes what was decided, whatever it was, over the rows it was decided on.</summary>
    /// <remarks>The ids are also given as an array: joining <c>unnest</c> alone may turn to reading the whole table.</remarks>
    public string Write { get; init; } = """
        with written as (
            update snapshot_tasks.tasks as task
            set state = decided.state, started_at = decided.started_at, ended_at = decided.ended_at,
                attempt = decided.attempt, released_attempts = decided.released_attempts,
                lease_holder = decided.lease_holder, lease_expires_at = decided.lease_expires_at,
                pictures = decided.pictures, failure_code = decided.failure_code, failure_reason = decided.failure_reason,
                version = decided.version,
                publishing = decided.publishing, deferred_code = decided.deferred_code, deferred_reason = decided.deferred_reason
            from unnest(
                $1::bigint[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::integer[], $6::integer[],
                $7::text[], $8::timestamptz[], $9::text[], $10::text[], $11::text[], $12::bigint[],
                $13::boolean[], $14::text[], $15::text[], $16::bigint[])
                as decided (
                    id, state, started_at, ended_at, attempt, released_attempts,
                    lease_holder, lease_expires_at, pictures, failure_code, failure_reason, version,
                    publishing, deferred_code, deferred_reason, held_version)
            where task.id = any($1) and task.id = decided.id and task.version = decided.held_version
            returning task.id)
        select snapshot_tasks.expect((select count(*) from written), cardinality($1))
        """;

    /// <inheritdoc cref="PostgresEvents.Floor"/>
    public string Floor { get; init; } = PostgresEvents.Floor;

    public string AddEvents { get; init; } = PostgresEvents.Add;

    /// <summary>Locks what ended long ago among the next ids, but for what somebody else has locked, and says how far it looked.</summary>
    public string HoldEnded { get; init; } = $"""
        with looked as materialized (
            select id, created_at, ended_at
            from snapshot_tasks.tasks
            where id > $1
            order by id
            limit $2),
        old as materialized (
            select id
            from snapshot_tasks.tasks
            where id = any(array(select id from looked where ended_at <= (select {Clock}) - $3)) and not {PostgresSubscriptions.IsToBeDelivered}
            for update skip locked)
        select array(select id from old), count(*), max(id), max(created_at)
        from looked
        """;

    public string Remove { get; init; } = """
        with removed as (
            delete from snapshot_tasks.tasks
            where id = any($1)
            returning id)
        select snapshot_tasks.expect((select count(*) from removed), cardinality($1))
        """;

    public string SetSavepoint { get; init; } = "savepoint snapshot_tasks";
    public string RollBackToSavepoint { get; init; } = "rollback to savepoint snapshot_tasks";
    public string ReleaseSavepoint { get; init; } = "release savepoint snapshot_tasks";

    /// <summary>In a caller's transaction the caller's lock time-out is remembered, to be given back.</summary>
    public string RememberLockTimeout { get; init; } = "select set_config('snapshot_tasks.lock_timeout', current_setting('lock_timeout'), true)";

    public string GiveBackLockTimeout { get; init; } = "select set_config('lock_timeout', current_setting('snapshot_tasks.lock_timeout'), true)";

    /// <summary>Which database this is, by whatever way it was reached.</summary>
    public string Identity { get; init; } = """
        select system_identifier::text || '/' || (select oid from pg_database where datname = current_database())
        from pg_control_system()
        """;

    /// <summary>A transaction that only tells waits for no disk, as nothing is lost with it that a poll does not find.</summary>
    public string NotifyUnsynced { get; init; } = "select set_config('synchronous_commit', 'off', true)";

    /// <summary>Wakes the workers of other processes.</summary>
    public string Notify { get; init; } = "select pg_notify('snapshot_tasks', $1)";

    /// <summary>Wakes whoever waits for events.</summary>
    public string NotifyOfEvents { get; init; } = "select pg_notify('snapshot_tasks_events', '')";

    public string Listen { get; init; } = "listen snapshot_tasks; listen snapshot_tasks_events";

    public string Get { get; init; } = $"select {Whole} from snapshot_tasks.tasks where id = any($1) and project = $2";

    /// <summary>The upper bound is a place: a time, and the id below which those of this very time are.</summary>
    public string Page { get; init; } = $"""
        select {Whole}
        from snapshot_tasks.tasks
        where project = $1 and created_at >= $2 and (created_at, id) < ($3, $7) and ($4::boolean is null or failed = $4)
        order by created_at desc, id desc
        limit $5 offset $6
        """;

    /// <summary>One half without and one with a failure: the index holds each in order, and of each no more is read than the page needs.</summary>
    /// <remarks>
    /// Rows are compared and ordered by all columns of the index that is meant: where a state is said to be equal, another index has
    /// the order as well, which with many tasks looks cheaper and reads over all tasks of other states.
    /// </remarks>
    public string PageOfState { get; init; } = $"""
        select {Whole}
        from snapshot_tasks.tasks
        where id = any(array(
            select id
            from (
                (
                    select created_at, id
                    from snapshot_tasks.tasks
                    where (project, state, failed, created_at) >= ($1, $8, false, $2)
                        and (project, state, failed, created_at, id) < ($1, $8, false, $3, $7) and $4 is not true
                    order by project desc, state desc, failed desc, created_at desc, id desc
                    limit $5::bigint + $6)
                union all (
                    select created_at, id
                    from snapshot_tasks.tasks
                    where (project, state, failed, created_at) >= ($1, $8, true, $2)
                        and (project, state, failed, created_at, id) < ($1, $8, true, $3, $7) and $4 is not false
                    order by project desc, state desc, failed desc, created_at desc, id desc
                    limit $5::bigint + $6)) as page
            order by created_at desc, id desc
            limit $5 offset $6))
        order by created_at desc, id desc
        """;

    /// <summary>Read on from a task by the index that has all of the order, whatever the state: who goes through all of them reads each once.</summary>
    public string Next { get; init; } = $"""
        select {Whole}
        from snapshot_tasks.tasks
        where (project, created_at, id) > ($1, $6, $7) and (project, created_at) <= ($1, $3) and created_at >= $2
            and ($4::boolean is null or failed = $4) and ($8::text is null or state = $8)
        order by project, created_at, id
        limit $5
        """;

    public string Count { get; init; } = """
        select count(*)
        from (
            select
            from snapshot_tasks.tasks
            where project = $1 and created_at between $2 and $3 and ($4::boolean is null or failed = $4)
            limit $5) as counted
        """;

    /// <summary>Counts the entries of two partial indexes, which hold only what waits and what runs; the oldest that waits is the first of a lane.</summary>
    public string Measure { get; init; } = $"""
        with recursive clock as materialized (
            select {Clock} as now),
        {HeadsOfLanes("where lane.step < $1")}
        select
            (select count(*) from (select from snapshot_tasks.tasks where state = 'Queued' limit $1) as queued),
            (select count(*) from (select from snapshot_tasks.tasks where state = 'Running' and deferred_code is null limit $1) as running),
            (select count(*) from (
                select from snapshot_tasks.tasks
                where state = 'Running' and deferred_code is null and lease_expires_at <= (select now from clock)
                limit $1) as expired),
            (select count(*) from (select from snapshot_tasks.tasks where state = 'Running' and deferred_code is not null limit $1) as deferred),
            (select min(created_at) from lane),
            (
                select min(lease_expires_at)
                from snapshot_tasks.tasks
                where state = 'Running' and deferred_code is null and lease_expires_at <= (select now from clock)),
            (select now from clock),
            {PostgresSchema.OldestSoftware},
            (select min(created_at) from lane where priority = 0),
            (select min(created_at) from lane where priority = 1),
            (select min(created_at) from lane where priority = 2),
            (select min(created_at) from lane where project not in (select project from snapshot_tasks.pauses)),
            current_setting('transaction_read_only')::boolean
        """;

    public string CountOfState { get; init; } = """
        select count(*)
        from (
            select
            from snapshot_tasks.tasks
            where project = $1 and state = $6 and failed in (coalesce($4, false), coalesce($4, true)) and created_at between $2 and $3
            limit $5) as counted
        """;

    // = any of an array keeps to the primary key; joining unnest may turn to reading the whole table.
    private static string HoldById(string columns, string locking) => $"select {columns} from snapshot_tasks.tasks where id = any($1) {locking}";
}
