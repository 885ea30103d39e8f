namespace SnapshotTasks;

/// <summary>Asks the store how it is: the one question behind every answer about health.</summary>
internal sealed class StoreProbe(ITaskStore store, TimeProvider time)
{
    /// <exception cref="StoreUnavailableException">The store did not answer in time, or could not.</exception>
    public async Task<QueueMeasure> MeasureAsync(TimeSpan timeout, CancellationToken cancellationToken)
    {
        try
        {
            return await store.MeasureAsync(QueueGauges.MaxCount, cancellationToken).WaitAsync(timeout, time, cancellationToken);
        }
        catch (TimeoutException exception)
        {
            throw new StoreUnavailableException($"The store did not answer within {timeout.TotalSeconds} s.", exception);
        }
    }
}
