namespace SnapshotTasks;

/// <summary>What a decision made of a task.</summary>
/// <param name="Task">The task after the decision, the same one when nothing changed.</param>
/// <param name="Outcome">The answer to whoever asked.</param>
public readonly record struct Decision<TOutcome>(SnapshotTask? Task, TOutcome Outcome);

/// <summary>The answers to a submission.</summary>
public enum SubmitAnswer
{
    /// <summary>The task was added.</summary>
    Accepted,

    /// <summary>An earlier submission with the same key added it; nothing was added now.</summary>
    Repeated,

    /// <summary>The key belongs to a task that was asked for otherwise; nothing was added.</summary>
    KeyReused,

    /// <summary>The project has as many queued tasks as it may have; nothing was added.</summary>
    QueueFull,
}

/// <summary>The answer to a submission.</summary>
/// <param name="answer">Which of the answers it is.</param>
/// <param name="task">The task; none exactly when the queue was full.</param>
public sealed class SubmitOutcome(SubmitAnswer answer, SnapshotTask? task)
{
    /// <summary>The answer without a task.</summary>
    public static SubmitOutcome QueueFull { get; } = new(SubmitAnswer.QueueFull, null);

    /// <summary>Which of the answers it is.</summary>
    public SubmitAnswer Answer => answer;

    /// <summary>The task that was added, or the one that has the key, in whatever state it is.</summary>
    /// <exception cref="InvalidOperationException">There is none: the queue was full.</exception>
    public SnapshotTask Task => task ?? throw new InvalidOperationException("No task was added: the project has as many queued tasks as it may have.");
}

/// <summary>What one step of removing ended tasks did.</summary>
/// <param name="Removed">How many tasks were removed.</param>
/// <param name="Next">The id after which the next step begins; none when nothing is left that could be old enough.</param>
public sealed record RemovalOutcome(int Removed, TaskId? Next);

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
/// <param name="Task">The task as it is after a cancel, or as it was locked when it refused; none when not found.</param>
public sealed record CancelOutcome(CancelAnswer Answer, SnapshotTask? Task)
{
    /// <summary>The state that won.</summary>
    public TaskState? State => Task?.State;

    /// <summary>Since when the task is in that state.</summary>
    public DateTimeOffset? Since => Task?.Since;
}

/// <summary>The answers to a claim of one task.</summary>
public enum ClaimAnswer
{
    /// <summary>The first attempt starts.</summary>
    Started,

    /// <summary>Another attempt starts after a lease has expired.</summary>
    TakenOver,

    /// <summary>The task ended as failed: its attempts are used up.</summary>
    AttemptsUsedUp,

    /// <summary>The task cannot start now.</summary>
    Refused,
}

/// <summary>What a claim made of one task.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Task">The task after the claim, with its lease when an attempt starts.</param>
public sealed record ClaimOutcome(ClaimAnswer Answer, SnapshotTask Task);

/// <summary>The answers to a renewal or a release.</summary>
public enum LeaseAnswer
{
    /// <summary>The lease was held, and is renewed or released.</summary>
    Held,

    /// <summary>Another worker took over, or the task has ended: stop working on it.</summary>
    Lost,
}

/// <summary>The answer to a renewal or a release.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Task">The task after the decision; none when the store no longer has it.</param>
public sealed record LeaseOutcome(LeaseAnswer Answer, SnapshotTask? Task);

/// <summary>The answers to a completion.</summary>
public enum CompleteAnswer
{
    /// <summary>The outcome is recorded.</summary>
    Recorded,

    /// <summary>This attempt had already recorded its outcome: an earlier answer was lost on the way.</summary>
    Repeated,

    /// <summary>The lease is stale: another attempt records, or has recorded, the outcome.</summary>
    LeaseLost,
}

/// <summary>The answer to a completion.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Task">The task after the decision; none when the store no longer has it.</param>
public sealed record CompleteOutcome(CompleteAnswer Answer, SnapshotTask? Task);
