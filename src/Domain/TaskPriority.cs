namespace SnapshotTasks;

/// <summary>What comes first: as long as a task of a higher priority waits, none of a lower one starts.</summary>
public enum TaskPriority
{
    /// <summary>Before all others.</summary>
    High,

    /// <summary>What is not said to be another.</summary>
    Normal,

    /// <summary>After all others.</summary>
    Low,
}
