namespace SnapshotTasks;

/// <summary>An event as the store keeps it: what a decision made happen to a task.</summary>
/// <param name="Task">The task.</param>
/// <param name="Version">The version of the task that the decision led to.</param>
/// <param name="What">What happened.</param>
/// <param name="At">When, by the clock of the store.</param>
/// <param name="Attempt">The attempt it was about; 0 before the first.</param>
public sealed record RecordedEvent(TaskId Task, long Version, TaskEvent What, DateTimeOffset At, int Attempt)
{
    /// <summary>The most characters of <see cref="By"/>.</summary>
    public const int MaxByLength = 128;

    /// <summary>Its place among all events of the store, with gaps; 0 as long as it is not kept.</summary>
    public long Number { get; init; }

    /// <summary>The project of the task.</summary>
    public ProjectId Project { get; init; }

    /// <summary>The worker that held the run, by an id that is random per process start; none when nobody did.</summary>
    public string? Holder { get; init; }

    /// <summary>Who decided from outside; none when that was not said, and when a worker did.</summary>
    public string? By { get; init; }

    /// <summary>Why; of an attempt that failed, its failure.</summary>
    public string? Reason { get; init; }

    /// <summary>Whether the task ended with it.</summary>
    public bool IsEnd => What switch
    {
        TaskEvent.Completed or TaskEvent.Cancelled => true,
        TaskEvent.Queued or TaskEvent.Started or TaskEvent.TakenOver or TaskEvent.Deferred => false,
    };

    /// <summary>How a run ended the task with it; none when none did.</summary>
    public TaskEnding? Ending => What == TaskEvent.Completed ? (Reason is null ? TaskEnding.Pictures : TaskEnding.Failure) : null;

    /// <summary>The event that a decision on a task made happen.</summary>
    /// <param name="before">The task before; none for one that was added.</param>
    /// <param name="after">The task after.</param>
    /// <param name="what">What happened.</param>
    /// <param name="now">The store's time.</param>
    /// <param name="by">Who decided, where that was said.</param>
    internal static RecordedEvent Of(SnapshotTask? before, SnapshotTask after, TaskEvent what, DateTimeOffset now, string? by) =>
        new(after.Id, after.Version, what, now, after.Attempt)
        {
            Project = after.Project,
            Holder = after.Lease?.Holder ?? before?.Lease?.Holder,
            By = by,
            Reason = (after.Deferral?.Failure ?? after.Failure)?.Reason,
        };
}
