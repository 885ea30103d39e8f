namespace SnapshotTasks.Storage;

/// <summary>What a transaction holds for a batch: nobody else changes it until the transaction ends.</summary>
internal sealed class Held
{
    /// <summary>The store's time, read after everything was locked: a decision never sees a time before the one it follows.</summary>
    public DateTimeOffset Now { get; set; }

    /// <summary>Which lanes had the last turns, where there are claims.</summary>
    public Turns Turns { get; set; }

    /// <summary>What is paused, where that is wanted.</summary>
    public Pauses Pauses { get; set; } = Pauses.None;

    /// <summary>Whether somebody else pauses something, or starts something while that is to be paused.</summary>
    public bool ArePausesLockedElsewhere { get; set; }

    /// <summary>How many tasks of each project have an attempt that runs, where that is wanted.</summary>
    public Dictionary<ProjectId, int> Running { get; } = [];

    /// <summary>Whether events are kept.</summary>
    public bool KeepsEvents { get; set; }

    /// <summary>The wanted tasks that there are, and the candidates for claims.</summary>
    public Dictionary<TaskId, SnapshotTask> Tasks { get; } = [];

    /// <summary>Wanted tasks that are there and that somebody else has locked.</summary>
    public HashSet<TaskId> LockedElsewhere { get; } = [];

    /// <summary>The wanted keys that nobody else has locked, each with the task that has it.</summary>
    public Dictionary<TaskKey, KeyedTask?> Keys { get; } = [];

    /// <summary>Ids for tasks to add.</summary>
    public Queue<TaskId> NewIds { get; } = [];

    /// <summary>The tasks that have no outcome yet of the cancellations that come to them.</summary>
    public HashSet<(CancellationId Cancellation, TaskId Task)> Open { get; } = [];

    /// <summary>The wanted subscriptions that there are.</summary>
    public Dictionary<string, Subscription> Subscriptions { get; } = [];

    /// <summary>Wanted subscriptions that somebody else has locked.</summary>
    public HashSet<string> SubscriptionsLockedElsewhere { get; } = [];

    /// <summary>What each step of removing found.</summary>
    public Dictionary<EndedTasks, FoundEnded> Ended { get; } = [];
}

/// <summary>A task that has a key, and the hash of what was asked for with it.</summary>
internal sealed record KeyedTask(SnapshotTask Task, string RequestHash);

/// <summary>What a step of removing found.</summary>
/// <param name="Ids">The tasks that ended long enough ago and are held.</param>
/// <param name="Looked">How many tasks it looked at.</param>
/// <param name="Last">The last of these; the default when it looked at none.</param>
/// <param name="LastCreatedAt">When that one was accepted.</param>
internal sealed record FoundEnded(IReadOnlyList<TaskId> Ids, int Looked, TaskId Last, DateTimeOffset LastCreatedAt);
