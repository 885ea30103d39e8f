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
        var held = new HeldRows();
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

        KeepChanged(held);
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[add, holdByKey, hold, holdExpired, holdQueued, keep, lookForEnded, remove])
        {
            statement.Dispose();
        }
    }

    private SubmitOutcome Add(NewTask task, DateTimeOffset now, HeldRows held)
    {
        if (task.Key is { } key && holdByKey.Set("@project", task.Project.Value).Set("@idempotency_key", key.Text).Read())
        {
            var existing = held.Find(SqliteRow.ReadId(holdByKey))?.Task ?? SqliteRow.Read(holdByKey);
            var outcome = task.Repeat(existing, SqliteRow.ReadRequestHash(holdByKey));
            holdByKey.Reset();
            return outcome;
        }

        if (task.QueueIsFull)
        {
            return SubmitOutcome.QueueFull;
        }

        var accepted = task.Accept(default, now);
        add.SetAccepted(accepted).SetDecided(accepted)
            .Set("@idempotency_key", task.Key?.Text).Set("@request_hash", task.Key?.RequestHash).Read();
        accepted = accepted with { Id = SqliteRow.ReadId(add) };
        add.Reset();
        return new(SubmitAnswer.Accepted, accepted);
    }

    private void Decide(IReadOnlyList<TaskDecision> decisions, DateTimeOffset now, HeldRows held)
    {
        foreach (var decision in decisions)
        {
            var row = held.Find(decision.Id) ?? Hold(decision.Id, held);
            var decided = decision.Decide(row?.Task, now);
            if (decided is not null && decided.Id != row?.Task.Id)
            {
                throw new InvalidOperationException($"A decision on task {decision.Id} returned another task.");
            }

            if (row is not null && decided is not null)
            {
                held.Change(row, decided);
            }
        }
    }

    private List<ClaimOutcome> Claim(Claim claim, DateTimeOffset now, HeldRows held)
    {
        KeepChanged(held);
        var candidates = HoldAll(holdExpired.Set("@now", SqliteRow.Microseconds(now)).Set("@limit", claim.Count), held);
        if (candidates.Count < claim.Count)
        {
            candidates.AddRange(HoldAll(holdQueued.Set("@limit", claim.Count - candidates.Count), held));
        }

        var claimed = new List<ClaimOutcome>(candidates.Count);
        foreach (var row in candidates)
        {
            var outcome = row.Task.TryClaim(claim, now).Outcome;
            if (outcome.Answer != ClaimAnswer.Refused)
            {
                held.Change(row, outcome.Task);
                claimed.Add(outcome);
            }
        }

        return claimed;
    }

    private RemovalOutcome Remove(Removal removal, DateTimeOffset now, HeldRows held)
    {
        KeepChanged(held);
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
        removed.ForEach(id => held.Forget(id));
        return new(removed.Count, through || looked.Count < removal.Limit ? null : looked[^1]);
    }

    private HeldRow? Hold(TaskId id, HeldRows held)
    {
        if (!hold.Set("@id", id.Value).Read())
        {
            return null;
        }

        var row = held.Read(hold);
        hold.Reset();
        return row;
    }

    private static List<HeldRow> HoldAll(SqliteStatement rows, HeldRows held)
    {
        var found = new List<HeldRow>();
        while (rows.Read())
        {
            found.Add(held.Find(SqliteRow.ReadId(rows)) ?? held.Read(rows));
        }

        return found;
    }

    /// <summary>Writes what has been decided: at the end, and before rows are looked for, so that all of it counts there.</summary>
    private void KeepChanged(HeldRows held)
    {
        foreach (var row in held.Changed)
        {
            var written = keep.SetDecided(row.Task).Set("@id", row.Task.Id.Value).Set("@version", row.Version).Execute();
            if (written != 1)
            {
                throw new InvalidOperationException($"Writing task {row.Task.Id} changed {written} rows: it was not held as it was read.");
            }

            row.Version++;
        }

        held.Changed.Clear();
    }
}
