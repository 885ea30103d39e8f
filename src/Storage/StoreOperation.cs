namespace SnapshotTasks;

/// <summary>One caller's work for a store, waiting for its transaction.</summary>
internal abstract class StoreOperation
{
    private int taken;

    /// <summary>Takes the work into a transaction: from now on its caller can no longer cancel it. False when the caller has.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>Answers the caller after the commit.</summary>
    public abstract void Committed();

    /// <summary>Tells the caller that the work was not done, or is not known to be done.</summary>
    public abstract void Failed(Exception exception);
}

/// <summary>One caller's work and the answer the caller waits for.</summary>
internal abstract class StoreOperation<TAnswer> : StoreOperation
{
    private readonly TaskCompletionSource<TAnswer> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The answer; cancelled only as long as no transaction has taken the work.</summary>
    public async Task<TAnswer> AnsweredAsync(CancellationToken cancellationToken)
    {
        using var cancelled = cancellationToken.UnsafeRegister(_ =>
        {
            if (TryBegin())
            {
                answered.TrySetCanceled(cancellationToken);
            }
        }, null);
        return await answered.Task;
    }

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
