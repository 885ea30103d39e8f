using System.Diagnostics;
using System.Diagnostics.Metrics;
using MediatR;

namespace SnapshotTasks;

/// <summary>What this part measures and traces: nothing as long as nobody listens.</summary>
internal sealed class Telemetry : IDisposable
{
    /// <summary>The name of the meter and of the source of activities.</summary>
    public const string Name = "SnapshotTasks.Application";

    // Queues are waited in and videos are worked on for seconds to hours, not for the milliseconds that exporters expect.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000],
    };

    private readonly ActivitySource activities = new(Name);
    private readonly Counter<long> decisions;
    private readonly Counter<long> dropped;
    private readonly Histogram<double> waits;
    private readonly Histogram<double> runs;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    public Telemetry(IMeterFactory? meters = null)
    {
        Meter = meters?.Create(Name) ?? new Meter(Name);
        decisions = Meter.CreateCounter<long>("snapshot_tasks.decisions", "{decision}", "Committed decisions, by trigger and outcome.");
        dropped = Meter.CreateCounter<long>("snapshot_tasks.notifications.dropped", "{notification}", "Notifications that handlers were too slow for.");
        waits = Meter.CreateHistogram<double>("snapshot_tasks.wait.duration", "s", "From the submission of a task to the start of its first attempt.", tags: null, Durations);
        runs = Meter.CreateHistogram<double>("snapshot_tasks.run.duration", "s", "From the start of the first attempt at a task to its end.", tags: null, Durations);
    }

    public Meter Meter { get; }

    /// <summary>Whether anybody listens to what is measured of decisions.</summary>
    public bool Measures => decisions.Enabled || waits.Enabled || runs.Enabled;

    /// <summary>The trace of whoever calls now, as a task keeps it.</summary>
    public static string? TraceParent => Activity.Current is { IdFormat: ActivityIdFormat.W3C } current ? current.Id : null;

    /// <summary>A submission was committed, or found to repeat another.</summary>
    public void Submitted(SubmitAnswer answer) => Count("Submit", answer);

    /// <summary>A decision was committed.</summary>
    public void Decided<TAnswer>(TaskTrigger trigger, TAnswer answer)
        where TAnswer : struct, Enum => Count(trigger.ToString(), answer);

    /// <summary>Something happened to a task.</summary>
    public void Happened(TaskEvent happened, SnapshotTask task)
    {
        switch (happened)
        {
            case TaskEvent.Started:
                waits.Record((task.StartedAt!.Value - task.CreatedAt).TotalSeconds);
                break;
            case TaskEvent.Completed:
                runs.Record(
                    (task.EndedAt!.Value - task.StartedAt!.Value).TotalSeconds,
                    new KeyValuePair<string, object?>("outcome", task.Failure?.Code.ToString() ?? nameof(TaskEnding.Pictures)));
                break;
            case TaskEvent.Queued or TaskEvent.TakenOver or TaskEvent.Deferred or TaskEvent.Cancelled:
                break;
        }
    }

    private void Count<TAnswer>(string trigger, TAnswer answer)
        where TAnswer : struct, Enum
    {
        if (decisions.Enabled)
        {
            decisions.Add(1, new("trigger", trigger), new("outcome", answer.ToString()));
        }
    }

    public void NotificationDropped() => dropped.Add(1);

    /// <summary>Traces a submission.</summary>
    public Activity? Submit(string name, ProjectId project) =>
        activities.StartActivity(name, ActivityKind.Producer)?.SetTag("snapshot_task.project", project.Value);

    /// <summary>Traces handlers, as a part of the task's trace.</summary>
    public Activity? Notify(INotification notification, SnapshotTask task)
    {
        if (!activities.HasListeners())
        {
            return null;
        }

        _ = ActivityContext.TryParse(task.TraceParent, null, isRemote: true, out var submission);
        return activities.StartActivity($"notify {notification.GetType().Name}", ActivityKind.Internal, submission).Of(task);
    }

    public void Dispose()
    {
        activities.Dispose();
        Meter.Dispose();
    }
}

/// <summary>What activities say of a task.</summary>
internal static class ActivityTags
{
    public static Activity? Of(this Activity? activity, SnapshotTask? task) => task is null
        ? activity
        : activity?.SetTag("snapshot_task.id", task.Id.Value).SetTag("snapshot_task.project", task.Project.Value);
}
