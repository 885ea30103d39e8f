using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What the capture says.</summary>
internal static partial class FfmpegLog
{
    [LoggerMessage(EventId = 30, Message = "{Program} for task {Id} ended with exit code {ExitCode} and said: {Errors}")]
    public static partial void ChildEnded(this ILogger log, LogLevel level, string program, TaskId id, int exitCode, string errors);

    [LoggerMessage(31, LogLevel.Warning, "The pictures of task {Id} of project {Project} cannot be written.")]
    public static partial void NotWritten(this ILogger log, Exception exception, TaskId id, ProjectId project);

    [LoggerMessage(32, LogLevel.Information, "Videos are read in a box of level {Level}.")]
    public static partial void BoxFound(this ILogger log, BoxLevel level);

    [LoggerMessage(33, LogLevel.Warning, "What dead attempts have left cannot be removed now: {Reason}")]
    public static partial void NotSwept(this ILogger log, string reason);
}
