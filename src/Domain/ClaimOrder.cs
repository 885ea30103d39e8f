namespace SnapshotTasks.Storage;

/// <summary>The order in which tasks are claimed: first those whose lease has expired, the longest first; then the longest queued.</summary>
public sealed class ClaimOrder : IComparer<SnapshotTask>
{
    private ClaimOrder()
    {
    }

    /// <summary>The order.</summary>
    public static ClaimOrder Instance { get; } = new();

    /// <inheritdoc/>
    public int Compare(SnapshotTask? one, SnapshotTask? other) => Key(one!).CompareTo(Key(other!));

    private static (bool IsQueued, DateTimeOffset Since, TaskId Id) Key(SnapshotTask task) =>
        task.Lease is { } lease ? (false, lease.ExpiresAt, task.Id) : (true, task.CreatedAt, task.Id);
}
