namespace SnapshotTasks.Tests;

/// <summary>A session without a database, which does at each step what a test says; it blocks its thread like that of SQLite.</summary>
internal sealed class ScriptedSession : IStoreSession
{
    public Action OnBegin { get; set; } = () => { };

    public Action<IReadOnlyList<int>> OnRun { get; set; } = _ => { };

    /// <summary>What work its batch skips.</summary>
    public Predicate<int> Skips { get; set; } = _ => false;

    public Action OnCommit { get; set; } = () => { };

    public Action OnRollBack { get; set; } = () => { };

    /// <summary>The batches that were run, by the numbers of their work.</summary>
    public List<int[]> Runs { get; } = [];

    public bool Disposed { get; private set; }

    /// <summary>Whether what fails while it runs may pass when it is repeated as it was.</summary>
    public bool IsTransient { get; set; }

    public ValueTask<bool> WaitAsync(ValueTask<bool> ready) => new(ready.AsTask().GetAwaiter().GetResult());

    public ValueTask BeginAsync() => Do(OnBegin);

    public ValueTask<Held?> HoldAsync(Wanted wanted)
    {
        int[] work = [.. wanted.Ids.Select(id => (int)id.Value)];
        Runs.Add(work);
        OnRun(work);
        var held = new Held();
        held.LockedElsewhere.UnionWith(wanted.Ids.Where(id => Skips((int)id.Value)));
        return new(held);
    }

    public ValueTask WriteAsync(Changes changes) => default;

    public ValueTask CommitAsync() => Do(OnCommit);

    public ValueTask RollBackAsync(Exception cause) => Do(OnRollBack);

    public StoreFailure Explain(Exception error, StoreStep step) => step switch
    {
        StoreStep.Begin => new(new StoreUnavailableException("gone", error), FailureConcerns.TheStore),
        StoreStep.Run => new(error, FailureConcerns.OneOperation, IsTransient),
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
internal sealed class Work(int number) : StoreOperation<int>
{
    private readonly TaskId id = new(number);

    public override void Want(Wanted wanted) => wanted.Task(id, whole: false);

    public override bool TryDecide(BatchTasks tasks)
    {
        Answer = number;
        return !tasks.IsLockedElsewhere(id);
    }
}
