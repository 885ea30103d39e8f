namespace SnapshotTasks.Storage;

/// <summary>A task on its way into a store.</summary>
/// <param name="Project">The project it belongs to.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="StartedBy">The claim under which it starts in the same transaction, so that it is never seen queued; none to queue it.</param>
public sealed record NewTask(ProjectId Project, SnapshotRequest Request, Claim? StartedBy = null)
{
    /// <summary>What it comes before, and after.</summary>
    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>The caller's name for this submission, by which a repeated one is known; none when it is never repeated.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>Whether its project has reached a limit: then it is only looked for by its key, and never added.</summary>
    public bool LimitIsReached { get; init; }

    /// <summary>The trace that the submission belongs to, as a W3C <c>traceparent</c>; none when it is not traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Who submits it, for its history; none when that is not said.</summary>
    public string? By { get; init; }

    /// <summary>What becomes of it as the task with this id.</summary>
    /// <param name="id">The id.</param>
    /// <param name="now">The store's time.</param>
    /// <param name="running">How many tasks of its project run, where that is bounded for one that starts at once.</param>
    /// <param name="pauses">What is paused, for one that starts at once.</param>
    public Decision<SubmitAnswer> Accept(TaskId id, DateTimeOffset now, int running = 0, Pauses? pauses = null) =>
        StartedBy is not null && pauses?.HoldBack(Project) == true
            ? new(null, SubmitAnswer.Paused)
            : SnapshotTask.Accept(id, this, now, running);

    /// <summary>What becomes of it when a task of its project already has its key: the same one again, or a refusal.</summary>
    /// <param name="existing">The task that has the key.</param>
    /// <param name="requestHash">The hash that is kept with that task.</param>
    public Decision<SubmitAnswer> Repeat(SnapshotTask existing, string requestHash) =>
        new(existing, Key?.IsOf(requestHash) == true ? SubmitAnswer.Repeated : SubmitAnswer.KeyReused);
}
