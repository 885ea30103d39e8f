namespace SnapshotTasks;

/// <summary>Asks the store how it is: the one question behind every answer about health.</summary>
/// <remarks>Whoever asks, also a stranger without a rest, costs the store one measurement a second: callers share it.</remarks>
internal sealed class StoreProbe(ITaskStore store, TimeProvider time)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    // A lane is read for each of some projects, only where nothing runs.
    private const int MaxLanes = 10;

    private static readonly TimeSpan Lately = TimeSpan.FromSeconds(30);

    private readonly IQueueStore? queue = ObservedTaskStore.QueueOf(store);
    private readonly Lock turn = new();
    private Task<QueueMeasure>? measuring;
    private long askedAt;

    /// <exception cref="StoreUnavailableException">The store did not answer in time, or could not.</exception>
    public async Task<QueueMeasure> MeasureAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await Shared(timeout).WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException($"The store did not answer within {timeout.TotalSeconds} s.", exception);
        }
    }

    private Task<QueueMeasure> Shared(TimeSpan timeout)
    {
        lock (turn)
        {
            // One that failed, or that nobody waits for any longer, is no answer to those who ask now.
            if (measuring is null or { IsFaulted: true } or { IsCanceled: true } || time.GetElapsedTime(askedAt) >= (measuring.IsCompleted ? MaxAge : timeout))
            {
                (measuring, askedAt) = (MeasureAsync(), time.GetTimestamp());
            }

            return measuring;
        }
    }

    private async Task<QueueMeasure> MeasureAsync()
    {
        var measured = await store.MeasureAsync(QueueGauges.MaxCount, CancellationToken.None);
        return measured.ReadyFor is null || measured.Running > measured.Expired || queue is null
            ? measured
            : measured with { IsServed = await HasStartedLatelyAsync(queue) };
    }

    // Between two short runs nothing runs either.
    private static async Task<bool> HasStartedLatelyAsync(IQueueStore queue)
    {
        foreach (var lane in await queue.MeasureLanesAsync(MaxLanes, each: 1))
        {
            if ((await queue.MeasureStartsAsync(lane.Lane.Project, Lately, limit: 1)).Starts > 0)
            {
                return true;
            }
        }

        return false;
    }
}
