using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Storage;

/// <summary>
/// The rows of a file, within a transaction that has taken the write lock (<c>begin immediate</c>), so that reading a row is
/// holding it.
/// </summary>
internal sealed class SqliteTaskRows(SqliteConnection connection, SqliteStatements statements, TimeProvider time, LaneRing ring) : ITaskRows, IDisposable
{
    private readonly SqliteStatement oldestSoftware = new(connection, SqliteSchema.OldestSoftware);
    private readonly SqliteStatement hold = new(connection, statements.Hold);
    private readonly SqliteStatement holdWhole = new(connection, statements.HoldWhole);
    private readonly SqliteStatement holdExpired = new(connection, statements.HoldExpired);
    private readonly SqliteStatement holdQueued = new(connection, statements.HoldQueued);
    private readonly SqliteStatement running = new(connection, statements.Running);
    private readonly SqliteStatement firstExpiry = new(connection, statements.FirstExpiry);
    private readonly SqliteStatement nextLane = new(connection, statements.NextLane);
    private readonly SqliteStatement nextDeferringLane = new(connection, statements.NextDeferringLane);
    private readonly SqliteStatement holdDeferred = new(connection, statements.HoldDeferred);
    private readonly SqliteStatement pauses = new(connection, statements.Pauses);
    private readonly SqliteStatement pause = new(connection, statements.Pause);
    private readonly SqliteStatement resume = new(connection, statements.Resume);
    private readonly SqliteStatement holdByKey = new(connection, statements.HoldByKey);
    private readonly SqliteStatement holdEnded = new(connection, statements.HoldEnded);
    private readonly SqliteStatement isToBeDelivered = new(connection, statements.IsToBeDelivered);
    private readonly SqliteStatement lastId = new(connection, statements.LastId);
    private readonly SqliteStatement add = new(connection, statements.Add);
    private readonly SqliteStatement write = new(connection, statements.Write);
    private readonly SqliteStatement remove = new(connection, statements.Remove);
    private readonly SqliteStatement kept = new(connection, SqliteEvents.Kept);
    private SqliteCancellations? cancellations;
    private SqliteEvents? events;
    private SqliteSubscriptions? subscriptions;
    private ClaimSearch? search;
    private Changes? written;

    public async ValueTask<Held?> HoldAsync(Wanted wanted)
    {
        RequireKnownSchema();
        var held = new Held { Now = time.Now(), KeepsEvents = ReadKept() };
        foreach (var id in wanted.Ids)
        {
            HoldOne(wanted.Whole ? holdWhole : hold, id, held);
        }

        if (wanted.Starts || wanted.Pauses)
        {
            held.Pauses = SqliteRow.ReadPauses(pauses);
        }

        while (wanted.MaxRunning > 0 && running.Read())
        {
            held.Running[new ProjectId(running.Text(0))] = (int)running.Number(1);
        }

        search = wanted.Claims > 0 ? ring.Begin(wanted.Claims) : null;
        if (search is not null)
        {
            await search.RunAsync(ring, wanted, held, () =>
            {
                ReadNext(search, wanted, held);
                return default;
            });
        }

        foreach (var key in wanted.Keys)
        {
            held.Keys[key] = HoldByKey(key);
        }

        if (wanted.NewIds > 0)
        {
            DrawIds(wanted.NewIds, held);
        }

        if (wanted.Open.Count > 0)
        {
            Cancellations.Hold(wanted, held);
        }

        if (wanted.Subscriptions.Count > 0)
        {
            Subscriptions.Hold(wanted, held);
        }

        foreach (var ended in wanted.Ended)
        {
            held.Ended[ended] = HoldEnded(ended, held.Now);
        }

        return held;
    }

    public ValueTask WriteAsync(Changes changes)
    {
        written = changes;
        foreach (var id in changes.Removed)
        {
            Expect(remove.Set("@id", id.Value).Execute(), id);
        }

        foreach (var (task, key) in changes.Added)
        {
            add.SetAccepted(task).SetDecided(task).Set("@idempotency_key", key?.Text).Set("@request_hash", key?.RequestHash).Execute();
        }

        foreach (var (task, heldVersion) in changes.Changed)
        {
            Expect(write.SetDecided(task).Set("@held_version", heldVersion).Execute(), task.Id);
        }

        // First what has ended: the same may be paused anew.
        foreach (var resumed in changes.Resumed)
        {
            resume.SetPause(resumed).Execute();
        }

        foreach (var paused in changes.Paused)
        {
            pause.SetPause(paused).Execute();
        }

        if (changes.HasCancellations)
        {
            Cancellations.Write(changes);
        }

        if (changes.HasEvents)
        {
            Events.Write(changes);
        }

        if (changes.HasDeliveries)
        {
            Subscriptions.Write(changes);
        }

        return default;
    }

    /// <summary>Everything is on the disk: what was claimed need not be read again, and what was added may be claimed.</summary>
    public void Committed() => ring.Committed(search, written!);

    public void Dispose()
    {
        cancellations?.Dispose();
        events?.Dispose();
        subscriptions?.Dispose();
        foreach (var statement in (SqliteStatement[])[oldestSoftware, hold, holdWhole, holdExpired, holdQueued, running, firstExpiry, nextLane, nextDeferringLane, holdDeferred, pauses, pause, resume, holdByKey, holdEnded, isToBeDelivered, lastId, add, write, remove, kept])
        {
            statement.Dispose();
        }
    }

