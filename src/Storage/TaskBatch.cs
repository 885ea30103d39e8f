namespace SnapshotTasks.Storage;

/// <summary>Hold, decide, write, for every database: the work of callers who share a transaction.</summary>
/// <remarks>
/// In two phases: all that the batch needs is named and held, then the batch runs in memory without I/O, in order, each operation
/// on what those before it have made of the tasks.
/// </remarks>
internal sealed class TaskBatch
{
    private readonly IReadOnlyList<StoreOperation> operations;

    public TaskBatch(IReadOnlyList<StoreOperation> operations)
    {
        this.operations = operations;
        foreach (var operation in operations)
        {
            operation.Want(Wanted);
        }
    }

    /// <summary>What it wants to be held.</summary>
    public Wanted Wanted { get; } = new();

    /// <summary>What it has decided.</summary>
    public Changes Changes { get; private set; } = new();

    /// <summary>Holds, decides and writes within a transaction, and sets the answers, which hold once it has committed.</summary>
    /// <returns>The operations that were skipped, untouched, because somebody else has locked what they need.</returns>
    public async ValueTask<IReadOnlyList<StoreOperation>> RunAsync(ITaskRows rows)
    {
        if (await rows.HoldAsync(Wanted) is not { } held)
        {
            return operations;
        }

        var skipped = Decide(held);
        await rows.WriteAsync(Changes);
        return skipped;
    }

    private List<StoreOperation> Decide(Held held)
    {
        var tasks = new BatchTasks(held, Wanted.Claims > 0);
        var skipped = operations.Where(operation => !operation.TryDecide(tasks)).ToList();
        Changes = tasks.Changes();
        return skipped;
    }
}
