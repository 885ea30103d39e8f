namespace SnapshotTasks;

/// <summary>What the queue looks like and how fast it moves, asked of the store at most once a second, whoever asks.</summary>
internal sealed class QueueProbe(IQueueStore queue, StoreProbe probe, TimeProvider time)
{
    private const int MaxLanes = 1000, MaxStarts = 100, MaxOthers = 5;

    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(5);

    // A rate is that of some minutes, and of one at least: a task that has just started is none.
    private static readonly TimeSpan Lately = TimeSpan.FromMinutes(5), AtLeast = TimeSpan.FromMinutes(1);

    private readonly Lock turn = new();
    private Task<IReadOnlyList<QueuedLane>>? measuring;
    private long askedAt;

    public async Task<(QueueMeasure Queue, IReadOnlyList<QueuedLane> Lanes)> MeasureAsync(CancellationToken cancellationToken) =>
        (await probe.MeasureAsync(Timeout, cancellationToken), await Shared().WaitAsync(cancellationToken));

    /// <summary>How many tasks of a lane start in a second: those of its project, or, when none has started lately, those of another lane that it takes turns with.</summary>
    public async Task<double?> RateAsync(Lane lane, IReadOnlyList<QueuedLane> lanes, CancellationToken cancellationToken)
    {
        var others = lanes.Select(other => other.Lane).Where(other => other != lane && other.Priority == lane.Priority).Take(MaxOthers);
        foreach (var project in others.Prepend(lane).Select(each => each.Project))
        {
            var (starts, firstAgo) = await queue.MeasureStartsAsync(project, Lately, MaxStarts, cancellationToken);
            if (firstAgo is { } ago)
            {
                // With as many as were looked at, there were more before.
                return starts / (starts < MaxStarts && ago < AtLeast ? AtLeast : ago).TotalSeconds;
            }
        }

        return null;
    }

    private Task<IReadOnlyList<QueuedLane>> Shared()
    {
        lock (turn)
        {
            if (measuring is null or { IsFaulted: true } or { IsCanceled: true } || (measuring.IsCompleted && time.GetElapsedTime(askedAt) >= MaxAge))
            {
                (measuring, askedAt) = (MeasureLanesAsync(), time.GetTimestamp());
            }

            return measuring;
        }
    }

    // As many tasks of each lane as may be counted of all.
    private async Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync()
    {
        var lanes = await queue.MeasureLanesAsync(MaxLanes, each: 1);
        return lanes.Count == 0 ? lanes : await queue.MeasureLanesAsync(MaxLanes, QueuePlace.MaxAhead / lanes.Count);
    }
}
