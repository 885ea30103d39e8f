namespace SnapshotTasks.Storage;

/// <summary>How long a call waits for what another transaction has locked, on every database.</summary>
internal static class LockTimeouts
{
    public static readonly TimeSpan Usual = TimeSpan.FromSeconds(5);

    /// <exception cref="ArgumentOutOfRangeException">It is not 10 ms to 1 min.</exception>
    public static TimeSpan Checked(TimeSpan value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, TimeSpan.FromMilliseconds(10));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromMinutes(1));
        return value;
    }
}
