namespace SnapshotTasks.Storage;

/// <summary>
/// Who is next among tasks that can be claimed: first those whose lease has expired, the longest first; then by priority, lane by lane in
/// turn, and within a lane the one that was accepted first.
/// </summary>
/// <param name="turns">Which lanes had the last turns.</param>
public sealed class ClaimOrder(Turns turns)
{
    private readonly SortedSet<(DateTimeOffset Since, TaskId Id, SnapshotTask Task)> expired = new(ByTimeAndId.Instance);
    private readonly Dictionary<Lane, SortedDictionary<TaskId, SnapshotTask>> queued = [];

    /// <summary>Which lanes had the last turns by now.</summary>
    public Turns Turns { get; private set; } = turns;

    /// <summary>Adds a task that can be claimed.</summary>
    public void Add(SnapshotTask task)
    {
        if (task.Lease is { } lease)
        {
            expired.Add((lease.ExpiresAt, task.Id, task));
        }
        else
        {
            var lane = Lane.Of(task);
            if (!queued.TryGetValue(lane, out var tasks))
            {
                queued.Add(lane, tasks = []);
            }

            tasks.Add(task.Id, task);
        }
    }

    /// <summary>Removes a task, as it was added; nothing when it is not there.</summary>
    public void Remove(SnapshotTask task)
    {
        if (task.Lease is { } lease)
        {
            expired.Remove((lease.ExpiresAt, task.Id, task));
        }
        else if (queued.TryGetValue(Lane.Of(task), out var tasks) && tasks.Remove(task.Id) && tasks.Count == 0)
        {
            queued.Remove(Lane.Of(task));
        }
    }

    /// <summary>Takes the next one out; none when there is none.</summary>
    public SnapshotTask? Take()
    {
        if (expired.Count > 0)
        {
            var (_, _, dead) = expired.Min;
            Remove(dead);
            return dead;
        }

        if (queued.Count == 0)
        {
            return null;
        }

        var lane = Turns.Order(queued.Keys).First();
        var task = queued[lane].First().Value;
        Turns = Turns.After(lane);
        Remove(task);
        return task;
    }

    private sealed class ByTimeAndId : IComparer<(DateTimeOffset Since, TaskId Id, SnapshotTask Task)>
    {
        public static ByTimeAndId Instance { get; } = new();

        public int Compare((DateTimeOffset Since, TaskId Id, SnapshotTask Task) one, (DateTimeOffset Since, TaskId Id, SnapshotTask Task) other) =>
            (one.Since, one.Id).CompareTo((other.Since, other.Id));
    }
}
