namespace SnapshotTasks.Storage;

/// <summary>All SQL of the store. Tests replace one statement to show that a store broken in this way is caught.</summary>
internal sealed record SqliteStatements
{
    private const string Core = TaskColumns.Core;
    private const string Whole = TaskColumns.Whole;

    /// <summary>What every connection is told: sync every commit.</summary>
    public string Connect { get; init; } = "pragma synchronous = full";

    /// <summary>What the writer's connection is told as well: with less, the pages of a large batch would be written twice, before the commit and by it.</summary>
    public string ConnectToWrite { get; init; } = "pragma cache_size = -16000";

    /// <summary>Takes the one write lock of the file: a deferred transaction that reads and then writes fails when another has written between.</summary>
    public string Begin { get; init; } = "begin immediate";

    /// <summary>Takes the write lock in a transaction that a caller has begun: what is read from then on is held.</summary>
    public string TakeWriteLock { get; init; } = "delete from snapshot_tasks where id is null";

    public string Commit { get; init; } = "commit";
    public string RollBack { get; init; } = "rollback";

    /// <summary>Puts all that is in the log into the file: 0 when it did.</summary>
    public string CopyLog { get; init; } = "pragma wal_checkpoint(truncate)";

    public string SetSavepoint { get; init; } = "savepoint snapshot_tasks";
    public string RollBackToSavepoint { get; init; } = "rollback to snapshot_tasks";
    public string ReleaseSavepoint { get; init; } = "release snapshot_tasks";

    public string Add { get; init; } = """
        insert into snapshot_tasks (
            id, project, state, request, created_at, started_at, ended_at, attempt, released_attempts,
            lease_holder, lease_expires_at, pictures, failure_code, failure_reason, failed,
            idempotency_key, request_hash, trace_parent, version, priority, publishing, deferred_code, deferred_reason)
        values (
            @id, @project, @state, @request, @created_at, @started_at, @ended_at, @attempt, @released_attempts,
            @lease_holder, @lease_expires_at, @pictures, @failure_code, @failure_reason, @failure_code is not null,
            @idempotency_key, @request_hash, @trace_parent, @version, @priority, @publishing, @deferred_code, @deferred_reason)
        """;

    public string HoldByKey { get; init; } = $"""
        select {TaskColumns.Keyed}
        from snapshot_tasks indexed by snapshot_tasks_by_key
        where project = @project and idempotency_key = @idempotency_key
        """;

    public string Hold { get; init; } = $"select {Core} from snapshot_tasks where id = @id";

    public string HoldWhole { get; init; } = $"select {Whole} from snapshot_tasks where id = @id";

    /// <summary>Tasks that can be taken over. The state is a literal, or the partial index could not be used.</summary>
    public string HoldExpired { get; init; } = $"""
        select {Whole}
        from snapshot_tasks indexed by snapshot_tasks_leased
        where state = 'Running' and deferred_code is null and lease_expires_at >= @expiry and lease_expires_at <= @now
        order by lease_expires_at, id
        limit @limit
        """;

    /// <summary>How many tasks of each project run.</summary>
    public string Running { get; init; } = "select project, count(*) from snapshot_tasks indexed by snapshot_tasks_leased where state = 'Running' and deferred_code is null group by project";

    /// <summary>When the first of all leases expires.</summary>
    public string FirstExpiry { get; init; } =
        "select lease_expires_at from snapshot_tasks indexed by snapshot_tasks_leased where state = 'Running' and deferred_code is null order by lease_expires_at limit 1";

    /// <summary>The lane after one that has something queued, and its first task.</summary>
    public string NextLane { get; init; } = """
        select priority, project, id
        from snapshot_tasks indexed by snapshot_tasks_queued
        where state = 'Queued' and (priority, project) > (@priority, @project)
        order by priority, project, id
        limit 1
        """;

