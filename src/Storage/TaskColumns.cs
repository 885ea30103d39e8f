namespace SnapshotTasks.Storage;

/// <summary>A row that a statement gives, as a database's own library reads it.</summary>
internal interface IRow
{
    /// <summary>How many columns it has.</summary>
    int Columns { get; }

    bool IsNull(int column);

    bool IsTrue(int column);

    long Number(int column);

    string Text(int column);

    DateTimeOffset Time(int column);
}

/// <summary>How the columns of a row hold a task; of what they hold nothing is believed unchecked.</summary>
internal static class TaskColumns
{
    /// <summary>What most decisions need.</summary>
    public const string Core =
        "id, project, state, created_at, started_at, ended_at, attempt, released_attempts, lease_holder, lease_expires_at, "
        + "pictures is not null, failure_code, failure_reason, trace_parent, version, priority, publishing, deferred_code, deferred_reason";

    /// <summary>All of a task.</summary>
    public const string Whole = Core + ", request, pictures";

    /// <summary>All of a task, and the key under which it was submitted, in one more column, with the hash of what was asked for.</summary>
    public const string Keyed = Whole + ", idempotency_key, request_hash";

    /// <summary>Reads a task from a row of <see cref="Core"/>, <see cref="Whole"/> or <see cref="Keyed"/>.</summary>
    public static SnapshotTask Read<TRow>(TRow row)
        where TRow : IRow
    {
        var isWhole = row.Columns > 19;
        var (request, pictures) = (isWhole ? row.Text(19) : null, isWhole ? TextIfAny(row, 20) : null);
        return new TaskRow
        {
            Id = new TaskId(row.Number(0)),
            Project = new ProjectId(row.Text(1)),
            State = Enum.Parse<TaskState>(row.Text(2)),
            Priority = (TaskPriority)row.Number(15),
            CreatedAt = row.Time(3),
            StartedAt = TimeIfAny(row, 4),
            EndedAt = TimeIfAny(row, 5),
            Attempt = (int)row.Number(6),
            ReleasedAttempts = (int)row.Number(7),
            LeaseHolder = TextIfAny(row, 8),
            LeaseExpiresAt = TimeIfAny(row, 9),
            IsPublishing = row.IsTrue(16),
            Deferred = FailureIfAny(row, 17),
            Ending = row.IsTrue(10) ? TaskEnding.Pictures : row.IsNull(11) ? null : TaskEnding.Failure,
            Failure = FailureIfAny(row, 11),
            TraceParent = TextIfAny(row, 13),
            Version = row.Number(14),
            Request = request is null ? null : () => TaskJson.ReadRequest(request),
            Pictures = pictures is null ? null : () => TaskJson.ReadPictures(pictures),
        }.Restore();
    }

    /// <summary>Reads a task with its key from a row of <see cref="Keyed"/>.</summary>
    public static (string Key, KeyedTask Task) ReadKeyed<TRow>(TRow row)
        where TRow : IRow => (row.Text(21), new KeyedTask(Read(row), row.Text(22)));

    /// <summary>
    /// Reads what waits and what runs: how many are queued, running, expired and deferred, when the head of the queue was accepted and the
    /// first lease expired, the time, the oldest software that may work on the schema, and when the heads of the priorities, and of what is not paused, were accepted.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="known">How many scripts of the schema this software knows.</param>
    /// <param name="pauses">What is paused.</param>
    public static QueueMeasure ReadMeasure<TRow>(TRow row, int known, Pauses pauses)
        where TRow : IRow
    {
        SchemaVersions.Require((int)row.Number(7), known);
        var now = row.Time(6);
        return new(
            (int)row.Number(0), (int)row.Number(1), (int)row.Number(2), (int)row.Number(3), now - TimeIfAny(row, 4), now - TimeIfAny(row, 5), pauses)
        {
            QueuedForByPriority = Enum.GetValues<TaskPriority>().Where(priority => !row.IsNull(8 + (int)priority))
                .ToDictionary(priority => priority, priority => now - row.Time(8 + (int)priority)),
            ReadyFor = pauses.Everything is null ? now - TimeIfAny(row, 11) : null,
        };
    }

    /// <summary>Reads what a lane has queued: its priority; its project; and how many tasks.</summary>
    public static QueuedLane ReadLane<TRow>(TRow row)
        where TRow : IRow => new(new((TaskPriority)row.Number(0), new ProjectId(row.Text(1))), (int)row.Number(2));

    /// <summary>Reads what has started lately: how many tasks; when the first of them; and the time.</summary>
    public static StartMeasure ReadStarts<TRow>(TRow row)
        where TRow : IRow => new((int)row.Number(0), row.Time(2) - TimeIfAny(row, 1));

    /// <summary>Reads a pause: its project, none by an empty name; by whom; why; and since when.</summary>
    public static Pause ReadPause<TRow>(TRow row)
        where TRow : IRow => new(row.Text(0) is { Length: > 0 } project ? new ProjectId(project) : null, row.Text(1), row.Text(2), row.Time(3));

    /// <summary>Reads what a project has stored: how many tasks, and how many bytes of <c>user_data</c>.</summary>
    public static ProjectMeasure ReadProjectMeasure<TRow>(TRow row)
        where TRow : IRow => new((int)row.Number(0), row.Number(1));

    /// <summary>Reads a task that a cancellation of many is about: its id; the answer; the state; how it had ended; and since when.</summary>
    public static ListedTask ReadListed<TRow>(TRow row)
        where TRow : IRow => new(
        new TaskId(row.Number(0)),
        row.IsNull(1)
            ? null
            : new(
                Enum.Parse<CancelAnswer>(row.Text(1)),
                row.IsNull(2) ? null : Enum.Parse<TaskState>(row.Text(2)),
                row.IsNull(3) ? null : Enum.Parse<TaskEnding>(row.Text(3)),
                TimeIfAny(row, 4)));

    /// <summary>Reads how far a cancellation of many has come: how many tasks it is about; of these how many were cancelled; refused; and not found.</summary>
    public static Cancellation ReadCancellation<TRow>(TRow row, CancellationId id)
        where TRow : IRow => new(id, (int)row.Number(0), (int)row.Number(1), (int)row.Number(2), (int)row.Number(3));

    private static string? TextIfAny<TRow>(TRow row, int column)
        where TRow : IRow => row.IsNull(column) ? null : row.Text(column);

    private static Failure? FailureIfAny<TRow>(TRow row, int column)
        where TRow : IRow => row.IsNull(column) ? null : new Failure(Enum.Parse<FailureCode>(row.Text(column)), row.Text(column + 1));

    private static DateTimeOffset? TimeIfAny<TRow>(TRow row, int column)
        where TRow : IRow => row.IsNull(column) ? null : row.Time(column);
}
