namespace SnapshotTasks.Storage;

/// <summary>Events to be kept from now on, or no longer.</summary>
internal sealed class KeepEvents(bool keep) : StoreOperation<bool>
{
    public override bool TryDecide(BatchTasks tasks)
    {
        tasks.KeepEvents(keep);
        return true;
    }
}