    /// <summary>Tasks of a lane that can start. The state is a literal, or the partial index could not be used.</summary>
    public string HoldQueued { get; init; } = $"""
        select {Whole}
        from snapshot_tasks indexed by snapshot_tasks_queued
        where state = 'Queued' and priority = @priority and project = @project and id > @after
        order by priority, project, id
        limit @limit
        """;

    /// <summary>The lane after one with deferrals, and its first.</summary>
    public string NextDeferringLane { get; init; } = """
        select priority, project, lease_expires_at
        from snapshot_tasks indexed by snapshot_tasks_deferred
        where state = 'Running' and deferred_code is not null and (priority, project) > (@priority, @project)
        order by priority, project, lease_expires_at, id
        limit 1
        """;

    /// <summary>Tasks of a lane whose deferral is over.</summary>
    public string HoldDeferred { get; init; } = $"""
        select {Whole}
        from snapshot_tasks indexed by snapshot_tasks_deferred
        where state = 'Running' and deferred_code is not null and priority = @priority and project = @project and lease_expires_at <= @now
        order by priority, project, lease_expires_at, id
        limit @limit
        """;

    public string Pauses { get; init; } = "select project, paused_by, reason, paused_at from snapshot_tasks_pauses";

    public string Pause { get; init; } =
        "insert into snapshot_tasks_pauses (project, paused_by, reason, paused_at) values (@project, @paused_by, @reason, @paused_at)";

    public string Resume { get; init; } = "delete from snapshot_tasks_pauses where project = @project";

    /// <summary>Writes what was decided, whatever it was, over the row it was decided on.</summary>
    public string Write { get; init; } = """
        update snapshot_tasks
        set state = @state, started_at = @started_at, ended_at = @ended_at,
            attempt = @attempt, released_attempts = @released_attempts,
            lease_holder = @lease_holder, lease_expires_at = @lease_expires_at,
            pictures = @pictures, failure_code = @failure_code, failure_reason = @failure_reason,
            failed = @failure_code is not null, version = @version,
            publishing = @publishing, deferred_code = @deferred_code, deferred_reason = @deferred_reason
        where id = @id and version = @held_version
        """;

    /// <summary>Tasks in the order of their ids, to look for those that ended long ago.</summary>
    public string HoldEnded { get; init; } = "select id, created_at, ended_at from snapshot_tasks where id > @after order by id limit @limit";

    public string IsToBeDelivered { get; init; } = $"select {SqliteSubscriptions.IsToBeDelivered} from snapshot_tasks where id = @id";

    /// <summary>The last id that was drawn, also when its task is gone.</summary>
    public string LastId { get; init; } = "select seq from sqlite_sequence where name = 'snapshot_tasks'";

    public string Remove { get; init; } = "delete from snapshot_tasks where id = @id";

    /// <summary>Queued tasks of a lane that match. The state is a literal, or the partial index could not be used.</summary>
    public string FindQueued { get; init; } = """
        select id
        from snapshot_tasks indexed by snapshot_tasks_queued
        where state = 'Queued' and priority = @priority and project = @project and id > @after
            and created_at between @from and @to
            and (@path is null or substr(json_extract(request, '$.input.path'), 1, length(@path)) = @path)
        order by priority, project, id
        limit @limit
        """;

    public string AddCancellation { get; init; } = """
        insert into snapshot_tasks_cancellations (id, project, made_at, whole, asked)
        values (@cancellation, @project, @made_at, @whole, @asked)
        on conflict (id) do update set whole = max(whole, excluded.whole) where asked is excluded.asked
        """;

    public string List { get; init; } = """
        insert into snapshot_tasks_cancelled (cancellation, task)
        select id, @task
        from snapshot_tasks_cancellations
        where id = @cancellation and asked is @asked
        on conflict do nothing
        """;

    public string IsOpen { get; init; } = "select 1 from snapshot_tasks_cancelled where cancellation = @cancellation and task = @task and answer is null";

