namespace SnapshotTasks;

/// <summary>How much one project may ask for.</summary>
public sealed class ThrottlingOptions
{
    /// <summary>The most requests of a project in a minute; 0, the default, is without limit.</summary>
    public int RequestsPerMinute { get; set; }

    /// <exception cref="InvalidOperationException">A limit is negative.</exception>
    internal ThrottlingOptions Validated() =>
        RequestsPerMinute < 0 ? throw new InvalidOperationException("Throttling:RequestsPerMinute must be 0 (without limit) or more.") : this;
}
