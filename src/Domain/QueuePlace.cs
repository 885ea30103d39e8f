namespace SnapshotTasks;

/// <summary>Where a queued task stands.</summary>
/// <param name="Id">The task.</param>
/// <param name="Ahead">How many queued tasks of its project come before it.</param>
/// <param name="IsExact">Whether that is exact; if not, it is the most that is counted, and there are more.</param>
/// <param name="AheadOfAll">About how many queued tasks of all projects come before it, those of its own included.</param>
/// <param name="StartsIn">In about how long it starts, at the rate of the last minutes; none when that cannot be said: nothing runs, it is paused, or it is not exact.</param>
public sealed record QueuePlace(TaskId Id, int Ahead, bool IsExact, int AheadOfAll, TimeSpan? StartsIn)
{
    /// <summary>Up to where tasks are counted.</summary>
    public const int MaxAhead = 10_000;

    /// <summary>About how many tasks come before one, lane by lane in turn, and all of higher priorities: what <see cref="Storage.ClaimOrder"/> says, but for where the ring stands.</summary>
    /// <param name="mine">The lane of the task.</param>
    /// <param name="aheadInLane">How many tasks of its lane come before it.</param>
    /// <param name="lanes">How many tasks each lane has queued.</param>
    internal static int CountOfAll(Storage.Lane mine, int aheadInLane, IEnumerable<Storage.QueuedLane> lanes) => aheadInLane + lanes
        .Where(lane => lane.Lane != mine && lane.Lane.Priority <= mine.Priority)
        .Sum(lane => lane.Lane.Priority < mine.Priority ? lane.Queued : Math.Min(lane.Queued, aheadInLane + 1));
}
