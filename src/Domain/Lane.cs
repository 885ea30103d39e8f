namespace SnapshotTasks.Storage;

/// <summary>The tasks of a project that have a priority: lanes of a priority take turns.</summary>
/// <param name="Priority">The priority.</param>
/// <param name="Project">The project.</param>
public readonly record struct Lane(TaskPriority Priority, ProjectId Project)
{
    /// <summary>The lane of a task.</summary>
    public static Lane Of(SnapshotTask task) => new(task.Priority, task.Project);
}

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

    /// <summary>The lanes in the order in which they have the next turn: by priority, and within one around the ring from the last turn on.</summary>
    public IEnumerable<Lane> Order(IEnumerable<Lane> lanes)
    {
        var turns = this;
        return lanes.OrderBy(lane => lane.Priority).ThenBy(turns.HasHadTurn).ThenBy(lane => lane.Project.Value, StringComparer.Ordinal);
    }

    // In this round.
    private bool HasHadTurn(Lane lane) => (lane.Priority switch
    {
        TaskPriority.High => High,
        TaskPriority.Normal => Normal,
        TaskPriority.Low => Low,
    }) is { } last && string.CompareOrdinal(lane.Project.Value, last.Value) <= 0;
}
