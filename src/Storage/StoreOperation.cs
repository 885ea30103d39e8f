namespace SnapshotTasks;

/// <summary>One caller's work for a store, waiting for its transaction.</summary>
internal abstract class StoreOperation
{
    /// <summary>Answers the caller after the commit.</summary>
    public abstract void Committed();

    /// <summary>Tells the caller that the work was not done, or is not known to be done.</summary>
    public abstract void Failed(Exception exception);
}

/// <summary>One caller's work and the answer the caller waits for.</summary>
internal abstract class StoreOperation<TAnswer> : StoreOperation
{
    private readonly TaskCompletionSource<TAnswer> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<TAnswer> Answered => answered.Task;

    /// <summary>What the transaction made of the work; overwritten when the transaction is repeated.</summary>
    public TAnswer? Answer { get; set; }

    public override void Committed() => answered.TrySetResult(Answer!);

    public override void Failed(Exception exception) => answered.TrySetException(exception);
}

/// <summary>A task to add.</summary>
internal sealed class Submission(NewTask task) : StoreOperation<SnapshotTask>
{
    public NewTask Task { get; } = task;
}

/// <summary>Decisions to make in order.</summary>
internal sealed class Deciding(IReadOnlyList<TaskDecision> decisions) : StoreOperation<bool>
{
    public IReadOnlyList<TaskDecision> Decisions { get; } = decisions;
}

/// <summary>Tasks to claim.</summary>
internal sealed class Claiming(Claim claim) : StoreOperation<IReadOnlyList<ClaimOutcome>>
{
    public Claim Claim { get; } = claim;
}
