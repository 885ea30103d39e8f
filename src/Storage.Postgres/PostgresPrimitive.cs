using System.Diagnostics;
using Npgsql;

namespace SnapshotTasks;

/// <summary>
/// Holds rows, has the domain decide on them, writes what changed: for one transaction on a given connection, which it
/// never begins or commits. Both halves are statements for a round trip that may do more.
/// </summary>
/// <param name="connection">The connection, in the transaction or about to begin it.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="operations">What is asked for.</param>
/// <param name="waits">Whether it waits for what is held elsewhere; if not, it leaves out what needs it.</param>
internal sealed class PostgresPrimitive(
    NpgsqlConnection connection, PostgresStatements statements, IReadOnlyList<StoreOperation> operations, bool waits)
{
    private readonly PostgresHeld held = new(forClaims: operations.Any(operation => operation is Claiming));
    private readonly HashSet<TaskId> heldElsewhere = [];
    private readonly Dictionary<(string Project, string Key), KeyedTask?> keys = [];
    private readonly Queue<TaskId> newIds = [];
    private readonly List<Removal> removals = [];

    /// <summary>Whether something is to be written.</summary>
    public bool HasChanges => removals.Count > 0 || held.Rows.Any(row => row.HasChanged);

    /// <summary>Whether a task was added that waits for a worker.</summary>
    public bool HasQueued => held.Rows.Any(row => row.IsNew && row.Task.Lease is null);

    /// <summary>Runs the operations in order and sets their answers, which hold once the transaction has committed.</summary>
    /// <param name="trip">What is to be sent first, in the same round trip.</param>
    /// <returns>The operations that were left out, untouched.</returns>
    public async Task<IReadOnlyCollection<StoreOperation>> RunAsync(PostgresTrip trip)
    {
        await HoldAsync(trip);
        var leaving = new List<StoreOperation>();
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Submission { Task.Key: { } key } submission when !keys.ContainsKey((submission.Task.Project.Value, key.Text)):
                    leaving.Add(submission);
                    break;
                case Submission submission:
                    submission.Answer = Add(submission.Task);
                    break;
                case Deciding deciding when deciding.Decisions.Any(decision => heldElsewhere.Contains(decision.Id)):
                    leaving.Add(deciding);
                    break;
                case Deciding deciding:
                    Decide(deciding.Decisions);
                    deciding.Answer = true;
                    break;
                case Claiming claiming:
                    claiming.Answer = held.Claim(claiming.Claim);
                    break;
                case Removal removal:
                    // As if it had come last, like any caller that comes at the same time.
                    removals.Add(removal);
                    break;
                default:
                    throw new UnreachableException($"{operation.GetType().Name} is no work for this store.");
            }
        }

        return leaving;
    }

    /// <summary>Adds the statements that write what was decided: they fail when a row changed although it was held.</summary>
    public void Write(PostgresTrip trip)
    {
        var added = held.Rows.Where(row => row.IsNew).ToList();
        if (added.Count > 0)
        {
            trip.Run(
                statements.Add,
                [
                    .. PostgresRow.Decided([.. added.Select(row => row.Task)]),
                    .. PostgresRow.Accepted([.. added.Select(row => row.Task)]),
                    PostgresRow.Array(added, row => row.Key?.Text),
                    PostgresRow.Array(added, row => row.Key?.RequestHash),
                ]);
        }

        var changed = held.Rows.Where(row => row is { IsNew: false, HasChanged: true }).ToList();
        if (changed.Count > 0)
        {
            trip.Read(
                statements.Keep,
                _ => { },
                [.. PostgresRow.Decided([.. changed.Select(row => row.Task)]), PostgresRow.Array(changed, row => row.Version)]);
        }

        foreach (var removal in removals)
        {
            var endedBy = held.Now - removal.Age;
            trip.Read(
                statements.Remove,
                row => removal.Answer = Removed(row, removal.Limit, endedBy),
                PostgresRow.Value(removal.After.Value),
                PostgresRow.Value(removal.Limit),
                PostgresRow.Time(endedBy));
        }
    }

    private async Task HoldAsync(PostgresTrip trip)
    {
        var ids = operations.OfType<Deciding>().SelectMany(deciding => deciding.Decisions).Select(decision => decision.Id.Value).Distinct().ToArray();
        var claims = operations.OfType<Claiming>().Sum(claiming => (long)claiming.Claim.Count);
        var submissions = operations.OfType<Submission>().ToList();
        var wanted = submissions.Where(submission => submission.Task.Key is not null)
            .Select(submission => (Project: submission.Task.Project.Value, Key: submission.Task.Key!.Text)).Distinct().ToList();
        if (ids.Length > 0)
        {
            trip.Read(waits ? statements.HoldAndWait : statements.Hold, row => held.Add(row), PostgresRow.Value(ids));
        }

        if (claims > 0)
        {
            trip.Read(statements.HoldExpired, row => held.Add(row), PostgresRow.Value(ids), PostgresRow.Value(claims));
            trip.Read(statements.HoldQueued, row => held.Add(row), PostgresRow.Value(ids), PostgresRow.Value(claims));
        }

        if (wanted.Count > 0)
        {
            trip.Read(waits ? statements.TakeKeysAndWait : statements.TakeKeys, Take, Keys());
            trip.Read(statements.FindByKey, Find, Keys());
        }

        if (submissions.Count > 0)
        {
            trip.Read(statements.NewIds, row => newIds.Enqueue(new TaskId(row.GetInt64(0))), PostgresRow.Value(submissions.Count));
        }

        trip.Read(statements.Now, row => held.Now = PostgresRow.ReadTime(row, 0));
        await trip.MakeAsync();

        var missing = ids.Where(id => held.Find(new TaskId(id)) is null).ToArray();
        if (missing.Length > 0 && !waits)
        {
            var look = new PostgresTrip(connection);
            look.Read(statements.Exist, row => heldElsewhere.Add(new TaskId(row.GetInt64(0))), PostgresRow.Value(missing));
            await look.MakeAsync();
        }

        NpgsqlParameter[] Keys() => [PostgresRow.Array(wanted, key => key.Project), PostgresRow.Array(wanted, key => key.Key)];
    }

    private void Take(NpgsqlDataReader row)
    {
        if (row.GetBoolean(2))
        {
            keys.Add((row.GetString(0), row.GetString(1)), null);
        }
    }

    private void Find(NpgsqlDataReader row)
    {
        var (task, key) = (PostgresRow.Read(row), PostgresRow.ReadKey(row));
        if (keys.ContainsKey((task.Project.Value, key.Text)))
        {
            keys[(task.Project.Value, key.Text)] = new(task, key.RequestHash);
        }
    }

    private SubmitOutcome Add(NewTask task)
    {
        if (task.Key is not { } key)
        {
            return new(SubmitAnswer.Accepted, held.Accept(task, newIds.Dequeue()));
        }

        if (keys[(task.Project.Value, key.Text)] is { } kept)
        {
            return task.Repeat(held.Find(kept.Task.Id)?.Task ?? kept.Task, kept.RequestHash);
        }

        if (task.QueueIsFull)
        {
            return SubmitOutcome.QueueFull;
        }

        var accepted = held.Accept(task, newIds.Dequeue());
        keys[(task.Project.Value, key.Text)] = new(accepted, key.RequestHash);
        return new(SubmitAnswer.Accepted, accepted);
    }

    private void Decide(IReadOnlyList<TaskDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            var row = held.Find(decision.Id);
            var decided = decision.Decide(row?.Task, held.Now);
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

    // A task that was created later cannot have ended by then, nor can those after it.
    private static RemovalOutcome Removed(NpgsqlDataReader row, int limit, DateTimeOffset endedBy)
    {
        var goesOn = row.GetInt64(1) == limit && PostgresRow.ReadTime(row, 3) <= endedBy;
        return new((int)row.GetInt64(0), goesOn ? new TaskId(row.GetInt64(2)) : null);
    }

    /// <summary>A task that has a key.</summary>
    private sealed record KeyedTask(SnapshotTask Task, string RequestHash);
}
