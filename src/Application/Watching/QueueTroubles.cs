namespace SnapshotTasks;

/// <summary>What keeps the queue from moving, or this host from taking part, each in a sentence that anybody may read: without names and reasons.</summary>
internal static class QueueTroubles
{
    public static IReadOnlyList<string> Of(QueueMeasure measured, WorkerObstacle? ofHost, int obstructed, SnapshotTasksHealthOptions limits)
    {
        List<string> troubles = measured.Obstacle is { } obstacle ? [obstacle] : [];
        if (ofHost is not null)
        {
            troubles.Add($"This host cannot capture since {ofHost.Since:u}, and claims nothing until it can.");
        }

        if (measured.Pauses.Everything is { } pause)
        {
            troubles.Add($"Everything is paused since {pause.Since:u}.");
        }
        else if (!measured.IsServed && measured.ReadyFor > limits.MaxUnservedWait)
        {
            troubles.Add($"No worker serves the queue: a task has waited {measured.ReadyFor.Value.TotalSeconds:0} s, nothing runs, and nothing has started lately.");
        }
        else if (measured.ReadyFor > limits.MaxQueueWait)
        {
            troubles.Add($"The oldest queued task has waited {measured.ReadyFor.Value.TotalSeconds:0} s.");
        }

        if (measured.ExpiredFor > limits.MaxTakeoverWait)
        {
            troubles.Add($"Nobody takes over: a lease expired {measured.ExpiredFor.Value.TotalSeconds:0} s ago.");
        }

        if (obstructed > 0)
        {
            troubles.Add($"Events are not delivered to {obstructed} of those who want them.");
        }

        return troubles;
    }
}
