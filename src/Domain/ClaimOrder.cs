namespace SnapshotTasks.Storage;

/// <summary>
/// Who is next among tasks that can be claimed: first those whose lease has expired, the longest first; then by priority, lane by lane in
/// turn, and within a lane the one whose deferral has been over for the longest, then the one that was accepted first.
/// </summary>
/// <param name="turns">Which lanes had the last turns.</param>
/// <param name="running">How many tasks of each project run; nothing where no claim bounds that.</param>
/// <param name="pauses">What is paused: takeovers go on, and nothing else of it starts.</param>
public sealed class ClaimOrder(Turns turns, IReadOnlyDictionary<ProjectId, int> running, Pauses pauses)
{
    private readonly Dictionary<ProjectId, int> running = new(running);
    private readonly SortedSet<(DateTimeOffset Since, TaskId Id, SnapshotTask Task)> expired = new(ByTimeAndId.Instance);
    private readonly Dictionary<Lane, SortedSet<(DateTimeOffset Since, TaskId Id, SnapshotTask Task)>> waiting = [];
    private readonly SortedSet<Lane> lanes = new(Lane.Ring);

    /// <summary>Which lanes had the last turns by now.</summary>
    public Turns Turns { get; private set; } = turns;

    /// <summary>What is paused by now.</summary>
    public Pauses Pauses { get; set; } = pauses;

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
            if (!waiting.TryGetValue(lane, out var tasks))
            {
                waiting.Add(lane, tasks = new(ByTimeAndId.Instance));
                lanes.Add(lane);
            }

            tasks.Add(InLane(task));
        }
    }

    /// <summary>Removes a task, as it was added; nothing when it is not there.</summary>
    public void Remove(SnapshotTask task)
    {
        if (task.Lease is { } lease)
        {
            expired.Remove((lease.ExpiresAt, task.Id, task));
        }
        else if (waiting.TryGetValue(Lane.Of(task), out var tasks) && tasks.Remove(InLane(task)) && tasks.Count == 0)
        {
            waiting.Remove(Lane.Of(task));
            lanes.Remove(Lane.Of(task));
        }
    }

    /// <summary>How many tasks of a project run by now.</summary>
    public int RunningOf(ProjectId project) => running.GetValueOrDefault(project);

    /// <summary>A decision has changed a task, or added it.</summary>
    public void Count(SnapshotTask? before, SnapshotTask after) =>
        running[after.Project] = RunningOf(after.Project) + (after.TakesPlace ? 1 : 0) - (before?.TakesPlace == true ? 1 : 0);

    /// <summary>Takes the next one out that a claim may have; none when there is none. Projects that are paused, or have as many tasks running as they may, are passed over.</summary>
    public SnapshotTask? Take(Claim claim)
    {
        if (expired.Count > 0)
        {
            var (_, _, dead) = expired.Min;
            Remove(dead);
            return dead;
        }

        foreach (var lane in Enum.GetValues<TaskPriority>().SelectMany(priority => Turns.Order(lanes, priority)))
        {
            if (!Pauses.HoldBack(lane.Project) && claim.Permits(RunningOf(lane.Project)))
            {
                var task = waiting[lane].Min.Task;
                Turns = Turns.After(lane);
                Remove(task);
                return task;
            }
        }

        return null;
    }

    // What is queued comes after all that was put off.
    private static (DateTimeOffset Since, TaskId Id, SnapshotTask Task) InLane(SnapshotTask task) =>
        (task.Deferral?.Until ?? DateTimeOffset.MaxValue, task.Id, task);

    private sealed class ByTimeAndId : IComparer<(DateTimeOffset Since, TaskId Id, SnapshotTask Task)>
    {
        public static ByTimeAndId Instance { get; } = new();

        public int Compare((DateTimeOffset Since, TaskId Id, SnapshotTask Task) one, (DateTimeOffset Since, TaskId Id, SnapshotTask Task) other) =>
            (one.Since, one.Id).CompareTo((other.Since, other.Id));
    }
}
