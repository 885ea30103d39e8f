namespace SnapshotTasks;

/// <summary>How a worker claims and runs tasks.</summary>
public sealed class WorkerOptions
{
    /// <summary>How many tasks run at once, 1 to 1,024; default one per core.</summary>
    public int Concurrency { get; set; } = Environment.ProcessorCount;

    /// <summary>How long a lease lasts without renewal, at least 1 s; it is renewed before a third of it has passed.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>At the latest when the store is asked for work again, when nothing wakes the worker.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long one attempt may take before it fails.</summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a stopping host waits for running tasks before it releases them.</summary>
    public TimeSpan Shutdown { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How many attempts a task has, at least 1; a released one does not count.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>How long the second attempt is put off after a failure that may pass, more than 0; each further one four times as long.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>How long an attempt is put off at most, from <see cref="RetryDelay"/> on.</summary>
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How many tasks of one project run at once, on all workers that say so; 0, the default, is any number.</summary>
    public int MaxRunning { get; set; }

    /// <summary>How many bytes the pictures of one task may have, at least 1,000,000; default 2 GB.</summary>
    public long MaxOutput { get; set; } = 2_000_000_000;

    /// <summary>Whether what reads a video has to be kept away from the network; if it cannot be, the host does not start.</summary>
    public SandboxUse Sandbox { get; set; }
}

/// <summary>Whether videos are read in a sandbox.</summary>
public enum SandboxUse
{
    /// <summary>As far as the machine permits.</summary>
    Preferred,

    /// <summary>At least without a network.</summary>
    Required,
}
