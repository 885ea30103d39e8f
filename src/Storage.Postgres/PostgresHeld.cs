using Npgsql;

namespace SnapshotTasks;

/// <summary>A task as it was locked, and as it has been decided since.</summary>
/// <param name="task">The task.</param>
/// <param name="version">The version of its row; 0 when it is still to be added.</param>
/// <param name="key">The key that it is added with.</param>
internal sealed class PostgresHeldRow(SnapshotTask task, long version, IdempotencyKey? key = null)
{
    private readonly SnapshotTask locked = task;

    public long Version { get; } = version;

    public IdempotencyKey? Key { get; } = key;

    public SnapshotTask Task { get; set; } = task;

    public bool IsNew => Version == 0;

    public bool HasChanged => IsNew || !ReferenceEquals(locked, Task);
}

/// <summary>The rows that a transaction holds; each is written at most once, whatever is decided on it.</summary>
/// <param name="forClaims">Whether there are claims: if not, nothing is kept in their order.</param>
internal sealed class PostgresHeld(bool forClaims)
{
    private static readonly Comparer<PostgresHeldRow> InOrderOfClaims =
        Comparer<PostgresHeldRow>.Create((one, other) => Order(one).CompareTo(Order(other)));

    private readonly Dictionary<TaskId, PostgresHeldRow> rows = [];

    // What can be claimed as it has been decided so far: what was locked for claims, decided on, or added just now.
    private readonly SortedSet<PostgresHeldRow> claimable = new(InOrderOfClaims);
    private DateTimeOffset now;

    /// <summary>The time of all decisions, which is known once all rows are locked.</summary>
    public DateTimeOffset Now
    {
        get => now;
        set
        {
            now = value;
            foreach (var row in rows.Values)
            {
                Change(row, row.Task);
            }
        }
    }

    public IReadOnlyCollection<PostgresHeldRow> Rows => rows.Values;

    public PostgresHeldRow? Find(TaskId id) => rows.GetValueOrDefault(id);

    public void Add(NpgsqlDataReader row)
    {
        var task = PostgresRow.Read(row);
        rows.Add(task.Id, new PostgresHeldRow(task, PostgresRow.ReadVersion(row)));
    }

    public SnapshotTask Accept(NewTask task, TaskId id)
    {
        var accepted = task.Accept(id, now);
        var row = new PostgresHeldRow(accepted, version: 0, task.Key);
        rows.Add(id, row);
        Change(row, accepted);
        return accepted;
    }

    public void Change(PostgresHeldRow row, SnapshotTask task)
    {
        if (!forClaims)
        {
            row.Task = task;
            return;
        }

        claimable.Remove(row);
        row.Task = task;
        if (task.EndedAt is null && task.Lease?.HasExpired(now) != false)
        {
            claimable.Add(row);
        }
    }

    public List<ClaimOutcome> Claim(Claim claim)
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

    private static (bool, DateTimeOffset?, DateTimeOffset, TaskId) Order(PostgresHeldRow row) =>
        (row.Task.Lease is null, row.Task.Lease?.ExpiresAt, row.Task.CreatedAt, row.Task.Id);
}
