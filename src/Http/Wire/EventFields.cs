namespace SnapshotTasks;

/// <summary>The parameters of asking what has happened.</summary>
internal static class EventFields
{
    public const string AfterName = "after", EndedName = "ended", TaskIdName = "task_id", SizeName = "size", WaitName = "wait";

    /// <summary>Stands for the place after everything that has happened by now.</summary>
    public const string Now = "now";

    public static readonly NumberField Size = new(SizeName, "The most events of an answer.", 1, FindEvents.MaxSize, 100);

    public static readonly NumberField Wait =
        new(WaitName, "For how many seconds to wait when nothing has happened.", 0, FindEvents.LongestWait, 0) { Member = nameof(FindEvents.MaxWait) };

    public static readonly IReadOnlyList<WireField> All = [Wait];
}
