namespace SnapshotTasks;

/// <summary>How much one project may ask for: the configuration section <c>Throttling</c>.</summary>
public sealed class ThrottlingOptions
{
    /// <summary>The most requests of a project in a minute; 0, the default, is without limit.</summary>
    public int RequestsPerMinute { get; set; }

    /// <summary>The most queued tasks of a project, 100,000 by default; 0 is without limit.</summary>
    public int MaxQueued { get; set; } = 100_000;

    /// <exception cref="InvalidOperationException">A limit is negative.</exception>
    internal ThrottlingOptions Validated() =>
        RequestsPerMinute < 0 ? throw new InvalidOperationException("Throttling:RequestsPerMinute must be 0 (without limit) or more.")
        : MaxQueued < 0 ? throw new InvalidOperationException("Throttling:MaxQueued must be 0 (without limit) or more.")
        : this;
}
