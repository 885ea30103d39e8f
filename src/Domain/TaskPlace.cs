namespace SnapshotTasks;

/// <summary>A place in the pages of tasks, which come newest first; it never moves, whatever becomes of the task that had it.</summary>
/// <param name="CreatedAt">When the task was accepted.</param>
/// <param name="Id">The task.</param>
public readonly record struct TaskPlace(DateTimeOffset CreatedAt, TaskId Id)
{
    /// <summary>The place of a task.</summary>
    public static TaskPlace Of(SnapshotTask task) => new(task.CreatedAt, task.Id);

    /// <summary>The place after which the tasks that match begin, when only those after another one are wanted.</summary>
    public static TaskPlace Before(TaskFilter filter, TaskPlace? after)
    {
        var newest = new TaskPlace(filter.CreatedTo ?? DateTimeOffset.MaxValue, new(long.MaxValue));
        return after is { } place && newest.IsBefore(place) ? place : newest;
    }

    /// <summary>Whether another place comes after this one.</summary>
    public bool IsBefore(TaskPlace other) => other.CreatedAt < CreatedAt || (other.CreatedAt == CreatedAt && other.Id < Id);
}
