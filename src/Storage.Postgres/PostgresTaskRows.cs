using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>The rows of a database, within a transaction of a connection: two round trips, which whoever made it may add to.</summary>
/// <param name="connection">The connection, in the transaction or about to begin it.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="ring">Which lanes claims read.</param>
/// <param name="waits">Whether it waits for what is locked elsewhere; if not, that is left out.</param>
internal sealed class PostgresTaskRows(NpgsqlConnection connection, PostgresStatements statements, LaneRing ring, bool waits) : ITaskRows
{
    private ClaimSearch? search;

    /// <summary>The round trip that holds; sent by <see cref="HoldAsync"/>.</summary>
    public PostgresRoundTrip Holding { get; } = new(connection);

    /// <summary>What was written.</summary>
    public Changes Written { get; private set; } = new();

    /// <summary>The round trip that writes; to be sent by whoever ends the transaction.</summary>
    public PostgresRoundTrip Writing { get; } = new(connection);

    public async ValueTask<Held?> HoldAsync(Wanted wanted)
    {
        var held = new Held();
        Holding.Read(statements.Floor, _ => { });
        var ids = wanted.Ids.Select(id => id.Value).ToArray();
        if (ids.Length > 0)
        {
            var hold = wanted.Whole
                ? waits ? statements.HoldWholeAndWait : statements.HoldWhole
                : waits ? statements.HoldAndWait : statements.Hold;
            Holding.Read(hold, row => Hold(row, held), PostgresRow.Value(ids));
        }

        if (wanted.Starts || wanted.Pauses)
        {
            Holding.Read(LockOfPauses(wanted), row => held.ArePausesLockedElsewhere = !row.GetBoolean(0));
            Holding.Read(statements.Pauses, row => held.Pauses = new([.. held.Pauses.All, TaskColumns.ReadPause(new PostgresRow(row))]));
        }

        if (wanted.MaxRunning > 0)
        {
            Holding.Read(statements.Running, row => held.Running[new ProjectId(row.GetString(0))] = (int)row.GetInt64(1));
        }

        if (wanted.Keys.Count > 0)
        {
            Holding.Read(waits ? statements.TakeKeysAndWait : statements.TakeKeys, row => TakeKey(row, held), Keys(wanted));
            Holding.Read(statements.FindByKey, row => FindByKey(row, held), Keys(wanted));
        }

        if (wanted.NewIds > 0)
        {
            Holding.Read(statements.NewIds, row => held.NewIds.Enqueue(new TaskId(row.GetInt64(0))), PostgresRow.Value(wanted.NewIds));
        }

        foreach (var ended in wanted.Ended)
        {
            NpgsqlParameter[] asked = [PostgresRow.Value(ended.After.Value), PostgresRow.Value(ended.Limit), PostgresRow.Value(ended.Age)];
            Holding.Read(statements.HoldEnded, row => held.Ended[ended] = PostgresRow.ReadEnded(row), asked);
        }

        PostgresCancellations.Hold(Holding, wanted, held);
        PostgresSubscriptions.HoldWanted(Holding, wanted, held, waits);
        await HoldCandidatesAsync(wanted, held);
        await LookForLockedAsync(wanted, held);
        return held;
    }

    public ValueTask WriteAsync(Changes changes)
    {
        Written = changes;
        if (changes.Removed.Count > 0)
        {
            Writing.Add(statements.Remove, PostgresRow.Array(changes.Removed, id => id.Value));
        }

        if (changes.Added.Count > 0)
        {
            Writing.Add(statements.Add, [.. PostgresRow.Decided(changes.Added, added => added.Task), .. PostgresRow.Accepted(changes.Added)]);
        }

        if (changes.Changed.Count > 0)
        {
            Writing.Add(
                statements.Write,
                [.. PostgresRow.Decided(changes.Changed, changed => changed.Task), PostgresRow.Array(changes.Changed, changed => changed.HeldVersion)]);
        }

        // First what has ended: the same may be paused anew.
        foreach (var pause in changes.Resumed)
        {
            Writing.Add(statements.Resume, PostgresRow.Scope(pause));
        }

        foreach (var pause in changes.Paused)
        {
            Writing.Add(statements.Pause, PostgresRow.Paused(pause));
        }

        PostgresCancellations.Write(Writing, changes);
        PostgresEvents.Write(Writing, changes, statements.AddEvents);
        PostgresSubscriptions.WriteChanged(Writing, changes);
        return default;
    }

    /// <summary>Everything is on the disk: what was claimed need not be read again, and what was added may be claimed.</summary>
    public void Committed() => ring.Committed(search, Written);