    public string WriteOutcome { get; init; } = """
        update snapshot_tasks_cancelled
        set answer = @answer, state = @state, ending = @ending, since = @since
        where cancellation = @cancellation and task = @task and answer is null
        """;

    public string Listed { get; init; } = """
        select task, answer, state, ending, since
        from snapshot_tasks_cancelled
        where cancellation = @cancellation and task > @after and (@only_open = 0 or answer is null)
        order by task
        limit @limit
        """;

    public string MeasureCancellation { get; init; } = """
        select count(task), count(task) filter (where answer = 'Cancelled'), count(task) filter (where answer = 'Refused'), count(task) filter (where answer = 'NotFound')
        from snapshot_tasks_cancellations left join snapshot_tasks_cancelled on cancellation = id
        where id = @cancellation and project = @project and whole = 1 and (@asked is null or asked = @asked)
        group by id
        """;

    public string HasCancellations { get; init; } = "select exists (select 1 from snapshot_tasks_cancellations where made_at <= @made_by)";

    public string RemoveCancelled { get; init; } = """
        delete from snapshot_tasks_cancelled
        where (cancellation, task) in (
            select cancellation, task
            from snapshot_tasks_cancellations join snapshot_tasks_cancelled on cancellation = id
            where made_at <= @made_by
            limit @limit)
        """;

    public string RemoveCancellations { get; init; } = """
        delete from snapshot_tasks_cancellations
        where made_at <= @made_by and not exists (select 1 from snapshot_tasks_cancelled where cancellation = id)
        """;

    public string AddEvent { get; init; } = """
        insert into snapshot_tasks_events (number, task, version, what, at, attempt, holder, who, why)
        values (@number, @task, @version, @what, @at, @attempt, @holder, @who, @why)
        """;

    public string Get { get; init; } = $"""
        select {Whole}
        from snapshot_tasks not indexed
        where id in (select value from json_each(@ids)) and project = @project
        """;

    /// <summary>The upper bound is a place: a time, and the id below which those of this very time are.</summary>
    public string Page { get; init; } = $"""
        select {Whole}
        from snapshot_tasks
        where project = @project and created_at >= @from and (created_at, id) < (@to, @before) and (@failed is null or failed = @failed)
        order by created_at desc, id desc
        limit @take offset @skip
        """;

    /// <summary>One half without and one with a failure: the index holds each in order, and merging them needs no sort.</summary>
    public string PageOfState { get; init; } = $"""
        select {Whole}
        from snapshot_tasks
        where project = @project and state = @state and failed = 0 and created_at >= @from and (created_at, id) < (@to, @before) and @failed is not 1
        union all
        select {Whole}
        from snapshot_tasks
        where project = @project and state = @state and failed = 1 and created_at >= @from and (created_at, id) < (@to, @before) and @failed is not 0
        order by created_at desc, id desc
        limit @take offset @skip
        """;

    /// <summary>Read on from a task by the index that has all of the order, whatever the state: who goes through all of them reads each once.</summary>
    public string Next { get; init; } = $"""
        select {Whole}
        from snapshot_tasks indexed by snapshot_tasks_newest
        where project = @project and (created_at, id) > (@after_created_at, @after) and created_at between @from and @to
            and (@state is null or state = @state) and (@failed is null or failed = @failed)
        order by created_at, id
        limit @take
        """;

    public string Count { get; init; } = """
        select count(*)
        from (
            select 1
            from snapshot_tasks
            where project = @project and created_at between @from and @to and (@failed is null or failed = @failed)
            limit @limit)
        """;

