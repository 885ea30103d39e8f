namespace SnapshotTasks;

/// <summary>Somebody to whom every event of a store is delivered, in order per task: how far that has come, and who delivers.</summary>
/// <param name="Name">The name, 1 to 100 characters; whoever uses the same one goes on where the other was.</param>
/// <param name="Position">The number up to which every event was delivered or is parked.</param>
public sealed record Subscription(string Name, long Position)
{
    /// <summary>The most characters of a name.</summary>
    public const int MaxNameLength = 100;

    /// <summary>Who delivers to it, by an id that is random per process start; none when nobody does.</summary>
    public string? Holder { get; init; }

    /// <summary>Until when nobody else delivers to it; none when nobody does.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>Since when nothing could be delivered; none when the last delivery was one.</summary>
    public DateTimeOffset? FailingSince { get; init; }

    /// <summary>Since when nothing is delivered until an operator resumes it; none when it is.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>Why it is failing or was stopped; none when it is neither.</summary>
    public string? Reason { get; init; }

    internal bool IsFree(DateTimeOffset now) => Holder is null || ExpiresAt <= now;
}

/// <summary>An event of one task, as deliveries name it.</summary>
/// <param name="Number">Its place among all events of the store.</param>
/// <param name="Task">The task.</param>
/// <param name="Version">The version of the task that it led to.</param>
public readonly record struct EventKey(long Number, TaskId Task, long Version)
{
    /// <summary>The key of an event.</summary>
    public static EventKey Of(RecordedEvent happened) => new(happened.Number, happened.Task, happened.Version);
}

/// <summary>An event that is still to be delivered to a subscription whose position has passed it.</summary>
/// <param name="Event">The event.</param>
/// <param name="Attempts">How often its delivery has failed; 0 when it waits behind an earlier event of its task.</param>
public sealed record ParkedEvent(RecordedEvent Event, int Attempts)
{
    /// <summary>When it is tried again; none when it waits behind an earlier event of its task, or was set aside.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>When it was given up, until somebody repeats it; none when it was not.</summary>
    public DateTimeOffset? SetAsideAt { get; init; }

    /// <summary>Why its last delivery failed; none when it was not tried.</summary>
    public string? Reason { get; init; }
}

/// <summary>A delivery that failed.</summary>
/// <param name="Event">The event.</param>
/// <param name="Attempts">How often it has failed now.</param>
/// <param name="RetryAfter">How long until it is tried again; none when it is set aside.</param>
/// <param name="Reason">Why.</param>
public sealed record FailedDelivery(EventKey Event, int Attempts, TimeSpan? RetryAfter, string Reason);
