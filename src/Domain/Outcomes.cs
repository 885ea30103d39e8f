namespace SnapshotTasks;

/// <summary>The answers to a submission.</summary>
public enum SubmitAnswer
{
    /// <summary>The task was added.</summary>
    Accepted,

    /// <summary>An earlier submission with the same key added it; nothing was added now.</summary>
    Repeated,

    /// <summary>The key belongs to a task that was asked for otherwise; nothing was added.</summary>
    KeyReused,

    /// <summary>The project uses as much as it may; nothing was added.</summary>
    LimitReached,

    /// <summary>It was to start at once, and nothing of its project starts now; nothing was added.</summary>
    Paused,
}

/// <summary>The answer to a submission.</summary>
/// <param name="answer">Which of the answers it is.</param>
/// <param name="task">The task; none when nothing was added and nothing has the key.</param>
/// <param name="limit">The limit that was reached; none when none was.</param>
public sealed class SubmitOutcome(SubmitAnswer answer, SnapshotTask? task, ReachedLimit? limit = null)
{
    /// <summary>Which of the answers it is.</summary>
    public SubmitAnswer Answer => answer;

    /// <summary>The task that was added, or the one that has the key, in whatever state it is.</summary>
    /// <exception cref="InvalidOperationException">There is none: nothing was added.</exception>
    public SnapshotTask Task => task ?? throw new InvalidOperationException($"No task was added: {(limit is null ? answer : $"the project has reached its {limit.Limit} of {limit.Max}")}.");

    /// <summary>Which limit of the project was reached; none when none was.</summary>
    public ReachedLimit? Limit => limit;
}

/// <summary>The answers to a cancel.</summary>
public enum CancelAnswer
{
    /// <summary>The task was queued, is cancelled now and never runs.</summary>
    Cancelled,

    /// <summary>The task had already left the queue; it is as it was.</summary>
    Refused,

    /// <summary>This project has no such task.</summary>
    NotFound,
}

/// <summary>The definite answer to a cancel.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="State">The state that won; none when not found.</param>
/// <param name="Ending">How the task had ended, when it refused because a run had ended it.</param>
/// <param name="Since">Since when the task is in that state.</param>
public sealed record CancelOutcome(CancelAnswer Answer, TaskState? State = null, TaskEnding? Ending = null, DateTimeOffset? Since = null)
{
    internal static CancelOutcome Of(Storage.Decision<CancelAnswer> decision) =>
        decision.TaskIfAny is { } task ? new(decision.Answer, task.State, task.Ending, task.Since) : new(decision.Answer);
}

/// <summary>The answers to an abort.</summary>
public enum AbortAnswer
{
    /// <summary>The run is ended as failed, and publishes nothing any more.</summary>
    Aborted,

    /// <summary>The run publishes its pictures already and ends now; when its lease expires instead, it can be aborted.</summary>
    EndingNow,

    /// <summary>The task does not run: it is queued and can be cancelled, or has ended.</summary>
    Refused,

    /// <summary>This project has no such task.</summary>
    NotFound,
}

/// <summary>The answer to an abort.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="State">The state that the task is in now; none when not found.</param>
/// <param name="Since">Since when the task is in that state.</param>
public sealed record AbortOutcome(AbortAnswer Answer, TaskState? State = null, DateTimeOffset? Since = null);

/// <summary>How a run ended a task.</summary>
public enum TaskEnding
{
    /// <summary>With pictures.</summary>
    Pictures,

    /// <summary>With a failure.</summary>
    Failure,
}
