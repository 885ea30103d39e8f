namespace SnapshotTasks;

/// <summary>The names of events as webhooks have them.</summary>
internal static class EventTypes
{
    private static readonly TaskEnding?[] Endings = [null, .. Enum.GetValues<TaskEnding>()];

    /// <summary>Every name.</summary>
    public static IReadOnlyList<string> All { get; } =
        [.. Enum.GetValues<TaskEvent>().SelectMany(_ => Endings, Of).Distinct()];

    /// <summary>The name of what has happened.</summary>
    public static string Of(RecordedEvent happened) => Of(happened.What, happened.Ending);

    private static string Of(TaskEvent what, TaskEnding? ending) => what switch
    {
        TaskEvent.Queued => "task.queued",
        TaskEvent.Started => "task.started",
        TaskEvent.TakenOver => "task.taken_over",
        TaskEvent.Deferred => "task.deferred",
        TaskEvent.Completed => ending == TaskEnding.Failure ? "task.failed" : "task.completed",
        TaskEvent.Cancelled => "task.cancelled",
    };
}
