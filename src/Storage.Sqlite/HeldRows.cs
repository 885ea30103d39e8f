namespace SnapshotTasks;

/// <summary>The rows that a transaction has read: its write lock keeps them as they are, so that none is read twice.</summary>
internal sealed class HeldRows
{
    private readonly Dictionary<TaskId, HeldRow> rows = [];

    /// <summary>Those that are not written as they were decided.</summary>
    public HashSet<HeldRow> Changed { get; } = [];

    public HeldRow? Find(TaskId id) => rows.GetValueOrDefault(id);

    public HeldRow Read(SqliteStatement statement)
    {
        var row = new HeldRow(SqliteRow.Read(statement), SqliteRow.ReadVersion(statement));
        rows.Add(row.Task.Id, row);
        return row;
    }

    public void Change(HeldRow row, SnapshotTask decided)
    {
        if (!ReferenceEquals(row.Task, decided))
        {
            row.Task = decided;
            Changed.Add(row);
        }
    }

    public void Forget(TaskId id) => rows.Remove(id);
}

/// <summary>A task as it has been decided so far, and the version of its row.</summary>
internal sealed class HeldRow(SnapshotTask task, long version)
{
    public SnapshotTask Task { get; set; } = task;

    public long Version { get; set; } = version;
}
