namespace SnapshotTasks.Storage;

/// <summary>The SQL of what is said of the queue, beyond what every claim needs, and of what a project has stored.</summary>
internal static class PostgresQueue
{
    /// <summary>The first lanes, and how many tasks each has queued.</summary>
    public static string Lanes { get; } = $"""
        with recursive {PostgresStatements.HeadsOfLanes("where lane.step < $1")}
        select
            priority,
            project,
            (
                select count(*)
                from (
                    select
                    from snapshot_tasks.tasks as task
                    where task.state = 'Queued' and task.priority = lane.priority and task.project = lane.project
                    order by task.priority, task.project, task.id
                    limit $2) as counted)
        from lane
        order by priority, project collate "C"
        """;

    /// <summary>How many tasks of a lane come before an id.</summary>
    public const string Count = """
        select count(*)
        from (
            select
            from snapshot_tasks.tasks
            where state = 'Queued' and priority = $1 and project = $2 and id < $3
            order by priority, project, id
            limit $4) as counted
        """;

    /// <summary>What has started lately of those that were accepted last: a part for each of the beginnings of the index that have started.</summary>
    public static string Starts(string clock) => $"""
        select count(*), min(started_at), (select {clock})
        from (
            {LastOf("state = 'Running' and not failed")}
            union all
            {LastOf("state = 'Completed' and not failed")}
            union all
            {LastOf("state = 'Completed' and failed")}) as started
        where started_at > (select {clock}) - $2
        """;

    private static string LastOf(string some) => $"""
        (
            select started_at
            from snapshot_tasks.tasks
            where project = $1 and {some}
            order by project desc, state desc, failed desc, created_at desc, id desc
            limit $3)
        """;

    /// <summary>The text of <c>user_data</c> as the caller wrote it, without the escapes of JSON.</summary>
    public const string Project = """
        select count(*), coalesce(sum(octet_length(request::json ->> 'user_data')), 0)
        from (select request from snapshot_tasks.tasks where project = $1 limit $2) as stored
        """;
}
