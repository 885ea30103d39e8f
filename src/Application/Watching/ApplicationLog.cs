using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What is said about decisions and those who are told of them.</summary>
internal static partial class ApplicationLog
{
    [LoggerMessage(40, LogLevel.Debug, "Task {Id} of project {Project}: {Happened}.")]
    public static partial void Decided(this ILogger log, TaskId id, ProjectId project, TaskEvent happened);

    [LoggerMessage(41, LogLevel.Error, "A handler of {Notification} for task {Id} of project {Project} failed; the task is as it was decided.")]
    public static partial void HandlerFailed(this ILogger log, Exception exception, TaskId id, ProjectId project, string notification);

    [LoggerMessage(42, LogLevel.Warning, "The handlers of {Notification} for task {Id} of project {Project} have not ended in {Seconds} s and are waited for no longer.")]
    public static partial void HandlerSlow(this ILogger log, TaskId id, ProjectId project, string notification, double seconds);

    [LoggerMessage(43, LogLevel.Error, "Notifications are dropped, the first for task {Id} of project {Project} ({Happened}): {Waiting} wait for handlers that are too slow.")]
    public static partial void NotificationsDropped(this ILogger log, TaskId id, ProjectId project, TaskEvent happened, int waiting);

    [LoggerMessage(44, LogLevel.Warning, "The host has stopped before its handlers of notifications had ended, {Waiting} were not published.")]
    public static partial void NotificationsAbandoned(this ILogger log, int waiting);

    [LoggerMessage(45, LogLevel.Debug, "The queue cannot be measured: {Reason}")]
    public static partial void NotMeasured(this ILogger log, string reason);
}
