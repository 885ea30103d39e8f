namespace SnapshotTasks.Storage;

/// <summary>How the columns of a row hold an event.</summary>
internal static class EventColumns
{
    /// <summary>An event, with the project of its task.</summary>
    public const string All = "number, task, event.version, what, at, event.attempt, holder, who, why, project";

    /// <summary>Where an event stands.</summary>
    public const string Position = "number, task, version, at";

    /// <summary>Reads an event from a row of <see cref="All"/>.</summary>
    public static RecordedEvent Read<TRow>(TRow row)
        where TRow : IRow => new(new TaskId(row.Number(1)), row.Number(2), Enum.Parse<TaskEvent>(row.Text(3)), row.Time(4), (int)row.Number(5))
        {
            Number = row.Number(0),
            Holder = row.IsNull(6) ? null : row.Text(6),
            By = row.IsNull(7) ? null : row.Text(7),
            Reason = row.IsNull(8) ? null : row.Text(8),
            Project = new ProjectId(row.Text(9)),
        };

    /// <summary>Reads where an event stands from a row of <see cref="Position"/>.</summary>
    public static EventPosition ReadPosition<TRow>(TRow row)
        where TRow : IRow => new(row.Number(0), new TaskId(row.Number(1)), row.Number(2), row.Time(3));

    /// <summary>Reads whether events are kept, and the highest number that was removed.</summary>
    public static KeptEvents ReadKept<TRow>(TRow row)
        where TRow : IRow => new(row.IsTrue(0), row.Number(1));
}
