namespace SnapshotTasks.Storage;

/// <summary>How a row holds a task.</summary>
internal static class SqliteRow
{
    /// <summary>What most decisions need.</summary>
    public const string Core =
        "id, project, state, created_at, started_at, ended_at, attempt, released_attempts, lease_holder, lease_expires_at, "
        + "pictures is not null, failure_code, failure_reason, trace_parent, version";

    /// <summary>All of a task.</summary>
    public const string Whole = Core + ", request, pictures";

    private const long Epoch = 621_355_968_000_000_000 / TimeSpan.TicksPerMicrosecond;

    public static TaskId ReadId(SqliteStatement row) => new(row.Number(0));

    /// <summary>The hash of what was asked for, in the one statement that looks for a key.</summary>
    public static string ReadRequestHash(SqliteStatement row) => row.Text(17);

    public static SnapshotTask Read(SqliteStatement row)
    {
        var isWhole = row.Columns > 15;
        var (request, pictures) = (isWhole ? row.Text(15) : null, isWhole && !row.IsNull(16) ? row.Text(16) : null);
        return new TaskRow
        {
            Id = ReadId(row),
            Project = new ProjectId(row.Text(1)),
            State = Enum.Parse<TaskState>(row.Text(2)),
            CreatedAt = Time(row.Number(3)),
            StartedAt = row.IsNull(4) ? null : Time(row.Number(4)),
            EndedAt = row.IsNull(5) ? null : Time(row.Number(5)),
            Attempt = (int)row.Number(6),
            ReleasedAttempts = (int)row.Number(7),
            LeaseHolder = row.IsNull(8) ? null : row.Text(8),
            LeaseExpiresAt = row.IsNull(9) ? null : Time(row.Number(9)),
            Ending = row.Number(10) == 1 ? TaskEnding.Pictures : row.IsNull(11) ? null : TaskEnding.Failure,
            Failure = row.IsNull(11) ? null : new Failure(Enum.Parse<FailureCode>(row.Text(11)), row.Text(12)),
            TraceParent = row.IsNull(13) ? null : row.Text(13),
            Version = row.Number(14),
            Request = request is null ? null : () => TaskJson.ReadRequest(request),
            Pictures = pictures is null ? null : () => TaskJson.ReadPictures(pictures),
        }.Restore();
    }

    /// <summary>Sets what is written once.</summary>
    public static SqliteStatement SetAccepted(this SqliteStatement statement, SnapshotTask task) => statement
        .Set("@project", task.Project.Value)
        .Set("@request", TaskJson.Write(task.Request))
        .Set("@created_at", Microseconds(task.CreatedAt))
        .Set("@trace_parent", task.TraceParent);

    /// <summary>Sets what decisions change.</summary>
    public static SqliteStatement SetDecided(this SqliteStatement statement, SnapshotTask task) => statement
        .Set("@id", task.Id.Value)
        .Set("@version", task.Version)
        .Set("@state", task.State.ToString())
        .Set("@started_at", Microseconds(task.StartedAt))
        .Set("@ended_at", Microseconds(task.EndedAt))
        .Set("@attempt", task.Attempt)
        .Set("@released_attempts", task.ReleasedAttempts)
        .Set("@lease_holder", task.Lease?.Holder)
        .Set("@lease_expires_at", Microseconds(task.Lease?.ExpiresAt))
        .Set("@pictures", task.Pictures is { } pictures ? TaskJson.Write(pictures) : null)
        .Set("@failure_code", task.Failure?.Code.ToString())
        .Set("@failure_reason", task.Failure?.Reason);

    public static long? Microseconds(DateTimeOffset? time) => time is { } value ? Microseconds(value) : null;

    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks / TimeSpan.TicksPerMicrosecond) - Epoch;

    /// <summary>The first whole microsecond that is not before this time.</summary>
    public static long MicrosecondsUp(DateTimeOffset time) =>
        ((time.UtcTicks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond) - Epoch;

    public static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
