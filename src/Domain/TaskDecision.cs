namespace SnapshotTasks;

/// <summary>A question put to one task, answered by the domain while the store holds its row.</summary>
public abstract class TaskDecision
{
    private protected TaskDecision(TaskId id) => Id = id;

    /// <summary>The task it is about.</summary>
    public TaskId Id { get; }

    /// <summary>Decides on the locked task; a store calls it again when it has to repeat a transaction.</summary>
    /// <param name="current">The task as locked, or none.</param>
    /// <param name="now">The store's time.</param>
    /// <returns>The task to keep: the same instance when nothing changed.</returns>
    public abstract SnapshotTask? Decide(SnapshotTask? current, DateTimeOffset now);

    /// <summary>Makes the latest answer readable: the store has committed it.</summary>
    public abstract void Confirm();

    /// <summary>Cancels a task of a project.</summary>
    public static TaskDecision<CancelOutcome> Cancel(ProjectId project, TaskId id) => new(id, (task, now) =>
        task is null || task.Project != project ? new(task, new CancelOutcome(CancelAnswer.NotFound, null)) : task.Cancel(now));

    /// <summary>Extends a lease from now on.</summary>
    public static TaskDecision<LeaseOutcome> Renew(TaskId id, Lease lease, TimeSpan duration) => new(id, (task, now) =>
        task?.Renew(lease, duration, now) ?? new(null, new LeaseOutcome(LeaseAnswer.Lost, null)));

    /// <summary>Gives a lease back.</summary>
    public static TaskDecision<LeaseOutcome> Release(TaskId id, Lease lease) => new(id, (task, now) =>
        task?.Release(lease, now) ?? new(null, new LeaseOutcome(LeaseAnswer.Lost, null)));

    /// <summary>Ends a run with pictures.</summary>
    public static TaskDecision<CompleteOutcome> Complete(TaskId id, Lease lease, IReadOnlyList<string> pictures) => new(id, (task, now) =>
        task?.Complete(lease, pictures, now) ?? new(null, new CompleteOutcome(CompleteAnswer.LeaseLost, null)));

    /// <summary>Ends a run with a failure.</summary>
    public static TaskDecision<CompleteOutcome> Fail(TaskId id, Lease lease, Failure failure) => new(id, (task, now) =>
        task?.Fail(lease, failure, now) ?? new(null, new CompleteOutcome(CompleteAnswer.LeaseLost, null)));
}

/// <summary>A question put to one task, with the type of its answer.</summary>
public sealed class TaskDecision<TOutcome> : TaskDecision
    where TOutcome : class
{
    private readonly Func<SnapshotTask?, DateTimeOffset, Decision<TOutcome>> decide;
    private TOutcome? decided;
    private TOutcome? outcome;

    /// <summary>Creates a decision from a pure function of the locked task and the store's time.</summary>
    public TaskDecision(TaskId id, Func<SnapshotTask?, DateTimeOffset, Decision<TOutcome>> decide)
        : base(id) => this.decide = decide;

    /// <summary>The answer, once the store has committed.</summary>
    /// <exception cref="InvalidOperationException">No store has committed it.</exception>
    public TOutcome Outcome => outcome ?? throw new InvalidOperationException("No store has committed this decision.");

    /// <inheritdoc/>
    public override SnapshotTask? Decide(SnapshotTask? current, DateTimeOffset now)
    {
        var decision = decide(current, now);
        decided = decision.Outcome;
        return decision.Task;
    }

    /// <inheritdoc/>
    public override void Confirm() => outcome = decided;
}
