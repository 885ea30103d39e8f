using Npgsql;
using NpgsqlTypes;

namespace SnapshotTasks.Storage;

/// <summary>A row, and how values go to the server and come back.</summary>
internal readonly struct PostgresRow(NpgsqlDataReader reader) : IRow
{
    public int Columns => reader.FieldCount;

    public bool IsNull(int column) => reader.IsDBNull(column);

    public bool IsTrue(int column) => reader.GetBoolean(column);

    public long Number(int column) => reader.GetInt64(column);

    public string Text(int column) => reader.GetString(column);

    public DateTimeOffset Time(int column) => ReadTime(reader, column);

    /// <summary>What a step of removing found: the ids, how many it looked at, the last of these and when that was accepted.</summary>
    public static FoundEnded ReadEnded(NpgsqlDataReader row) => new(
        [.. row.GetFieldValue<long[]>(0).Select(id => new TaskId(id))],
        (int)row.GetInt64(1),
        row.IsDBNull(2) ? default : new TaskId(row.GetInt64(2)),
        row.IsDBNull(3) ? default : ReadTime(row, 3));

    public static DateTimeOffset ReadTime(NpgsqlDataReader row, int column) => new(row.GetDateTime(column));

    /// <summary>What decisions change, as columns: the parameters 1 to 15.</summary>
    public static List<NpgsqlParameter> Decided<T>(IReadOnlyCollection<T> rows, Func<T, SnapshotTask> of) =>
    [
        Array(rows, row => of(row).Id.Value),
        Array(rows, row => of(row).State.ToString()),
        Times(rows, row => of(row).StartedAt),
        Times(rows, row => of(row).EndedAt),
        Array(rows, row => of(row).Attempt),
        Array(rows, row => of(row).ReleasedAttempts),
        Array(rows, row => of(row).Deferral is null ? of(row).Lease?.Holder : ""),
        Times(rows, row => of(row).Deferral?.Until ?? of(row).Lease?.ExpiresAt),
        Array(rows, row => of(row).Pictures is { } pictures ? TaskJson.Write(pictures) : null),
        Array(rows, row => of(row).Failure?.Code.ToString()),
        Array(rows, row => of(row).Failure?.Reason),
        Array(rows, row => of(row).Version),
        Array(rows, row => of(row).Lease is { IsPublishing: true }),
        Array(rows, row => of(row).Deferral?.Failure.Code.ToString()),
        Array(rows, row => of(row).Deferral?.Failure.Reason),
    ];

    /// <summary>What is written once, as columns.</summary>
    public static List<NpgsqlParameter> Accepted(IReadOnlyCollection<AddedTask> rows) =>
    [
        Array(rows, row => row.Task.Project.Value),
        Array(rows, row => TaskJson.Write(row.Task.Request)),
        Times(rows, row => row.Task.CreatedAt),
        Array(rows, row => row.Task.TraceParent),
        Array(rows, row => row.Key?.Text),
        Array(rows, row => row.Key?.RequestHash),
        Array(rows, row => (short)row.Task.Priority),
    ];

    /// <summary>Lanes that are read, as columns.</summary>
    public static List<NpgsqlParameter> Asked(IReadOnlyCollection<AskedLane> lanes) =>
    [
        Array(lanes, lane => (short)lane.Lane.Priority),
        Array(lanes, lane => lane.Lane.Project.Value),
        Array(lanes, lane => lane.After.Value),
        Array(lanes, lane => (long)lane.Most),
    ];

    /// <summary>Lanes whose deferrals are read, as columns.</summary>
    public static List<NpgsqlParameter> AskedForDeferred(IReadOnlyCollection<AskedLane> lanes) =>
    [
        Array(lanes, lane => (short)lane.Lane.Priority),
        Array(lanes, lane => lane.Lane.Project.Value),
        Array(lanes, lane => (long)lane.Most),
    ];

    /// <summary>Outcomes of tasks that a cancellation is about, as columns.</summary>
    public static List<NpgsqlParameter> Outcomes(IReadOnlyCollection<CancelledTask> rows) =>
    [
        Array(rows, row => row.Task.Value),
        Array(rows, row => row.Outcome.Answer.ToString()),
        Array(rows, row => row.Outcome.State?.ToString()),
        Array(rows, row => row.Outcome.Ending?.ToString()),
        Times(rows, row => row.Outcome.Since),
    ];

    /// <summary>Events, as columns.</summary>
    public static List<NpgsqlParameter> Happened(IReadOnlyCollection<RecordedEvent> rows) =>
    [
        Array(rows, row => row.Task.Value),
        Array(rows, row => row.Version),
        Array(rows, row => row.What.ToString()),
        Times(rows, row => row.At),
        Array(rows, row => row.Attempt),
        Array(rows, row => row.Holder),
        Array(rows, row => row.By),
        Array(rows, row => row.Reason),
    ];

    /// <summary>A subscription, as values.</summary>
    public static List<NpgsqlParameter> Subscribed(Subscription subscription) =>
    [
        Value(subscription.Name),
        Value(subscription.Position),
        Value(subscription.Holder),
        TimeIfAny(subscription.ExpiresAt),
        TimeIfAny(subscription.FailingSince),
        TimeIfAny(subscription.StoppedAt),
        Value(subscription.Reason),
    ];

    /// <summary>Events by their keys, as columns.</summary>
    public static List<NpgsqlParameter> Keys(IReadOnlyCollection<EventKey> rows) =>
        [Array(rows, row => row.Number), Array(rows, row => row.Task.Value), Array(rows, row => row.Version)];

    /// <summary>What is parked, as columns.</summary>
    public static List<NpgsqlParameter> Parked(IReadOnlyList<ParkedRow> rows) =>
    [
        .. Keys([.. rows.Select(row => row.Event)]),
        Array(rows, row => row.Attempts),
        Times(rows, row => row.DueAt),
        Times(rows, row => row.SetAsideAt),
        Array(rows, row => row.Reason),
    ];

    /// <summary>What is written of a pause.</summary>
    public static List<NpgsqlParameter> Paused(Pause pause) => [Scope(pause), Value(pause.By), Value(pause.Reason), Time(pause.Since)];

    /// <summary>What is paused: the name of a project, or an empty one for everything.</summary>
    public static NpgsqlParameter Scope(Pause pause) => Value(pause.Project?.Value ?? "");

    public static NpgsqlParameter Array<TSource, TValue>(IReadOnlyCollection<TSource> source, Func<TSource, TValue> value) =>
        new NpgsqlParameter<TValue[]> { TypedValue = [.. source.Select(value)] };

    /// <summary>A time, without what is finer than a microsecond; the extremes of .NET are PostgreSQL's infinities.</summary>
    public static NpgsqlParameter Time(DateTimeOffset time) => Value(time.UtcDateTime);

    /// <summary>The first whole microsecond that is not before this time.</summary>
    public static NpgsqlParameter TimeUp(DateTimeOffset time) =>
        Time(time.Ticks % TimeSpan.TicksPerMicrosecond == 0 || time == DateTimeOffset.MaxValue ? time : time.AddTicks(TimeSpan.TicksPerMicrosecond - 1));

    private static NpgsqlParameter<DateTime?> TimeIfAny(DateTimeOffset? time) => new() { TypedValue = time?.UtcDateTime, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    public static NpgsqlParameter Value<TValue>(TValue value) => new NpgsqlParameter<TValue> { TypedValue = value };

    private static NpgsqlParameter<DateTime?[]> Times<T>(IReadOnlyCollection<T> rows, Func<T, DateTimeOffset?> time) => new()
    {
        TypedValue = [.. rows.Select(row => time(row)?.UtcDateTime)],
        NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz,
    };
}
