namespace SnapshotTasks;

/// <summary>The limits of what one project may use, named as the options that set them.</summary>
public enum ProjectLimit
{
    /// <summary>Of tasks that are queued.</summary>
    MaxQueuedTasks,

    /// <summary>Of tasks that are stored, in whatever state.</summary>
    MaxStoredTasks,

    /// <summary>Of bytes, in UTF-8, of the <c>user_data</c> of all stored tasks.</summary>
    MaxUserData,

    /// <summary>Of captures that were wanted at once and have not ended, in this process.</summary>
    MaxImmediate,

    /// <summary>Of tasks that run at once.</summary>
    MaxRunning,
}

/// <summary>A limit that a project has reached.</summary>
/// <param name="Limit">Which one.</param>
/// <param name="Max">The most there may be.</param>
public sealed record ReachedLimit(ProjectLimit Limit, long Max);