    // What comes first goes with what else is held.
    private async ValueTask HoldCandidatesAsync(Wanted wanted, Held held)
    {
        if (wanted.Claims == 0)
        {
            await SendAsync(Holding, held);
            return;
        }

        var trip = Holding;
        search = ring.Begin(wanted.Claims);
        await search.RunAsync(ring, wanted, held, async () =>
        {
            ReadNext(trip, wanted, held);
            await SendAsync(trip, held);
            trip = new PostgresRoundTrip(connection);
        });
    }

    private void ReadNext(PostgresRoundTrip trip, Wanted wanted, Held held)
    {
        NpgsqlParameter Except() => PostgresRow.Value(wanted.Ids.Concat(held.Tasks.Keys).Select(id => id.Value).Distinct().ToArray());
        if (search!.Expiry is { } expiry)
        {
            trip.Read(statements.HoldExpired, row => Hold(row, held), Except(), PostgresRow.Value((long)wanted.Claims), PostgresRow.Time(expiry));
        }

        if (search.Next.Count > 0)
        {
            trip.Read(statements.HoldQueued, row => search.Found(Hold(row, held)), [Except(), .. PostgresRow.Asked(search.Next)]);
        }

        if (search.Next.Where(lane => lane.Defers).ToList() is { Count: > 0 } deferring)
        {
            trip.Read(statements.HoldDeferred, row => search.Found(Hold(row, held)), [Except(), .. PostgresRow.AskedForDeferred(deferring)]);
        }

        if (search.IsLooking)
        {
            trip.Read(statements.FirstExpiry, row => search.FirstExpiry = PostgresRow.ReadTime(row, 0));
            trip.Read(
                statements.Lanes, row => search.Heads.Add(ReadLane(row), new TaskId(row.GetInt64(2))));
            trip.Read(statements.DeferringLanes, row => search.Deferred.Add(ReadLane(row), row.GetBoolean(2)));
        }
    }

    /// <summary>The time is read last, with which software may go on.</summary>
    private async ValueTask SendAsync(PostgresRoundTrip trip, Held held)
    {
        trip.Read(statements.Now, row =>
        {
            SchemaVersions.Require(row.GetInt32(2), PostgresSchema.Scripts.Count);
            (held.Now, held.KeepsEvents) = (PostgresRow.ReadTime(row, 0), row.GetBoolean(3));
        });
        await trip.SendAsync();
    }

    // What was not locked and is there all the same, somebody else has locked.
    private async ValueTask LookForLockedAsync(Wanted wanted, Held held)
    {
        var missing = wanted.Ids.Where(id => !held.Tasks.ContainsKey(id)).Select(id => id.Value).ToArray();
        if (missing.Length > 0 && !waits)
        {
            var look = new PostgresRoundTrip(connection);
            look.Read(statements.Exist, row => held.LockedElsewhere.Add(new TaskId(row.GetInt64(0))), PostgresRow.Value(missing));
            await look.SendAsync();
        }
    }

    // Whoever pauses something keeps all starts out but those of its own batch.
    private string LockOfPauses(Wanted wanted) => (wanted.Pauses, waits) switch
    {
        (true, true) => statements.LockPausesAndWait,
        (true, false) => statements.LockPauses,
        (false, true) => statements.LockStartsAndWait,
        (false, false) => statements.LockStarts,
    };

    private static Lane ReadLane(NpgsqlDataReader row) => new((TaskPriority)row.GetInt16(0), new ProjectId(row.GetString(1)));

    private static SnapshotTask Hold(NpgsqlDataReader row, Held held)
    {
        var task = TaskColumns.Read(new PostgresRow(row));
        held.Tasks.Add(task.Id, task);
        return task;
    }

    private static NpgsqlParameter[] Keys(Wanted wanted) =>
        [PostgresRow.Array(wanted.Keys, key => key.Project.Value), PostgresRow.Array(wanted.Keys, key => key.Text)];

    private static void TakeKey(NpgsqlDataReader row, Held held)
    {
        if (row.GetBoolean(2))
        {
            held.Keys.Add(new(new ProjectId(row.GetString(0)), row.GetString(1)), null);
        }
    }

    private static void FindByKey(NpgsqlDataReader row, Held held)
    {
        var (text, found) = TaskColumns.ReadKeyed(new PostgresRow(row));
        var key = new TaskKey(found.Task.Project, text);
        if (held.Keys.ContainsKey(key))
        {
            held.Keys[key] = found;
        }
    }
}
