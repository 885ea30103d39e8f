namespace SnapshotTasks.Storage;

/// <summary>What a decision made of a task: the task, the answer to whoever asked, and what has happened.</summary>
/// <typeparam name="TAnswer">The closed set of answers.</typeparam>
public readonly record struct Decision<TAnswer>
    where TAnswer : struct, Enum
{
    internal Decision(SnapshotTask? task, TAnswer answer, TaskTrigger? trigger = null, TaskEvent? happened = null) =>
        (TaskIfAny, Answer, Trigger, Happened) = (task, answer, trigger, happened);

    /// <summary>The answer.</summary>
    public TAnswer Answer { get; }

    /// <summary>The task after the decision, the same one when nothing changed.</summary>
    /// <exception cref="InvalidOperationException">There is no such task.</exception>
    public SnapshotTask Task => TaskIfAny ?? throw new InvalidOperationException($"The answer is {Answer}: there is no task.");

    /// <summary>The task after the decision; none when there is none.</summary>
    public SnapshotTask? TaskIfAny { get; }

    /// <summary>What was to be done to the task; none when it was about its key or its lease alone.</summary>
    public TaskTrigger? Trigger { get; }

    /// <summary>What has happened to the task; none when nothing has that anybody is told of.</summary>
    public TaskEvent? Happened { get; }

    /// <summary>Takes the decision apart.</summary>
    public void Deconstruct(out TAnswer answer, out SnapshotTask task) => (answer, task) = (Answer, Task);
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

/// <summary>The answers to a renewal or a release.</summary>
public enum LeaseAnswer
{
    /// <summary>The lease was held, and is renewed or released.</summary>
    Held,

    /// <summary>Another worker took over, or the task has ended: stop working on it.</summary>
    Lost,
}

/// <summary>The answers to a completion.</summary>
public enum CompleteAnswer
{
    /// <summary>The outcome is recorded.</summary>
    Recorded,

    /// <summary>The outcome is not final: the next attempt is put off.</summary>
    Deferred,

    /// <summary>This attempt had already recorded its outcome: an earlier answer was lost on the way.</summary>
    Repeated,

    /// <summary>The lease is stale: another attempt records, or has recorded, the outcome.</summary>
    LeaseLost,
}

/// <summary>What one step of removing ended tasks did.</summary>
/// <param name="Removed">How many tasks were removed.</param>
/// <param name="Next">The id after which the next step begins; none when nothing is left that could be old enough.</param>
public sealed record RemovalOutcome(int Removed, TaskId? Next);
