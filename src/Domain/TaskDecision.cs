namespace SnapshotTasks.Storage;

/// <summary>A question put to one task, answered by the domain while the store holds its row.</summary>
/// <typeparam name="TAnswer">The closed set of answers.</typeparam>
public sealed record TaskDecision<TAnswer>
    where TAnswer : struct, Enum
{
    private readonly Func<SnapshotTask?, DateTimeOffset, Decision<TAnswer>> decide;

    internal TaskDecision(TaskId id, TaskTrigger? trigger, Func<SnapshotTask?, DateTimeOffset, Decision<TAnswer>> decide) =>
        (Id, Trigger, this.decide) = (id, trigger, decide);

    /// <summary>The task it is about.</summary>
    public TaskId Id { get; }

    /// <summary>What it would do to the task; none when it is about the lease alone.</summary>
    public TaskTrigger? Trigger { get; }

    /// <summary>Whether the task is wanted whole afterwards; if not, its request and pictures need not be read in order to decide.</summary>
    public bool Whole { get; init; }

    /// <summary>Decides on the locked task, without effects: a store calls it again when it has to repeat a transaction.</summary>
    /// <param name="current">The task as locked, or none.</param>
    /// <param name="now">The store's time.</param>
    /// <exception cref="InvalidOperationException">It was put to another task.</exception>
    public Decision<TAnswer> Decide(SnapshotTask? current, DateTimeOffset now)
    {
        var decided = decide(current, now);
        return decided.TaskIfAny is null || (current?.Id == Id && decided.Task.Id == Id)
            ? decided
            : throw new InvalidOperationException($"A decision on task {Id} made it, or another one.");
    }
}

/// <summary>The decisions that there are.</summary>
public static class TaskDecision
{
    /// <summary>Cancels a task of a project.</summary>
    public static TaskDecision<CancelAnswer> Cancel(ProjectId project, TaskId id) => new(id, TaskTrigger.Cancel, (task, now) =>
        task?.Project == project ? task.Cancel(now) : new(null, CancelAnswer.NotFound, TaskTrigger.Cancel));

    /// <summary>Extends a lease from now on.</summary>
    public static TaskDecision<LeaseAnswer> Renew(TaskId id, Lease lease, TimeSpan duration) => new(id, null, (task, now) =>
        task?.Renew(lease, duration, now) ?? new(null, LeaseAnswer.Lost));

    /// <summary>Gives a lease back.</summary>
    public static TaskDecision<LeaseAnswer> Release(TaskId id, Lease lease) => new(id, null, (task, now) =>
        task?.Release(lease, now) ?? new(null, LeaseAnswer.Lost));

    /// <summary>Ends a run with pictures.</summary>
    public static TaskDecision<CompleteAnswer> Complete(TaskId id, Lease lease, IReadOnlyList<string> pictures) => new(id, TaskTrigger.Complete, (task, now) =>
        task?.Complete(lease, pictures, now) ?? new(null, CompleteAnswer.LeaseLost, TaskTrigger.Complete));

    /// <summary>Ends a run with a failure.</summary>
    public static TaskDecision<CompleteAnswer> Fail(TaskId id, Lease lease, Failure failure) => new(id, TaskTrigger.Complete, (task, now) =>
        task?.Fail(lease, failure, now) ?? new(null, CompleteAnswer.LeaseLost, TaskTrigger.Complete));
}
