namespace SnapshotTasks.Storage;

/// <summary>The tasks of a project that have a priority: lanes of a priority take turns.</summary>
/// <param name="Priority">The priority.</param>
/// <param name="Project">The project.</param>
public readonly record struct Lane(TaskPriority Priority, ProjectId Project)
{
    /// <summary>By priority, and within it by the name of the project.</summary>
    public static IComparer<Lane> Ring { get; } = Comparer<Lane>.Create((one, other) => one.Priority == other.Priority
        ? string.CompareOrdinal(one.Project.Value, other.Project.Value)
        : one.Priority - other.Priority);

    /// <summary>The lane of a task.</summary>
    public static Lane Of(SnapshotTask task) => new(task.Priority, task.Project);
}

/// <summary>What a lane has queued.</summary>
/// <param name="Lane">The lane.</param>
/// <param name="Queued">How many tasks, exact up to the limit asked for and the limit above it.</param>
public sealed record QueuedLane(Lane Lane, int Queued);

/// <summary>Which lane of each priority had the last turn.</summary>
public readonly record struct Turns
{
    private ProjectId? High { get; init; }

    private ProjectId? Normal { get; init; }

    private ProjectId? Low { get; init; }

    /// <summary>The turns after a lane has had one.</summary>
    public Turns After(Lane lane) => lane.Priority switch
    {
        TaskPriority.High => this with { High = lane.Project },
        TaskPriority.Normal => this with { Normal = lane.Project },
        TaskPriority.Low => this with { Low = lane.Project },
    };

    /// <summary>The lanes of a priority in the order in which they have the next turn: around the ring, from the last turn on.</summary>
    /// <param name="lanes">Lanes of any priority, in the order of <see cref="Lane.Ring"/>; read as far as is asked for.</param>
    /// <param name="priority">The priority.</param>
    public IEnumerable<Lane> Order(SortedSet<Lane> lanes, TaskPriority priority)
    {
        // No project has an empty name.
        Lane first = new(priority, new ProjectId("")), end = new(priority + 1, new ProjectId(""));
        var last = priority switch
        {
            TaskPriority.High => High,
            TaskPriority.Normal => Normal,
            TaskPriority.Low => Low,
        } is { } project ? new Lane(priority, project) : first;
        return lanes.GetViewBetween(last, end).Where(lane => lane != last).Concat(lanes.GetViewBetween(first, last));
    }
}
