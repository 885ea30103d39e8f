using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>
/// Holds rows, has the domain decide on them, writes what changed. It works within a transaction that has taken the
/// write lock (<c>begin immediate</c>), so that reading a row is holding it, and never begins or commits one.
/// </summary>
internal sealed class SqlitePrimitive(SqliteConnection connection, SqliteStatements statements, TimeProvider time) : IDisposable
{
    private readonly SqliteStatement add = new(connection, statements.Add);
    private readonly SqliteStatement holdByKey = new(connection, statements.HoldByKey);
    private readonly SqliteStatement hold = new(connection, statements.Hold);
    private readonly SqliteStatement holdExpired = new(connection, statements.HoldExpired);
    private readonly SqliteStatement holdQueued = new(connection, statements.HoldQueued);
    private readonly SqliteStatement keep = new(connection, statements.Keep);
    private readonly SqliteStatement lookForEnded = new(connection, statements.LookForEnded);
    private readonly SqliteStatement remove = new(connection, statements.Remove);

    /// <summary>Runs operations in order and sets their answers, which hold once the transaction has committed.</summary>
    /// <exception cref="InvalidOperationException">A row changed although it was held.</exception>
    public void Run(IReadOnlyList<StoreOperation> operations)
    {
        // Read after the lock was taken: a decision never sees a time before the one it follows.
        var now = time.Now();
        var held = new Dictionary<TaskId, Held>();
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Submission submission:
                    submission.Answer = Add(submission.Task, now, held);
                    break;
                case Deciding deciding:
                    Decide(deciding.Decisions, now, held);
                    deciding.Answer = true;
                    break;
                case Claiming claiming:
                    claiming.Answer = Claim(claiming.Claim, now, held);
                    break;
                case Removal removal:
                    removal.Answer = Remove(removal, now, held);
                    break;
                default:
                    throw new UnreachableException($"{operation.GetType().Name} is no work for this store.");
            }
        }

        foreach (var row in held.Values.Where(row => row.HasChanged))
        {
            Keep(row);
        }
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[add, holdByKey, hold, holdExpired, holdQueued, keep, lookForEnded, remove])
        {
            statement.Dispose();
        }
    }

    private SubmitOutcome Add(NewTask task, DateTimeOffset now, Dictionary<TaskId, Held> held)
    {
        if (task.Key is { } key && holdByKey.Set("@project", task.Project.Value).Set("@idempotency_key", key.Text).Read())
        {
            var existing = held.GetValueOrDefault(SqliteRow.ReadId(holdByKey))?.Task ?? SqliteRow.Read(holdByKey);
            var outcome = task.Repeat(existing, SqliteRow.ReadRequestHash(holdByKey));
            holdByKey.Reset();
            return outcome;
        }

        var accepted = task.Accept(default, now);
        add.SetAccepted(accepted).SetDecided(accepted)
            .Set("@idempotency_key", task.Key?.Text).Set("@request_hash", task.Key?.RequestHash).Read();
        accepted = accepted with { Id = SqliteRow.ReadId(add) };
        add.Reset();
        return new(SubmitAnswer.Accepted, accepted);
    }

    private void Decide(IReadOnlyList<TaskDecision> decisions, DateTimeOffset now, Dictionary<TaskId, Held> held)
    {
        foreach (var decision in decisions)
        {
            var row = held.GetValueOrDefault(decision.Id) ?? Hold(decision.Id);
            var decided = decision.Decide(row?.Task, now);
            if (decided is not null && decided.Id != row?.Task.Id)
            {
                throw new InvalidOperationException($"A decision on task {decision.Id} returned another task.");
            }

            if (row is not null)
            {
                row.Task = decided ?? row.Task;
                held[decision.Id] = row;
            }
        }
    }

    private List<ClaimOutcome> Claim(Claim claim, DateTimeOffset now, Dictionary<TaskId, Held> held)
    {
        // A task held already counts as it was decided in this batch, its row still says what was before. Each such
        // row can stand in the place of one candidate, so that many more are read.
        var limit = (long)claim.Count + held.Count;
        var candidates = HoldAll(holdExpired.Set("@now", SqliteRow.Microseconds(now)).Set("@limit", limit), held);
        if (candidates.Count < claim.Count)
        {
            candidates.AddRange(HoldAll(holdQueued.Set("@limit", limit), held));
        }

        candidates.AddRange(held.Values);
        var claimed = new List<ClaimOutcome>();
        foreach (var row in candidates
            .OrderBy(row => row.Task.Lease is null)
            .ThenBy(row => row.Task.Lease?.ExpiresAt)
            .ThenBy(row => row.Task.Id)
            .TakeWhile(_ => claimed.Count < claim.Count))
        {
            var outcome = row.Task.TryClaim(claim, now).Outcome;
            if (outcome.Answer != ClaimAnswer.Refused)
            {
                row.Task = outcome.Task;
                held[row.Task.Id] = row;
                claimed.Add(outcome);
            }
        }

        return claimed;
    }

    private RemovalOutcome Remove(Removal removal, DateTimeOffset now, Dictionary<TaskId, Held> held)
    {
        var endedBy = SqliteRow.Microseconds(now - removal.Age);
        var looked = new List<TaskId>();
        lookForEnded.Set("@after", removal.After.Value).Set("@limit", removal.Limit);

        // A task that was created later cannot have ended by then, nor can those after it.
        var through = true;
        while (lookForEnded.Read())
        {
            through = lookForEnded.Number(1) > endedBy;
            if (through)
            {
                lookForEnded.Reset();
                break;
            }

            looked.Add(SqliteRow.ReadId(lookForEnded));
        }

        var removed = looked.FindAll(id => remove.Set("@id", id.Value).Set("@ended_by", endedBy).Execute() == 1);
        removed.ForEach(id => held.Remove(id));
        return new(removed.Count, through || looked.Count < removal.Limit ? null : looked[^1]);
    }

    private Held? Hold(TaskId id)
    {
        if (!hold.Set("@id", id.Value).Read())
        {
            return null;
        }

        var row = new Held(SqliteRow.Read(hold), SqliteRow.ReadVersion(hold));
        hold.Reset();
        return row;
    }

    private static List<Held> HoldAll(SqliteStatement rows, Dictionary<TaskId, Held> except)
    {
        var found = new List<Held>();
        while (rows.Read())
        {
            if (!except.ContainsKey(SqliteRow.ReadId(rows)))
            {
                found.Add(new Held(SqliteRow.Read(rows), SqliteRow.ReadVersion(rows)));
            }
        }

        return found;
    }

    private void Keep(Held row)
    {
        var written = keep.SetDecided(row.Task).Set("@id", row.Task.Id.Value).Set("@version", row.Version).Execute();
        if (written != 1)
        {
            throw new InvalidOperationException($"Writing task {row.Task.Id} changed {written} rows: it was not held as it was read.");
        }
    }

    /// <summary>A task as it was read, and as it has been decided since.</summary>
    private sealed class Held(SnapshotTask task, long version)
    {
        private readonly SnapshotTask read = task;

        public long Version { get; } = version;

        public SnapshotTask Task { get; set; } = task;

        public bool HasChanged => !ReferenceEquals(read, Task);
    }
}
