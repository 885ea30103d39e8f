using System.Diagnostics;

namespace SnapshotTasks;

/// <summary>The worker's part of a task's trace, which begins with the submission, in whatever process that was.</summary>
internal sealed class WorkerTraces : IDisposable
{
    private readonly ActivitySource activities = new("SnapshotTasks.Worker");

    /// <summary>Traces one attempt, to the end of what this worker has to do with it.</summary>
    public Activity? Run(SnapshotTask task)
    {
        if (!activities.HasListeners())
        {
            return null;
        }

        _ = ActivityContext.TryParse(task.TraceParent, null, isRemote: true, out var submission);
        return Of(task, activities.StartActivity("run snapshot task", ActivityKind.Consumer, submission))?
            .SetTag("snapshot_task.attempt", task.Attempt);
    }

    /// <summary>Traces how the outcome of an attempt is recorded.</summary>
    public Activity? Record(SnapshotTask task) => Of(task, activities.StartActivity("complete snapshot task"));

    public void Dispose() => activities.Dispose();

    private static Activity? Of(SnapshotTask task, Activity? activity) => activity?
        .SetTag("snapshot_task.id", task.Id.Value)
        .SetTag("snapshot_task.project", task.Project.Value);
}

/// <summary>How an activity ends.</summary>
internal static class ActivityOutcomes
{
    /// <summary>Says how a run has ended; a failure is named by its code.</summary>
    public static void EndsWith(this Activity? activity, RunEnding ending)
    {
        activity?.SetTag("snapshot_task.outcome", ending.End == RunEnd.Failed ? $"{ending.Failure!.Code}" : $"{ending.End}");
        if (ending.End == RunEnd.Failed)
        {
            activity?.SetStatus(ActivityStatusCode.Error, ending.Failure!.Reason);
        }
    }
}
