namespace SnapshotTasks.Storage;

/// <summary>What an adapter is: the rows of a database, within a transaction that somebody else begins and commits.</summary>
/// <remarks>A driver that blocks returns completed tasks only: then everything happens on the thread that began.</remarks>
internal interface ITaskRows
{
    /// <summary>Locks what is wanted, reads it, and then the clock; none when somebody else has it locked still and it is to be tried again later.</summary>
    ValueTask<Held?> HoldAsync(Wanted wanted);

    /// <summary>Writes what was decided, what is removed first, because it frees its key; it fails when a row is not the one that was held.</summary>
    ValueTask WriteAsync(Changes changes);
}
