namespace SnapshotTasks;

/// <summary>One caller's work for a store, waiting for its transaction.</summary>
internal abstract class StoreOperation
{
    private int taken;

    /// <summary>Takes the work into a transaction: from now on its caller can no longer cancel it. False when the caller has.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>When the work left its batch to be done alone, by the timestamps of <see cref="TimeProvider"/>; 0 as long as it has not.</summary>
    public long LeftAt { get; private set; }

    /// <summary>Gives the work back, to be taken into a transaction of its own; until then its caller can cancel it again.</summary>
    public virtual void Leave()
    {
        LeftAt = LeftAt == 0 ? TimeProvider.System.GetTimestamp() : LeftAt;
        Volatile.Write(ref taken, 0);
    }

    /// <summary>Answers the caller after the commit.</summary>
    public abstract void Committed();

    /// <summary>Tells the caller that the work was not done, or is not known to be done.</summary>
    public abstract void Failed(Exception exception);
}

/// <summary>One caller's work and the answer the caller waits for.</summary>
internal abstract class StoreOperation<TAnswer> : StoreOperation
{
    // Asynchronous continuations: the thread that answers runs no caller's code.
    private readonly TaskCompletionSource<TAnswer> answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenRegistration leaving;
    private CancellationToken cancelled;

    /// <summary>The answer.</summary>
    public Task<TAnswer> Answered => answered.Task;

    /// <summary>What the transaction made of the work; overwritten when the transaction is repeated.</summary>
    public TAnswer? Answer { get; set; }

    /// <summary>Lets the caller leave as long as no transaction has taken the work; to be called before it is queued.</summary>
    public void LeaveWhen(CancellationToken cancelled)
    {
        if (cancelled.CanBeCanceled)
        {
            this.cancelled = cancelled;
            leaving = cancelled.UnsafeRegister(operation => ((StoreOperation<TAnswer>)operation!).LetGo(), this);
        }
    }

    public override void Leave()
    {
        base.Leave();
        if (cancelled.IsCancellationRequested)
        {
            LetGo();
        }
    }

    private void LetGo()
    {
        if (TryBegin())
        {
            answered.TrySetCanceled(cancelled);
        }
    }

    public override void Committed()
    {
        leaving.Unregister();
        answered.TrySetResult(Answer!);
    }

    public override void Failed(Exception exception)
    {
        leaving.Unregister();
        answered.TrySetException(exception);
    }
}

/// <summary>A task to add.</summary>
internal sealed class Submission(NewTask task) : StoreOperation<SubmitOutcome>
{
    public NewTask Task { get; } = task;
}

/// <summary>Decisions to make in order.</summary>
internal sealed class Deciding(IReadOnlyList<TaskDecision> decisions) : StoreOperation<bool>
{
    public IReadOnlyList<TaskDecision> Decisions { get; } = decisions;

    public override void Committed()
    {
        foreach (var decision in Decisions)
        {
            decision.Confirm();
        }

        base.Committed();
    }
}

/// <summary>Tasks to claim.</summary>
internal sealed class Claiming(Claim claim) : StoreOperation<IReadOnlyList<ClaimOutcome>>
{
    public Claim Claim { get; } = claim;
}

/// <summary>A step of removing tasks that ended long ago.</summary>
internal sealed class Removal(TimeSpan age, TaskId after, int limit) : StoreOperation<RemovalOutcome>
{
    public TimeSpan Age { get; } = age;

    public TaskId After { get; } = after;

    public int Limit { get; } = limit;
}
