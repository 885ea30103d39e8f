using System.Diagnostics;
using Npgsql;

namespace SnapshotTasks;

/// <summary>
/// Holds rows, has the domain decide on them, writes what changed: for one transaction on a given connection, which it
/// never begins or commits. Both halves are statements for a round trip that may do more.
/// </summary>
/// <param name="connection">The connection, in the transaction or about to begin it.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="waits">Whether it waits for what is locked elsewhere; if not, it leaves out what needs it.</param>
internal sealed class PostgresPrimitive(NpgsqlConnection connection, PostgresStatements statements, bool waits)
{
    private readonly Dictionary<TaskId, Held> held = [];
    private readonly SortedSet<Held> claimable = new(Held.InOrderOfClaims);
    private readonly HashSet<TaskId> lockedElsewhere = [];
    private readonly Queue<TaskId> newIds = [];
    private DateTimeOffset now;

    /// <summary>Whether something is to be written.</summary>
    public bool HasChanges => held.Values.Any(row => row.HasChanged);

    /// <summary>Whether a task was added that waits for a worker.</summary>
    public bool HasQueued => held.Values.Any(row => row.IsNew && row.Task.Lease is null);

    /// <summary>Runs operations in order and sets their answers, which hold once the transaction has committed.</summary>
    /// <param name="operations">What is asked for.</param>
    /// <param name="trip">What is to be sent first, in the same round trip.</param>
    /// <returns>The operations that were left out, untouched.</returns>
    public async Task<IReadOnlyCollection<StoreOperation>> RunAsync(IReadOnlyList<StoreOperation> operations, PostgresTrip trip)
    {
        await HoldAsync(operations, trip);
        var leaving = new List<StoreOperation>();
        foreach (var operation in operations)
        {
            switch (operation)
            {
                case Submission submission:
                    submission.Answer = Add(submission.Task);
                    break;
                case Deciding deciding when deciding.Decisions.Any(decision => lockedElsewhere.Contains(decision.Id)):
                    leaving.Add(deciding);
                    break;
                case Deciding deciding:
                    Decide(deciding.Decisions);
                    deciding.Answer = true;
                    break;
                case Claiming claiming:
                    claiming.Answer = Claim(claiming.Claim);
                    break;
                default:
                    throw new UnreachableException($"{operation.GetType().Name} is no work for this store.");
            }
        }

        return leaving;
    }

    /// <summary>Adds the statements that write what was decided: those that fail when a row changed although it was held.</summary>
    public void Write(PostgresTrip trip)
    {
        var added = held.Values.Where(row => row.IsNew).Select(row => row.Task).ToList();
        if (added.Count > 0)
        {
            trip.Run(statements.Add, [.. PostgresRow.Decided(added), .. PostgresRow.Accepted(added)]);
        }

        var changed = held.Values.Where(row => row is { IsNew: false, HasChanged: true }).ToList();
        if (changed.Count > 0)
        {
            trip.Read(
                statements.Keep,
                _ => { },
                [.. PostgresRow.Decided([.. changed.Select(row => row.Task)]), PostgresRow.Array(changed, row => row.Version)]);
        }
    }

    private async Task HoldAsync(IReadOnlyList<StoreOperation> operations, PostgresTrip trip)
    {
        var ids = operations.OfType<Deciding>().SelectMany(deciding => deciding.Decisions).Select(decision => decision.Id.Value).Distinct().ToArray();
        var claims = operations.OfType<Claiming>().Sum(claiming => (long)claiming.Claim.Count);
        var submissions = operations.OfType<Submission>().Count();
        if (ids.Length > 0)
        {
            trip.Read(waits ? statements.HoldAndWait : statements.Hold, Hold, PostgresRow.Value(ids));
        }

        if (claims > 0)
        {
            trip.Read(statements.HoldExpired, Hold, PostgresRow.Value(ids), PostgresRow.Value(claims));
            trip.Read(statements.HoldQueued, Hold, PostgresRow.Value(ids), PostgresRow.Value(claims));
        }

        if (submissions > 0)
        {
            trip.Read(statements.NewIds, row => newIds.Enqueue(new TaskId(row.GetInt64(0))), PostgresRow.Value(submissions));
        }

        trip.Read(statements.Now, row => now = PostgresRow.ReadTime(row, 0));
        await trip.MakeAsync();
        foreach (var row in held.Values)
        {
            Change(row, row.Task);
        }

        var missing = ids.Where(id => !held.ContainsKey(new TaskId(id))).ToArray();
        if (missing.Length > 0 && !waits)
        {
            var look = new PostgresTrip(connection);
            look.Read(statements.Exist, row => lockedElsewhere.Add(new TaskId(row.GetInt64(0))), PostgresRow.Value(missing));
            await look.MakeAsync();
        }
    }

    private void Hold(NpgsqlDataReader row)
    {
        var task = PostgresRow.Read(row);
        held.Add(task.Id, new Held(task, PostgresRow.ReadVersion(row)));
    }

    private SnapshotTask Add(NewTask task)
    {
        var accepted = task.Accept(newIds.Dequeue(), now);
        var row = new Held(accepted, Held.New);
        held.Add(accepted.Id, row);
        Change(row, accepted);
        return accepted;
    }

    private void Decide(IReadOnlyList<TaskDecision> decisions)
    {
        foreach (var decision in decisions)
        {
            var row = held.GetValueOrDefault(decision.Id);
            var decided = decision.Decide(row?.Task, now);
            if (decided is not null && decided.Id != row?.Task.Id)
            {
                throw new InvalidOperationException($"A decision on task {decision.Id} returned another task.");
            }

            if (row is not null && decided is not null)
            {
                Change(row, decided);
            }
        }
    }

    private List<ClaimOutcome> Claim(Claim claim)
    {
        var claimed = new List<ClaimOutcome>();
        while (claimed.Count < claim.Count && claimable.Min is { } row)
        {
            claimable.Remove(row);
            var outcome = row.Task.TryClaim(claim, now).Outcome;
            if (outcome.Answer != ClaimAnswer.Refused)
            {
                Change(row, outcome.Task);
                claimed.Add(outcome);
            }
        }

        return claimed;
    }

    // Whatever is held is a candidate for claims as it has been decided so far: found for one, decided on, or added just now.
    private void Change(Held row, SnapshotTask task)
    {
        claimable.Remove(row);
        row.Task = task;
        if (task.EndedAt is null && task.Lease?.HasExpired(now) != false)
        {
            claimable.Add(row);
        }
    }

    /// <summary>A task as it was locked, and as it has been decided since.</summary>
    private sealed class Held(SnapshotTask task, long version)
    {
        /// <summary>The version of a row that is still to be added.</summary>
        public const long New = 0;

        public static readonly Comparer<Held> InOrderOfClaims = Comparer<Held>.Create((one, other) => Order(one).CompareTo(Order(other)));

        private readonly SnapshotTask locked = task;

        public long Version { get; } = version;

        public bool IsNew => Version == New;

        public SnapshotTask Task { get; set; } = task;

        public bool HasChanged => IsNew || !ReferenceEquals(locked, Task);

        private static (bool, DateTimeOffset?, DateTimeOffset, TaskId) Order(Held row) =>
            (row.Task.Lease is null, row.Task.Lease?.ExpiresAt, row.Task.CreatedAt, row.Task.Id);
    }
}
