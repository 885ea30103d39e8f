namespace SnapshotTasks;

/// <summary>The parameters of a query.</summary>
internal static class QueryFields
{
    public const string TaskId = "task_id", Status = "status", StartTime = "start_time", EndTime = "end_time", PageName = "page", SizeName = "size",
        Include = "include", Place = "place", NextName = "next";

    public static readonly NumberField Page = new(PageName, "The page, from 0.", 0, FindSnapshotTaskPage.MaxPage, 0) { Member = nameof(FindSnapshotTaskPage.Page) };

    public static readonly NumberField Size = new(SizeName, "The most tasks of a page.", 1, FindSnapshotTaskPage.MaxSize, 10) { Member = nameof(FindSnapshotTaskPage.Size) };

    public static readonly TextField Next = new(
        NextName, "Where the page begins, as the page before has said it; empty for the first. Ours: with it no task is missed or seen twice while tasks move.", PageCursor.Length)
    {
        Member = nameof(FindSnapshotTaskPage.Next),
        Pattern = $"^([0-9a-f]{{{PageCursor.Length}}})?$",
    };

    public static readonly IReadOnlyList<WireField> All = [Page, Size, Next];
}
