namespace SnapshotTasks.Storage;

/// <summary>One caller's work for a store, waiting for its transaction.</summary>
internal abstract class StoreOperation
{
    private int taken;

    /// <summary>Takes the work into a transaction: from now on its caller can no longer cancel it. False when the caller has.</summary>
    public bool TryBegin() => Interlocked.Exchange(ref taken, 1) == 0;

    /// <summary>When the batch first skipped the work, by the time stamps of <see cref="TimeProvider"/>; 0 as long as none has.</summary>
    protected long SkippedAt { get; private set; }

    /// <summary>Names all that is needed to decide.</summary>
    public virtual void Want(Wanted wanted) => wanted.WaitSince(SkippedAt);

    /// <summary>Decides and sets the answer; false, and nothing is changed, when somebody else has locked what is needed.</summary>
    public abstract bool TryDecide(BatchTasks tasks);

    /// <summary>Gives the work back, to be taken into a transaction of its own; until then its caller can cancel it again.</summary>
    public virtual void Skip()
    {
        SkippedAt = SkippedAt == 0 ? TimeProvider.System.GetTimestamp() : SkippedAt;
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

    /// <summary>The answer, once the transaction has committed.</summary>
    public Task<TAnswer> Answered => answered.Task;

    /// <summary>What the transaction made of the work; overwritten when the transaction is repeated.</summary>
    protected TAnswer? Answer { get; set; }

    /// <summary>Lets the caller leave as long as no transaction has taken the work; to be called before it is queued.</summary>
    public void LeaveWhen(CancellationToken cancelled)
    {
        if (cancelled.CanBeCanceled)
        {
            this.cancelled = cancelled;
            leaving = cancelled.UnsafeRegister(operation => ((StoreOperation<TAnswer>)operation!).LetGo(), this);
        }
    }

    public override void Skip()
    {
        base.Skip();
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
