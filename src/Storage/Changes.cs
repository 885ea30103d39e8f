namespace SnapshotTasks.Storage;

/// <summary>What a batch has decided, to be written: each task once, whatever was decided on it.</summary>
internal sealed class Changes
{
    /// <summary>Tasks to add.</summary>
    public List<AddedTask> Added { get; } = [];

    /// <summary>Tasks to write over the rows that they were decided on.</summary>
    public List<ChangedTask> Changed { get; } = [];

    /// <summary>Tasks to remove.</summary>
    public List<TaskId> Removed { get; } = [];

    /// <summary>Pauses to write.</summary>
    public List<Pause> Paused { get; } = [];

    /// <summary>Pauses to remove.</summary>
    public List<Pause> Resumed { get; } = [];

    /// <summary>Tasks to write down for cancellations of many.</summary>
    public List<TimedListing> Listed { get; } = [];

    /// <summary>Outcomes of tasks that cancellations of many are about.</summary>
    public List<CancelledTask> Outcomes { get; } = [];

    /// <summary>Cancellations to remove; none when that was not asked for.</summary>
    public OldCancellations? RemovedCancellations { get; set; }

    /// <summary>What has happened, in its order.</summary>
    public List<TaskEvent> Happened { get; } = [];

    /// <summary>The same to be kept, where events are.</summary>
    public List<RecordedEvent> Events { get; } = [];

    /// <summary>Subscriptions to write.</summary>
    public List<ChangedSubscription> Subscriptions { get; } = [];

    /// <summary>What is known of single events of subscriptions, in its order.</summary>
    public List<TimedDeliveries> Deliveries { get; } = [];

    /// <summary>Whether events are to be kept from now on, or no longer; none when that was not asked for.</summary>
    public bool? KeepsEvents { get; set; }

    public bool IsEmpty => Added.Count + Changed.Count + Removed.Count + Paused.Count + Resumed.Count == 0 && !HasCancellations && KeepsEvents is null && !HasDeliveries;

    /// <summary>Whether there is anything of cancellations of many.</summary>
    public bool HasCancellations => Listed.Count + Outcomes.Count > 0 || RemovedCancellations is not null;

    /// <summary>Whether there is anything of events: those of tasks go with them.</summary>
    public bool HasEvents => Events.Count + Removed.Count > 0 || KeepsEvents is not null;

    /// <summary>Whether there is anything of subscriptions: what is parked of tasks goes with them.</summary>
    public bool HasDeliveries => Subscriptions.Count + Deliveries.Count + Removed.Count > 0;

    /// <summary>Whether a worker may have something to do that it does not know of; also after a pause, which may have held back what a claim of its batch had found.</summary>
    public bool HasWork => Paused.Count + Resumed.Count > 0 || Happened.Contains(TaskEvent.Queued);

    /// <summary>The runs that it has aborted: what has ended is never changed again.</summary>
    public IEnumerable<TaskId> Aborted => Changed.Where(changed => changed.Task.IsAborted).Select(changed => changed.Task.Id);

    /// <summary>Which lanes had the last turns after its claims.</summary>
    public Turns Turns { get; set; }
}

/// <summary>A task to add, with its key.</summary>
internal readonly record struct AddedTask(SnapshotTask Task, IdempotencyKey? Key);

/// <summary>A task to write.</summary>
/// <param name="Task">The task as it was decided.</param>
/// <param name="HeldVersion">The version of the row it was decided on: when the row has another one, it was not held.</param>
internal readonly record struct ChangedTask(SnapshotTask Task, long HeldVersion);