    // Compiled only where they are used: a caller's transaction has rows of its own, which seldom have any.
    private SqliteCancellations Cancellations => cancellations ??= new(connection, statements);

    private SqliteEvents Events => events ??= new(connection, statements);

    private SqliteSubscriptions Subscriptions => subscriptions ??= new(connection);

    private bool ReadKept()
    {
        kept.Read();
        var keeps = kept.IsTrue(0);
        kept.Reset();
        return keeps;
    }

    private void RequireKnownSchema()
    {
        oldestSoftware.Read();
        var oldest = (int)oldestSoftware.Number(0);
        oldestSoftware.Reset();
        SchemaVersions.Require(oldest, SqliteSchema.Scripts.Count);
    }

    private static void HoldOne(SqliteStatement statement, TaskId id, Held held)
    {
        if (statement.Set("@id", id.Value).Read())
        {
            held.Tasks.Add(id, TaskColumns.Read(statement));
            statement.Reset();
        }
    }

    private void ReadNext(ClaimSearch search, Wanted wanted, Held held)
    {
        if (search.Expiry is { } expiry)
        {
            HoldCandidates(holdExpired.Set("@now", SqliteRow.Microseconds(held.Now)).Set("@expiry", SqliteRow.Microseconds(expiry)), wanted.Claims, held);
        }

        foreach (var lane in search.Next)
        {
            holdQueued.Set("@priority", (int)lane.Lane.Priority).Set("@project", lane.Lane.Project.Value).Set("@after", lane.After.Value);
            HoldCandidates(holdQueued, lane.Most, held).ForEach(search.Found);
            if (lane.Defers)
            {
                holdDeferred.Set("@priority", (int)lane.Lane.Priority).Set("@project", lane.Lane.Project.Value).Set("@now", SqliteRow.Microseconds(held.Now));
                HoldCandidates(holdDeferred, lane.Most, held).ForEach(search.Found);
            }
        }

        if (search.IsLooking)
        {
            search.FirstExpiry = firstExpiry.Read() ? SqliteRow.Time(firstExpiry.Number(0)) : null;
            firstExpiry.Reset();
            LookAtLanes(nextLane, (lane, id) => search.Heads.Add(lane, new TaskId(id)));
            LookAtLanes(nextDeferringLane, (lane, until) => search.Deferred.Add(lane, SqliteRow.Time(until) <= held.Now));
        }
    }

    // The batch's own tasks are there already, and come in addition.
    private static List<SnapshotTask> HoldCandidates(SqliteStatement candidates, int most, Held held)
    {
        var found = new List<SnapshotTask>();
        candidates.Set("@limit", (long)most + held.Tasks.Count);
        while (found.Count < most && candidates.Read())
        {
            if (!held.Tasks.ContainsKey(new TaskId(candidates.Number(0))))
            {
                var task = TaskColumns.Read(candidates);
                held.Tasks.Add(task.Id, task);
                found.Add(task);
            }
        }

        candidates.Reset();
        return found;
    }

    private static void LookAtLanes(SqliteStatement next, Action<Lane, long> first)
    {
        next.Set("@priority", -1).Set("@project", "");
        while (next.Read())
        {
            var lane = new Lane((TaskPriority)next.Number(0), new ProjectId(next.Text(1)));
            first(lane, next.Number(2));
            next.Reset();
            next.Set("@priority", (int)lane.Priority).Set("@project", lane.Project.Value);
        }
    }

    private KeyedTask? HoldByKey(TaskKey key)
    {
        if (!holdByKey.Set("@project", key.Project.Value).Set("@idempotency_key", key.Text).Read())
        {
            return null;
        }

        var (_, keyed) = TaskColumns.ReadKeyed(holdByKey);
        holdByKey.Reset();
        return keyed;
    }

    // Whoever has the write lock is the only one that draws; what is inserted with them counts as drawn.
    private void DrawIds(int count, Held held)
    {
        var last = lastId.Read() ? lastId.Number(0) : 0;
        lastId.Reset();
        for (var i = 1; i <= count; i++)
        {
            held.NewIds.Enqueue(new TaskId(last + i));
        }
    }

    private FoundEnded HoldEnded(EndedTasks ended, DateTimeOffset now)
    {
        var endedBy = SqliteRow.Microseconds(now - ended.Age);
        var ids = new List<TaskId>();
        var (looked, last, createdAt) = (0, default(TaskId), 0L);
        holdEnded.Set("@after", ended.After.Value).Set("@limit", ended.Limit);

        // What was accepted later cannot have ended by then.
        while (createdAt <= endedBy && holdEnded.Read())
        {
            (looked, last, createdAt) = (looked + 1, new TaskId(holdEnded.Number(0)), holdEnded.Number(1));
            if (!holdEnded.IsNull(2) && holdEnded.Number(2) <= endedBy && !IsToBeDelivered(last))
            {
                ids.Add(last);
            }
        }

        holdEnded.Reset();
        return new(ids, looked, last, SqliteRow.Time(createdAt));
    }

    private bool IsToBeDelivered(TaskId id)
    {
        isToBeDelivered.Set("@id", id.Value).Read();
        var isOpen = isToBeDelivered.IsTrue(0);
        isToBeDelivered.Reset();
        return isOpen;
    }

    private static void Expect(int written, TaskId id)
    {
        if (written != 1)
        {
            throw new InvalidOperationException($"Writing task {id} changed {written} rows: it was not held as it was read.");
        }
    }
}
