namespace SnapshotTasks;

/// <summary>How a host uses its PostgreSQL database.</summary>
public sealed class PostgresOptions
{
    /// <summary>Whether the schema is created or brought up to date at start; several hosts may do it at once.</summary>
    public bool Migrate { get; set; }

    /// <summary>Whether a submission wakes the workers of other hosts; to be switched off behind a pooler that hands out connections per transaction, where polling finds it.</summary>
    public bool Notifications { get; set; } = true;

    /// <summary>How long a call waits for a task that another transaction has locked before it is unavailable: 10 ms to 1 min.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is out of its range.</exception>
    public TimeSpan LockTimeout { get; set => field = LockTimeouts.Checked(value); } = LockTimeouts.Usual;
}
