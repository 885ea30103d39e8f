namespace SnapshotTasks;

/// <summary>Which tasks of a project a query is about.</summary>
/// <param name="Project">The project.</param>
/// <param name="State">Only tasks in this state.</param>
/// <param name="Failed">Only tasks that ended with a failure, or only those that did not.</param>
/// <param name="CreatedFrom">Only tasks accepted at this time or later.</param>
/// <param name="CreatedTo">Only tasks accepted at this time or earlier.</param>
public sealed record TaskFilter(
    ProjectId Project,
    TaskState? State = null,
    bool? Failed = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null)
{
    /// <summary>The tasks of a project that wait for their start.</summary>
    public static TaskFilter Queued(ProjectId project) => new(project, TaskState.Queued);

    /// <summary>The only state a matching task can be in, if there is one: asked for, or because only a completed task has failed.</summary>
    public TaskState? ImpliedState => State is null && Failed == true ? TaskState.Completed : State;

    /// <summary>Whether a task matches.</summary>
    public bool Matches(SnapshotTask task) =>
        task.Project == Project
        && (State is null || task.State == State)
        && (Failed is null || (task.Failure is not null) == Failed)
        && (CreatedFrom is null || task.CreatedAt >= CreatedFrom)
        && (CreatedTo is null || task.CreatedAt <= CreatedTo);
}
