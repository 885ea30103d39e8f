using Npgsql;
using NpgsqlTypes;

namespace SnapshotTasks;

/// <summary>How a row holds a task.</summary>
internal static class PostgresRow
{
    public const string Columns =
        "id, project, state, request, created_at, started_at, ended_at, attempt, released_attempts, "
        + "lease_holder, lease_expires_at, pictures, failure_code, failure_reason, version, trace_parent";

    public static long ReadVersion(NpgsqlDataReader row) => row.GetInt64(14);

    public static SnapshotTask Read(NpgsqlDataReader row)
    {
        var attempt = row.GetInt32(7);
        var request = row.GetString(3);
        return new SnapshotTask(
            new TaskId(row.GetInt64(0)),
            new ProjectId(row.GetString(1)),
            Enum.Parse<TaskState>(row.GetString(2)),
            ReadTime(row, 4),
            () => TaskJson.ReadRequest(request))
        {
            StartedAt = row.IsDBNull(5) ? null : ReadTime(row, 5),
            EndedAt = row.IsDBNull(6) ? null : ReadTime(row, 6),
            Attempt = attempt,
            ReleasedAttempts = row.GetInt32(8),
            Lease = row.IsDBNull(9) ? null : new Lease(row.GetString(9), attempt, ReadTime(row, 10)),
            Pictures = row.IsDBNull(11) ? null : TaskJson.ReadPictures(row.GetString(11)),
            Failure = row.IsDBNull(12) ? null : new Failure(Enum.Parse<FailureCode>(row.GetString(12)), row.GetString(13)),
            TraceParent = row.IsDBNull(15) ? null : row.GetString(15),
        };
    }

    /// <summary>The key and the hash of what was asked for, in the one statement that looks for keys.</summary>
    public static IdempotencyKey ReadKey(NpgsqlDataReader row) => new(row.GetString(16), row.GetString(17));

    public static DateTimeOffset ReadTime(NpgsqlDataReader row, int column) => new(row.GetDateTime(column));

    /// <summary>What decisions change, as columns: the parameters 1 to 11.</summary>
    public static List<NpgsqlParameter> Decided(IReadOnlyList<SnapshotTask> tasks) =>
    [
        Array(tasks, task => task.Id.Value),
        Array(tasks, task => task.State.ToString()),
        Times(tasks, task => task.StartedAt),
        Times(tasks, task => task.EndedAt),
        Array(tasks, task => task.Attempt),
        Array(tasks, task => task.ReleasedAttempts),
        Array(tasks, task => task.Lease?.Holder),
        Times(tasks, task => task.Lease?.ExpiresAt),
        Array(tasks, task => task.Pictures is { } pictures ? TaskJson.Write(pictures) : null),
        Array(tasks, task => task.Failure?.Code.ToString()),
        Array(tasks, task => task.Failure?.Reason),
    ];

    /// <summary>What is written once, as columns.</summary>
    public static List<NpgsqlParameter> Accepted(IReadOnlyList<SnapshotTask> tasks) =>
    [
        Array(tasks, task => task.Project.Value),
        Array(tasks, task => TaskJson.Write(task.Request)),
        Times(tasks, task => task.CreatedAt),
        Array(tasks, task => task.TraceParent),
    ];

    public static NpgsqlParameter Array<TSource, TValue>(IReadOnlyCollection<TSource> source, Func<TSource, TValue> value) =>
        new NpgsqlParameter<TValue[]> { TypedValue = [.. source.Select(value)] };

    /// <summary>A time, without what is finer than a microsecond; the extremes of .NET are PostgreSQL's infinities.</summary>
    public static NpgsqlParameter Time(DateTimeOffset time) => Value(time.UtcDateTime);

    /// <summary>The first whole microsecond that is not before this time.</summary>
    public static NpgsqlParameter TimeUp(DateTimeOffset time) =>
        Time(time.Ticks % TimeSpan.TicksPerMicrosecond == 0 || time == DateTimeOffset.MaxValue ? time : time.AddTicks(TimeSpan.TicksPerMicrosecond - 1));

    public static NpgsqlParameter Value<TValue>(TValue value) => new NpgsqlParameter<TValue> { TypedValue = value };

    private static NpgsqlParameter<DateTime?[]> Times(IReadOnlyList<SnapshotTask> tasks, Func<SnapshotTask, DateTimeOffset?> time) => new()
    {
        TypedValue = [.. tasks.Select(task => time(task)?.UtcDateTime)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
    };
}
