using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>How a row holds a task.</summary>
internal static class SqliteRow
{
    public const string Columns =
        "id, project, state, request, created_at, started_at, ended_at, attempt, released_attempts, "
        + "lease_holder, lease_expires_at, pictures, failure_code, failure_reason, version";

    private const long Epoch = 621_355_968_000_000_000 / TimeSpan.TicksPerMicrosecond;

    public static TaskId ReadId(SqliteDataReader row) => new(row.GetInt64(0));

    public static long ReadVersion(SqliteDataReader row) => row.GetInt64(14);

    public static SnapshotTask Read(SqliteDataReader row)
    {
        var attempt = row.GetInt32(7);
        return new SnapshotTask
        {
            Id = ReadId(row),
            Project = new ProjectId(row.GetString(1)),
            State = Enum.Parse<TaskState>(row.GetString(2)),
            Request = TaskJson.ReadRequest(row.GetString(3)),
            CreatedAt = Time(row.GetInt64(4)),
            StartedAt = row.IsDBNull(5) ? null : Time(row.GetInt64(5)),
            EndedAt = row.IsDBNull(6) ? null : Time(row.GetInt64(6)),
            Attempt = attempt,
            ReleasedAttempts = row.GetInt32(8),
            Lease = row.IsDBNull(9) ? null : new Lease(row.GetString(9), attempt, Time(row.GetInt64(10))),
            Pictures = row.IsDBNull(11) ? null : TaskJson.ReadPictures(row.GetString(11)),
            Failure = row.IsDBNull(12) ? null : new Failure(Enum.Parse<FailureCode>(row.GetString(12)), row.GetString(13)),
        };
    }

    /// <summary>Sets what is written once.</summary>
    public static SqliteCommand SetAccepted(this SqliteCommand command, SnapshotTask task) => command
        .Set("@project", task.Project.Value)
        .Set("@request", TaskJson.Write(task.Request))
        .Set("@created_at", Microseconds(task.CreatedAt));

    /// <summary>Sets what decisions change.</summary>
    public static SqliteCommand SetDecided(this SqliteCommand command, SnapshotTask task) => command
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

    /// <summary>Sets a parameter; a command keeps its parameters, and what it has compiled, from one use to the next.</summary>
    public static SqliteCommand Set(this SqliteCommand command, string name, object? value)
    {
        var index = command.Parameters.IndexOf(name);
        var parameter = index < 0 ? command.Parameters.Add(new SqliteParameter { ParameterName = name }) : command.Parameters[index];
        parameter.Value = value ?? DBNull.Value;
        return command;
    }

    public static long? Microseconds(DateTimeOffset? time) => time is { } value ? Microseconds(value) : null;

    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks / TimeSpan.TicksPerMicrosecond) - Epoch;

    /// <summary>The first whole microsecond that is not before this time.</summary>
    public static long MicrosecondsUp(DateTimeOffset time) =>
        ((time.UtcTicks + TimeSpan.TicksPerMicrosecond - 1) / TimeSpan.TicksPerMicrosecond) - Epoch;

    private static DateTimeOffset Time(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
