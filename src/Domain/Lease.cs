namespace SnapshotTasks.Storage;

/// <summary>Who may end a run, and until when nobody else may take it over.</summary>
/// <param name="Holder">The worker, by an id that is random per process start; empty after a release.</param>
/// <param name="Attempt">The fencing number: a lease with an older one is refused.</param>
/// <param name="ExpiresAt">From when on another worker may take over; until one does, the holder may still renew and complete.</param>
public sealed record Lease(string Holder, int Attempt, DateTimeOffset ExpiresAt)
{
    /// <summary>From when on another worker may take over, in whole microseconds: what every store can hold.</summary>
    public DateTimeOffset ExpiresAt { get; init => field = WholeMicroseconds(value); } = WholeMicroseconds(ExpiresAt);

    /// <summary>Whether its holder has begun to publish pictures.</summary>
    public bool IsPublishing { get; init; }

    /// <summary>Whether another worker may take over.</summary>
    public bool HasExpired(DateTimeOffset now) => ExpiresAt <= now;

    /// <summary>The lease that nobody holds any more.</summary>
    public Lease Released(DateTimeOffset now) => this with { Holder = "", ExpiresAt = now, IsPublishing = false };

    internal static DateTimeOffset WholeMicroseconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}

/// <summary>Why an attempt has failed that may pass, and when the next one may start: nobody holds the run until then.</summary>
/// <param name="Failure">What the task fails with when no attempt is left.</param>
/// <param name="Until">From when on a worker may start the next attempt.</param>
public sealed record Deferral(Failure Failure, DateTimeOffset Until)
{
    /// <summary>From when on a worker may start the next attempt, in whole microseconds: what every store can hold.</summary>
    public DateTimeOffset Until { get; init => field = Lease.WholeMicroseconds(value); } = Lease.WholeMicroseconds(Until);

    /// <summary>Whether a worker may start the next attempt.</summary>
    public bool IsOver(DateTimeOffset now) => Until <= now;
}

/// <summary>A worker's wish to start as many tasks as it can run now.</summary>
public sealed record Claim
{
    /// <summary>Creates a claim.</summary>
    /// <param name="holder">The worker, by an id that is random per process start.</param>
    /// <param name="leaseDuration">How long each lease lasts unless renewed.</param>
    /// <param name="count">The most tasks to claim, at least 1.</param>
    /// <param name="maxAttempts">How many attempts a task has before it is given up, at least 1.</param>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public Claim(string holder, TimeSpan leaseDuration, int count = 1, int maxAttempts = 3)
    {
        ArgumentException.ThrowIfNullOrEmpty(holder);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(leaseDuration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxAttempts, 1);
        (Holder, LeaseDuration, Count, MaxAttempts) = (holder, leaseDuration, count, maxAttempts);
    }

    /// <summary>The worker.</summary>
    public string Holder { get; }

    /// <summary>How long each lease lasts unless renewed.</summary>
    public TimeSpan LeaseDuration { get; }

    /// <summary>The most tasks to claim.</summary>
    public int Count { get; }

    /// <summary>How many attempts a task has before it is given up.</summary>
    public int MaxAttempts { get; }

    /// <summary>How many tasks of a project may run at once, at least 0, which is any number.</summary>
    public int MaxRunning
    {
        get;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            field = value;
        }
    }

    /// <summary>Whether a project that has some tasks running may start another.</summary>
    public bool Permits(int running) => MaxRunning == 0 || running < MaxRunning;

    internal Lease Grant(int attempt, DateTimeOffset now) => new(Holder, attempt, now + LeaseDuration);
}
