using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>
/// Holds rows, has the domain decide on them, writes what changed. It works within a transaction that has taken the
/// write lock (<c>begin immediate</c>), so that reading a row is holding it, and never begins or commits one.
/// </summary>
internal sealed class SqlitePrimitive(SqliteConnection connection, SqliteStatements statements, TimeProvider time) : IDisposable
{
    private readonly SqliteCommand add = Command(connection, statements.Add);
    private readonly SqliteCommand hold = Command(connection, statements.Hold);
    private readonly SqliteCommand holdExpired = Command(connection, statements.HoldExpired);
    private readonly SqliteCommand holdQueued = Command(connection, statements.HoldQueued);
    private readonly SqliteCommand keep = Command(connection, statements.Keep);

    /// <summary>Runs operations in order and sets their answers, which hold once the transaction has committed.</summary>
    /// <exception cref="InvalidOperationException">A row changed although it was held.</exception>
    public void Run(SqliteTransaction? transaction, IReadOnlyList<StoreOperation> operations)
    {
        foreach (var command in (SqliteCommand[])[add, hold, holdExpired, holdQueued, keep])
        {
            command.Transaction = transaction;
        }

        // Read after the lock was taken: a decision never sees a time before the one it follows.
        var now = time.Now();
        var held = new Dictionary<TaskId, Held>();
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Submission submission:
                    submission.Answer = Add(submission.Task, now);
                    break;
                case Deciding deciding:
                    Decide(deciding.Decisions, now, held);
                    deciding.Answer = true;
                    break;
                case Claiming claiming:
                    claiming.Answer = Claim(claiming.Claim, now, held);
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
        foreach (var command in (SqliteCommand[])[add, hold, holdExpired, holdQueued, keep])
        {
            command.Dispose();
        }
    }

    private SnapshotTask Add(NewTask task, DateTimeOffset now)
    {
        var accepted = task.Accept(default, now);
        var id = (long)add.SetAccepted(accepted).SetDecided(accepted).ExecuteScalar()!;
        return accepted with { Id = new TaskId(id) };
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

    private Held? Hold(TaskId id)
    {
        using var row = hold.Set("@id", id.Value).ExecuteReader();
        return row.Read() ? new Held(SqliteRow.Read(row), SqliteRow.ReadVersion(row)) : null;
    }

    private static List<Held> HoldAll(SqliteCommand command, Dictionary<TaskId, Held> except)
    {
        var found = new List<Held>();
        using var row = command.ExecuteReader();
        while (row.Read())
        {
            if (!except.ContainsKey(SqliteRow.ReadId(row)))
            {
                found.Add(new Held(SqliteRow.Read(row), SqliteRow.ReadVersion(row)));
            }
        }

        return found;
    }

    private void Keep(Held row)
    {
        var written = keep.SetDecided(row.Task).Set("@id", row.Task.Id.Value).Set("@version", row.Version).ExecuteNonQuery();
        if (written != 1)
        {
            throw new InvalidOperationException($"Writing task {row.Task.Id} changed {written} rows: it was not held as it was read.");
        }
    }

    private static SqliteCommand Command(SqliteConnection connection, string statement)
    {
        var command = connection.CreateCommand();
        command.CommandText = statement;
        return command;
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
