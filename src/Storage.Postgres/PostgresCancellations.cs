namespace SnapshotTasks.Storage;

/// <summary>The rows of cancellations of many: what the round trips of a transaction hold and write of them, and what queries read.</summary>
internal static class PostgresCancellations
{
    /// <summary>Queued tasks of a lane that match. The state is a literal, or the partial index could not be used.</summary>
    public const string FindQueued = """
        select id
        from snapshot_tasks.tasks
        where state = 'Queued' and priority = $1 and project = $2 and id > $3 and created_at between $4 and $5
            and ($6::text is null or starts_with(request::json #>> '{input,path}', $6))
        order by priority, project, id
        limit $7
        """;

    public const string Listed = """
        select task, answer, state, ending, since
        from snapshot_tasks.cancelled
        where cancellation = $1 and task > $2 and (not $4 or answer is null)
        order by task
        limit $3
        """;

    public const string Measure = """
        select count(task), count(*) filter (where answer = 'Cancelled'), count(*) filter (where answer = 'Refused'), count(*) filter (where answer = 'NotFound')
        from snapshot_tasks.cancellations left join snapshot_tasks.cancelled on cancellation = id
        where id = $1 and project = $2 and whole and ($3::text is null or asked = $3)
        group by id
        """;

    public static string Has(string clock) => $"select exists (select from snapshot_tasks.cancellations where made_at <= {clock} - $1)";

    // What another carries out just now is left to it.
    private const string HoldOpen = """
        select task from snapshot_tasks.cancelled where cancellation = $1 and task = any($2) and answer is null for update skip locked
        """;

    private const string Add = """
        insert into snapshot_tasks.cancellations (id, project, made_at, whole, asked)
        values ($1, $2, $3, $4, $5::text)
        on conflict (id) do update set whole = cancellations.whole or excluded.whole where cancellations.asked is not distinct from excluded.asked
        """;

    private const string List = """
        insert into snapshot_tasks.cancelled (cancellation, task)
        select id, unnest($2::bigint[])
        from snapshot_tasks.cancellations
        where id = $1 and asked is not distinct from $3::text
        on conflict do nothing
        """;

    private const string WriteOutcomes = """
        with written as (
            update snapshot_tasks.cancelled as cancelled
            set answer = decided.answer, state = decided.state, ending = decided.ending, since = decided.since
            from unnest($2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[]) as decided (task, answer, state, ending, since)
            where cancellation = $1 and cancelled.task = any($2) and cancelled.task = decided.task and cancelled.answer is null
            returning 1)
        select snapshot_tasks.expect((select count(*) from written), cardinality($2))
        """;

    private const string RemoveCancelled = """
        delete from snapshot_tasks.cancelled
        where (cancellation, task) in (
            select cancellation, task
            from snapshot_tasks.cancellations join snapshot_tasks.cancelled on cancellation = id
            where made_at <= $1
            limit $2)
        """;

    private const string Remove = """
        delete from snapshot_tasks.cancellations
        where made_at <= $1 and not exists (select from snapshot_tasks.cancelled where cancellation = id)
        """;

    public static void Hold(PostgresRoundTrip holding, Wanted wanted, Held held)
    {
        foreach (var open in wanted.Open)
        {
            holding.Read(
                HoldOpen,
                row => held.Open.Add((open.Cancellation, new TaskId(row.GetInt64(0)))),
                PostgresRow.Value(open.Cancellation.Value),
                PostgresRow.Array(open.Tasks, task => task.Value));
        }
    }

    public static void Write(PostgresRoundTrip writing, Changes changes)
    {
        foreach (var (listing, now) in changes.Listed)
        {
            writing.Add(
                Add,
                PostgresRow.Value(listing.Id.Value),
                PostgresRow.Value(listing.Project.Value),
                PostgresRow.Time(now),
                PostgresRow.Value(listing.IsLast),
                PostgresRow.Value(listing.Asked));
            writing.Add(
                List, PostgresRow.Value(listing.Id.Value), PostgresRow.Array(listing.Tasks, task => task.Value), PostgresRow.Value(listing.Asked));
        }

        foreach (var cancellation in changes.Outcomes.GroupBy(outcome => outcome.Cancellation))
        {
            writing.Add(WriteOutcomes, [PostgresRow.Value(cancellation.Key.Value), .. PostgresRow.Outcomes([.. cancellation])]);
        }

        if (changes.RemovedCancellations is { } old)
        {
            writing.Add(RemoveCancelled, PostgresRow.Time(old.MadeBy), PostgresRow.Value(old.Limit));
            writing.Add(Remove, PostgresRow.Time(old.MadeBy));
        }
    }
}
