namespace SnapshotTasks.Storage;

/// <summary>How values go to a file and come back.</summary>
internal static class SqliteRow
{
    private const long Epoch = 621_355_968_000_000_000 / TimeSpan.TicksPerMicrosecond;

    /// <summary>Sets what is written once.</summary>
    public static SqliteStatement SetAccepted(this SqliteStatement statement, SnapshotTask task) => statement
        .Set("@project", task.Project.Value)
        .Set("@request", TaskJson.Write(task.Request))
        .Set("@created_at", Microseconds(task.CreatedAt))
        .Set("@trace_parent", task.TraceParent)
        .Set("@priority", (int)task.Priority);

    /// <summary>Sets what decisions change.</summary>
    public static SqliteStatement SetDecided(this SqliteStatement statement, SnapshotTask task) => statement
        .Set("@id", task.Id.Value)
        .Set("@version", task.Version)
        .Set("@state", task.State.ToString())
        .Set("@started_at", Microseconds(task.StartedAt))
        .Set("@ended_at", Microseconds(task.EndedAt))
        .Set("@attempt", task.Attempt)
        .Set("@released_attempts", task.ReleasedAttempts)
        .Set("@lease_holder", task.Deferral is null ? task.Lease?.Holder : "")
        .Set("@lease_expires_at", Microseconds(task.Deferral?.Until ?? task.Lease?.ExpiresAt))
        .Set("@publishing", task.Lease is { IsPublishing: true } ? 1 : 0)
        .Set("@deferred_code", task.Deferral?.Failure.Code.ToString())
        .Set("@deferred_reason", task.Deferral?.Failure.Reason)
        .Set("@pictures", task.Pictures is { } pictures ? TaskJson.Write(pictures) : null)
        .Set("@failure_code", task.Failure?.Code.ToString())
        .Set("@failure_reason", task.Failure?.Reason);

    /// <summary>Sets what is written of a pause.</summary>
    public static SqliteStatement SetPause(this SqliteStatement statement, Pause pause) => statement
        .Set("@project", pause.Project?.Value ?? "")
        .Set("@paused_by", pause.By)
        .Set("@reason", pause.Reason)
        .Set("@paused_at", Microseconds(pause.Since));

    /// <summary>What is paused, by a statement that reads the pauses.</summary>
    public static Pauses ReadPauses(SqliteStatement pauses)
    {
        var read = new List<Pause>();
        while (pauses.Read())
        {
            read.Add(TaskColumns.ReadPause(pauses));
        }

        return new(read);
    }

    public static long? Microseconds(DateTimeOffset? time) => time is { } value ? Microseconds(value) : null;

    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks / TimeSpan.TicksPerMicrosecond) - Epoch;

    /// <summary>The first whole microsecond that is not before this time.</summary>
    public static long MicrosecondsUp(DateTimeOffset time) =>
        ((time.UtcTicks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond) - Epoch;

    public static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