    // The first queued task of each lane, one entry of the index for each, from the one before.
    private const string HeadsOfLanes = """
        lane (id, priority, project, created_at) as (
            select * from (
                select id, priority, project, created_at
                from snapshot_tasks indexed by snapshot_tasks_queued
                where state = 'Queued'
                order by priority, project, id
                limit 1)
            union all
            select next.id, next.priority, next.project, next.created_at
            from lane join snapshot_tasks as next on next.id = (
                select id
                from snapshot_tasks indexed by snapshot_tasks_queued
                where state = 'Queued' and (priority, project) > (lane.priority, lane.project)
                order by priority, project, id
                limit 1)
            limit @limit)
        """;

    /// <summary>The first lanes, and how many tasks each has queued.</summary>
    public string MeasureLanes { get; init; } = $"""
        with recursive {HeadsOfLanes}
        select
            priority,
            project,
            (
                select count(*)
                from (
                    select 1
                    from snapshot_tasks as task indexed by snapshot_tasks_queued
                    where task.state = 'Queued' and task.priority = lane.priority and task.project = lane.project
                    limit @each))
        from lane
        order by priority, project
        """;

    /// <summary>How many tasks of a lane come before an id.</summary>
    public string CountQueued { get; init; } = """
        select count(*)
        from (
            select 1
            from snapshot_tasks indexed by snapshot_tasks_queued
            where state = 'Queued' and priority = @priority and project = @project and id < @before
            limit @limit)
        """;

    /// <summary>What has started lately of those that were accepted last: a part for each of the beginnings of the index that have started.</summary>
    public string MeasureStarts { get; init; } = $"""
        select count(*), min(started_at), @now
        from (
            {LastOf("state = 'Running' and failed = 0")}
            union all
            {LastOf("state = 'Completed' and failed = 0")}
            union all
            {LastOf("state = 'Completed' and failed = 1")})
        where started_at > @since
        """;

    private static string LastOf(string some) => $"""
        select * from (
            select started_at
            from snapshot_tasks indexed by snapshot_tasks_newest_by_state
            where project = @project and {some}
            order by created_at desc, id desc
            limit @limit)
        """;

    /// <summary>Counts the entries of two partial indexes, which hold only what waits and what runs; the oldest that waits is the first of a lane.</summary>
    public string Measure { get; init; } = $"""
        with recursive {HeadsOfLanes}
        select
            (select count(*) from (select 1 from snapshot_tasks indexed by snapshot_tasks_queued where state = 'Queued' limit @limit)),
            (select count(*) from (select 1 from snapshot_tasks indexed by snapshot_tasks_leased where state = 'Running' and deferred_code is null limit @limit)),
            (select count(*) from (
                select 1 from snapshot_tasks indexed by snapshot_tasks_leased where state = 'Running' and deferred_code is null and lease_expires_at <= @now limit @limit)),
            (select count(*) from (select 1 from snapshot_tasks indexed by snapshot_tasks_deferred where state = 'Running' and deferred_code is not null limit @limit)),
            (select min(created_at) from lane),
            (select min(lease_expires_at) from snapshot_tasks indexed by snapshot_tasks_leased where state = 'Running' and deferred_code is null and lease_expires_at <= @now),
            @now,
            ({SqliteSchema.OldestSoftware}),
            (select min(created_at) from lane where priority = 0),
            (select min(created_at) from lane where priority = 1),
            (select min(created_at) from lane where priority = 2),
            (select min(created_at) from lane where project not in (select project from snapshot_tasks_pauses))
        """;

    /// <summary>The text of <c>user_data</c> as the caller wrote it, without the escapes of JSON; as a blob, or its characters would be counted.</summary>
    public string MeasureProject { get; init; } = """
        select count(*), coalesce(sum(length(cast(json_extract(request, '$.user_data') as blob))), 0)
        from (select request from snapshot_tasks where project = @project limit @limit)
        """;

    public string CountOfState { get; init; } = """
        select count(*)
        from (
            select 1
            from snapshot_tasks
            where project = @project and state = @state and failed in (coalesce(@failed, 0), coalesce(@failed, 1))
                and created_at between @from and @to
            limit @limit)
        """;
}
