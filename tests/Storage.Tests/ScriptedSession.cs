namespace SnapshotTasks.Tests;

/// <summary>A session without a database, which does at each step what a test says; it blocks its thread like that of SQLite.</summary>
internal sealed class ScriptedSession : IStoreSession
{
    public Action OnBegin { get; set; } = () => { };

    public Action<IReadOnlyList<Work>> OnRun { get; set; } = _ => { };

    /// <summary>What work leaves its batch.</summary>
    public Predicate<Work> Leaves { get; set; } = _ => false;

    public Action OnCommit { get; set; } = () => { };

    public Action OnRollBack { get; set; } = () => { };

    /// <summary>The batches that were run, by the numbers of their work.</summary>
    public List<int[]> Runs { get; } = [];

    public bool Disposed { get; private set; }

    /// <summary>Whether what fails while it runs may pass when it is repeated as it was.</summary>
    public bool ByChance { get; set; }

    public ValueTask<bool> WaitAsync(ValueTask<bool> ready) => new(ready.AsTask().GetAwaiter().GetResult());

    public ValueTask BeginAsync() => Do(OnBegin);

    public ValueTask<IReadOnlyCollection<StoreOperation>> RunAsync(IReadOnlyList<StoreOperation> batch)
    {
        var work = batch.Cast<Work>().ToList();
        Runs.Add([.. work.Select(each => each.Number)]);
        OnRun(work);
        return new([.. work.Where(each => Leaves(each))]);
    }

    public ValueTask CommitAsync() => Do(OnCommit);

    public ValueTask RollBackAsync(Exception cause) => Do(OnRollBack);

    public StoreFailure Explain(Exception error, StoreStep step) => step switch
    {
        StoreStep.Begin => new(new StoreUnavailableException("gone", error), FailureConcerns.TheStore),
        StoreStep.Run => new(error, FailureConcerns.OneOperation, ByChance),
        StoreStep.Commit => new(new UnknownOutcomeException("lost", error), FailureConcerns.TheTransaction),
    };

    public ValueTask DisposeAsync()
    {
        Disposed = true;
        return default;
    }

    private static ValueTask Do(Action action)
    {
        action();
        return default;
    }
}

/// <summary>Work that is answered with its number.</summary>
internal sealed class Work : StoreOperation<int>
{
    public Work(int number) => Answer = Number = number;

    public int Number { get; }
}
