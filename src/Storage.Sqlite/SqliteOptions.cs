namespace SnapshotTasks;

/// <summary>How a host uses its SQLite file.</summary>
public sealed class SqliteOptions
{
    /// <summary>How long a call waits for the write lock of the file, which another process or an open transaction holds, before it is unavailable: 10 ms to 1 min.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of its range.</exception>
    public TimeSpan LockTimeout { get; set => field = LockTimeouts.Checked(value); } = LockTimeouts.Usual;
}
