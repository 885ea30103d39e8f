namespace SnapshotTasks.Storage;

/// <summary>What a row of a store holds of a task: the one door through which stored tasks come back.</summary>
public readonly record struct TaskRow
{
    /// <inheritdoc cref="SnapshotTask.Id"/>
    public required TaskId Id { get; init; }

    /// <inheritdoc cref="SnapshotTask.Project"/>
    public required ProjectId Project { get; init; }

    /// <inheritdoc cref="SnapshotTask.State"/>
    public required TaskState State { get; init; }

    /// <inheritdoc cref="SnapshotTask.Priority"/>
    public required TaskPriority Priority { get; init; }

    /// <inheritdoc cref="SnapshotTask.CreatedAt"/>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <inheritdoc cref="SnapshotTask.StartedAt"/>
    public DateTimeOffset? StartedAt { get; init; }

    /// <inheritdoc cref="SnapshotTask.EndedAt"/>
    public DateTimeOffset? EndedAt { get; init; }

    /// <inheritdoc cref="SnapshotTask.Attempt"/>
    public int Attempt { get; init; }

    /// <inheritdoc cref="SnapshotTask.ReleasedAttempts"/>
    public int ReleasedAttempts { get; init; }

    /// <inheritdoc cref="Lease.Holder"/>
    public string? LeaseHolder { get; init; }

    /// <summary>Until when the lease lasts, or the next attempt is put off.</summary>
    public DateTimeOffset? LeaseExpiresAt { get; init; }

    /// <inheritdoc cref="Lease.IsPublishing"/>
    public bool IsPublishing { get; init; }

    /// <inheritdoc cref="Deferral.Failure"/>
    public Failure? Deferred { get; init; }

    /// <inheritdoc cref="SnapshotTask.Ending"/>
    public TaskEnding? Ending { get; init; }

    /// <inheritdoc cref="SnapshotTask.Failure"/>
    public Failure? Failure { get; init; }

    /// <inheritdoc cref="SnapshotTask.TraceParent"/>
    public string? TraceParent { get; init; }

    /// <inheritdoc cref="SnapshotTask.Version"/>
    public required long Version { get; init; }

    /// <summary>Reads the request when it is first asked for; none when the row was read without it.</summary>
    public Func<SnapshotRequest>? Request { get; init; }

    /// <summary>Reads the names of the pictures when they are first asked for; none when there are none, or when the row was read without them.</summary>
    public Func<IReadOnlyList<string>>? Pictures { get; init; }

    /// <summary>The task.</summary>
    /// <exception cref="InvalidOperationException">No decision leads to such a row.</exception>
    public SnapshotTask Restore() => SnapshotTask.Restore(this);

    /// <summary>The second wall, as the CHECK constraints of the databases are: what each state has, and has not.</summary>
    internal void Check()
    {
        var (lease, start, end, outcome) = State switch
        {
            TaskState.Queued => (false, false, false, false),
            TaskState.Running => (true, true, false, false),
            TaskState.Completed => (false, true, true, true),
            TaskState.Cancelled => (false, false, true, false),
        };
        Require((LeaseHolder is not null) == lease && LeaseExpiresAt.HasValue == lease, "a lease exactly while it runs");
        Require(Deferred is null || (LeaseHolder is "" && !IsPublishing), "an attempt that is put off only while it runs and nobody holds it");
        Require(StartedAt.HasValue == start && (Attempt > 0) == start, "a start and an attempt exactly when it has run");
        Require(EndedAt.HasValue == end, "an end exactly when it has ended");
        Require(Ending.HasValue == outcome && (Failure is not null) == (Ending == TaskEnding.Failure), "one outcome exactly when it is completed");
        Require(ReleasedAttempts >= 0 && ReleasedAttempts <= Attempt, "no more released attempts than attempts");
        Require(Enum.IsDefined(Priority), "a priority that there is");
        Require(TaskId.IsValid(Id.Value) && Version > 0, "an id of 1 to 16 digits, and a version");
    }

    private void Require(bool met, string what)
    {
        if (!met)
        {
            throw new InvalidOperationException($"The row of task {Id}, which is {State}, is one that no decision leads to: a task has {what}.");
        }
    }
}
