namespace SnapshotTasks.Storage;

/// <summary>What differs per database for <see cref="GroupCommit"/>: one connection and its transactions.</summary>
internal interface IStoreSession : ITaskRows, IAsyncDisposable
{
    /// <summary>Waits for callers: a session that is bound to a thread blocks it.</summary>
    ValueTask<bool> WaitAsync(ValueTask<bool> ready);

    /// <summary>Begins a transaction, on a new connection when there is none.</summary>
    ValueTask BeginAsync();

    /// <summary>Commits: when it returns, everything is on the disk.</summary>
    ValueTask CommitAsync();

    /// <summary>Leaves nothing of the transaction, whatever step has failed; it fails only by a bug.</summary>
    ValueTask RollBackAsync(Exception cause);

    /// <summary>What an error means for the callers of the transaction.</summary>
    StoreFailure Explain(Exception error, StoreStep step);
}

/// <summary>The steps of a transaction.</summary>
internal enum StoreStep
{
    /// <summary>Nothing was asked of the database yet.</summary>
    Begin,

    /// <summary>Holding, deciding and writing.</summary>
    Run,

    /// <summary>From here on the answer can be lost.</summary>
    Commit,
}

/// <summary>A transaction that was not committed, or not known to be.</summary>
/// <param name="Error">What the callers are told.</param>
/// <param name="Concerns">Whom it is about.</param>
/// <param name="IsTransient">Nothing was written, and the same again may pass.</param>
internal sealed record StoreFailure(Exception Error, FailureConcerns Concerns, bool IsTransient = false);

/// <summary>Whom a failure is about.</summary>
internal enum FailureConcerns
{
    /// <summary>Nothing was written, and without one of the operations the others may pass.</summary>
    OneOperation,

    /// <summary>It is over for all of them: nothing may be repeated, because it is not known what was written.</summary>
    TheTransaction,

    /// <summary>Nothing was written, and nothing would pass now.</summary>
    TheStore,
}
