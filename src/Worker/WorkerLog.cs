using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What the worker says.</summary>
internal static partial class WorkerLog
{
    /// <summary>Says how a run has ended.</summary>
    public static void RunEnded(this ILogger log, RunEnding ending)
    {
        var (id, project, seconds) = (ending.Task.Id, ending.Task.Project, ending.Seconds);
        switch (ending.End)
        {
            case RunEnd.Pictures:
                log.RunCompleted(id, project, seconds, ending.Pictures);
                break;
            case RunEnd.Failed:
                log.RunFailed(id, project, seconds, ending.Failure!.Code, ending.Failure.Reason);
                break;
            case RunEnd.Deferred:
                log.RunDeferred(id, project, seconds, ending.Task.Deferral!.Until, ending.Failure!.Code, ending.Failure.Reason);
                break;
            case RunEnd.Refused:
                log.CompletedLate(id, project, seconds);
                break;
            case RunEnd.OutcomeLost:
                log.OutcomeLost(id, project);
                break;
            case RunEnd.LeaseLost:
                log.LeaseLost(id, project, seconds);
                break;
            case RunEnd.Released:
                log.RunReleased(id, project, seconds);
                break;
            case RunEnd.GivenBack:
                log.GivenBack(id, project, seconds, ending.Obstacle!);
                break;
            case RunEnd.NotReleased:
                log.NotReleased(id, project, ending.Reason);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Information, "Worker {Holder} started: up to {Concurrency} tasks at once.")]
    public static partial void WorkerStarted(this ILogger log, string holder, int concurrency);

    [LoggerMessage(2, LogLevel.Warning, "The store gives no work, trying again until it does: {Reason}")]
    public static partial void StoreFailed(this ILogger log, string reason);

    [LoggerMessage(3, LogLevel.Information, "The store gives work again.")]
    public static partial void StoreRecovered(this ILogger log);

    [LoggerMessage(4, LogLevel.Warning, "This machine cannot capture, so the worker claims nothing but one task now and then, until it can: {Reason}")]
    public static partial void CircuitOpened(this ILogger log, string reason);

    [LoggerMessage(5, LogLevel.Information, "This machine captures again, after {Seconds:0} s.")]
    public static partial void CircuitClosed(this ILogger log, double seconds);

    [LoggerMessage(10, LogLevel.Information, "Task {Id} of project {Project} started, attempt {Attempt}.")]
    public static partial void RunStarted(this ILogger log, TaskId id, ProjectId project, int attempt);

    [LoggerMessage(11, LogLevel.Information, "Task {Id} of project {Project} completed after {Seconds:0.00} s with {Pictures} pictures.")]
    private static partial void RunCompleted(this ILogger log, TaskId id, ProjectId project, double seconds, int pictures);

    [LoggerMessage(12, LogLevel.Information, "Task {Id} of project {Project} failed after {Seconds:0.00} s, {Code}: {Reason}")]
    private static partial void RunFailed(this ILogger log, TaskId id, ProjectId project, double seconds, FailureCode code, string reason);

    [LoggerMessage(13, LogLevel.Warning, "Task {Id} of project {Project} was stopped after {Seconds:0.00} s: its lease was lost, or the run was aborted.")]
    private static partial void LeaseLost(this ILogger log, TaskId id, ProjectId project, double seconds);

    [LoggerMessage(14, LogLevel.Warning, "Task {Id} of project {Project} ended too late after {Seconds:0.00} s: another worker has taken it over, or the run was aborted.")]
    private static partial void CompletedLate(this ILogger log, TaskId id, ProjectId project, double seconds);

    [LoggerMessage(15, LogLevel.Information, "Task {Id} of project {Project} was released after {Seconds:0.00} s: the host stops.")]
    private static partial void RunReleased(this ILogger log, TaskId id, ProjectId project, double seconds);

    [LoggerMessage(16, LogLevel.Warning, "Task {Id} of project {Project} was given up: {Reason}")]
    public static partial void GivenUp(this ILogger log, TaskId id, ProjectId project, string reason);

    [LoggerMessage(17, LogLevel.Warning, "The lease of task {Id} of project {Project} cannot be renewed, trying again until it expires: {Reason}")]
    public static partial void NotRenewed(this ILogger log, TaskId id, ProjectId project, string reason);

    [LoggerMessage(18, LogLevel.Warning, "The outcome of task {Id} of project {Project} cannot be recorded, trying again until its lease expires: {Reason}")]
    public static partial void NotRecorded(this ILogger log, TaskId id, ProjectId project, string reason);

    [LoggerMessage(19, LogLevel.Error, "The outcome of task {Id} of project {Project} was not recorded: another worker will run it again.")]
    private static partial void OutcomeLost(this ILogger log, TaskId id, ProjectId project);

    [LoggerMessage(20, LogLevel.Warning, "Task {Id} of project {Project} could not be released, another worker takes it over when its lease expires: {Reason}")]
    private static partial void NotReleased(this ILogger log, TaskId id, ProjectId project, string reason);

    [LoggerMessage(23, LogLevel.Information, "Task {Id} of project {Project} was given back after {Seconds:0.00} s, because this machine cannot capture now: {Reason}")]
    private static partial void GivenBack(this ILogger log, TaskId id, ProjectId project, double seconds, string reason);

    [LoggerMessage(24, LogLevel.Warning, "Task {Id} of project {Project} failed for now after {Seconds:0.00} s, its next attempt is put off until {Until:u}, {Code}: {Reason}")]
    private static partial void RunDeferred(this ILogger log, TaskId id, ProjectId project, double seconds, DateTimeOffset until, FailureCode code, string reason);

    [LoggerMessage(21, LogLevel.Error, "The capture of task {Id} of project {Project} failed in a way nobody expected.")]
    public static partial void CaptureBroke(this ILogger log, Exception exception, TaskId id, ProjectId project);

    [LoggerMessage(22, LogLevel.Error, "The run of task {Id} of project {Project} broke: another worker takes it over when its lease expires.")]
    public static partial void RunBroke(this ILogger log, Exception exception, TaskId id, ProjectId project);
}
