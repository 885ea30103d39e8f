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

    /// <summary>Who decides, for the history of the task; none when that is not said.</summary>
    public string? By { get; init; }

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
    /// <param name="id">The task.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="duration">How long it lasts from now on.</param>
    /// <param name="publishing">Whether its holder publishes pictures from now on: then the run cannot be aborted as long as the lease lasts.</param>
    public static TaskDecision<LeaseAnswer> Renew(TaskId id, Lease lease, TimeSpan duration, bool publishing = false) => new(id, null, (task, now) =>
        task?.Renew(lease, duration, now, publishing) ?? new(null, LeaseAnswer.Lost));

    /// <summary>Gives a lease back.</summary>
    public static TaskDecision<LeaseAnswer> Release(TaskId id, Lease lease) => new(id, null, (task, now) =>
        task?.Release(lease, now) ?? new(null, LeaseAnswer.Lost));

    /// <summary>Ends a run with pictures.</summary>
    public static TaskDecision<CompleteAnswer> Complete(TaskId id, Lease lease, IReadOnlyList<string> pictures) => new(id, TaskTrigger.Complete, (task, now) =>
        task?.Complete(lease, pictures, now) ?? new(null, CompleteAnswer.LeaseLost, TaskTrigger.Complete));

    /// <summary>Ends a run with a failure.</summary>
    public static TaskDecision<CompleteAnswer> Fail(TaskId id, Lease lease, Failure failure) => new(id, TaskTrigger.Complete, (task, now) =>
        task?.Fail(lease, failure, now) ?? new(null, CompleteAnswer.LeaseLost, TaskTrigger.Complete));

    /// <summary>Ends an attempt with a failure that may pass: the next one is put off, or the task fails when its attempts are used up.</summary>
    /// <param name="id">The task.</param>
    /// <param name="lease">The lease.</param>
    /// <param name="failure">What the task fails with when no attempt is left.</param>
    /// <param name="delay">For how long the next attempt is put off.</param>
    /// <param name="maxAttempts">How many attempts a task has.</param>
    public static TaskDecision<CompleteAnswer> Defer(TaskId id, Lease lease, Failure failure, TimeSpan delay, int maxAttempts) =>
        new(id, TaskTrigger.Defer, (task, now) =>
            task?.Defer(lease, failure, delay, maxAttempts, now) ?? new(null, CompleteAnswer.LeaseLost, TaskTrigger.Defer))
        {
            Whole = true,
        };

    /// <summary>Ends a run of a project as failed, whoever holds it.</summary>
    public static TaskDecision<AbortAnswer> Abort(ProjectId project, TaskId id, Failure failure) => new(id, TaskTrigger.Complete, (task, now) =>
        task?.Project == project ? task.Abort(failure, now) : new(null, AbortAnswer.NotFound, TaskTrigger.Complete));
}
