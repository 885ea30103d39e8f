namespace SnapshotTasks;

/// <summary>How a row holds a task.</summary>
internal static class SqliteRow
{
    public const string Columns =
        "id, project, state, request, created_at, started_at, ended_at, attempt, released_attempts, "
        + "lease_holder, lease_expires_at, pictures, failure_code, failure_reason, version, trace_parent";

    private const long Epoch = 621_355_968_000_000_000 / TimeSpan.TicksPerMicrosecond;

    public static TaskId ReadId(SqliteStatement row) => new(row.Number(0));

    public static long ReadVersion(SqliteStatement row) => row.Number(14);

    /// <summary>The hash of what was asked for, in the one statement that looks for a key.</summary>
    public static string ReadRequestHash(SqliteStatement row) => row.Text(16);

    public static SnapshotTask Read(SqliteStatement row)
    {
        var attempt = (int)row.Number(7);
        var request = row.Text(3);
        return new SnapshotTask(
            ReadId(row),
            new ProjectId(row.Text(1)),
            Enum.Parse<TaskState>(row.Text(2)),
            Time(row.Number(4)),
            () => TaskJson.ReadRequest(request))
        {
            StartedAt = row.IsNull(5) ? null : Time(row.Number(5)),
            EndedAt = row.IsNull(6) ? null : Time(row.Number(6)),
            Attempt = attempt,
            ReleasedAttempts = (int)row.Number(8),
            Lease = row.IsNull(9) ? null : new Lease(row.Text(9), attempt, Time(row.Number(10))),
            Pictures = row.IsNull(11) ? null : TaskJson.ReadPictures(row.Text(11)),
            Failure = row.IsNull(12) ? null : new Failure(Enum.Parse<FailureCode>(row.Text(12)), row.Text(13)),
            TraceParent = row.IsNull(15) ? null : row.Text(15),
        };
    }

    /// <summary>Sets what is written once.</summary>
    public static SqliteStatement SetAccepted(this SqliteStatement statement, SnapshotTask task) => statement
        .Set("@project", task.Project.Value)
        .Set("@request", TaskJson.Write(task.Request))
        .Set("@created_at", Microseconds(task.CreatedAt))
        .Set("@trace_parent", task.TraceParent);

    /// <summary>Sets what decisions change.</summary>
    public static SqliteStatement SetDecided(this SqliteStatement statement, SnapshotTask task) => statement
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

    private static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
