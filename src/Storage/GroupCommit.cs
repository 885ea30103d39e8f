using System.Threading.Channels;

namespace SnapshotTasks;

/// <summary>
/// Callers that arrive together share a transaction: a writer takes all that has queued up, has it decided, commits
/// once and only then answers. There is no timer: whoever arrives alone is a batch of one.
/// </summary>
/// <param name="submitted">Set after a task was added.</param>
internal sealed class GroupCommit(SubmissionSignal submitted) : IAsyncDisposable
{
    /// <summary>How many callers queue; further ones wait for a place.</summary>
    public const int MaxQueued = 4096;

    /// <summary>How many callers share a transaction: enough to hide the commit, few enough to answer soon.</summary>
    public const int MaxBatch = 512;

    // Synchronous continuations wake a writer that blocks its thread directly, instead of through the pool.
    private readonly Channel<StoreOperation> queue = Channel.CreateBounded<StoreOperation>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, AllowSynchronousContinuations = true });

    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Told how many callers share each transaction.</summary>
    public Action<int>? Batched { get; init; }

    /// <summary>Queues work and waits for its answer.</summary>
    public Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, CancellationToken cancellationToken)
    {
        operation.LeaveWhen(cancellationToken);
        return queue.Writer.TryWrite(operation) ? operation.Answered : WaitForPlaceAsync(operation, cancellationToken);
    }

    /// <summary>Writes what callers queue, through one session, until there will be no more; then closes the session.</summary>
    public async Task WriteAsync(IStoreSession session)
    {
        var batch = new List<StoreOperation>(MaxBatch);
        try
        {
            await using (session)
            {
                while (await session.WaitAsync(queue.Reader.WaitToReadAsync()))
                {
                    Take(batch);
                    await TransactAsync(session, batch);
                    batch.Clear();
                }
            }
        }
        catch (Exception error)
        {
            Die(batch, error);
        }

        ended.SetResult();
    }

    /// <summary>Has everything written that is queued, and refuses what comes later.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await ended.Task;
    }

    private async Task<TAnswer> WaitForPlaceAsync<TAnswer>(StoreOperation<TAnswer> operation, CancellationToken cancellationToken)
    {
        try
        {
            await queue.Writer.WriteAsync(operation, cancellationToken);
        }
        catch (ChannelClosedException closed)
        {
            throw closed.InnerException is { } death ? Dead(death) : new ObjectDisposedException(nameof(ITaskStore));
        }

        return await operation.Answered;
    }

    private void Take(List<StoreOperation> batch)
    {
        while (batch.Count < MaxBatch && queue.Reader.TryRead(out var operation))
        {
            if (operation.TryBegin())
            {
                batch.Add(operation);
            }
        }
    }

    private async ValueTask TransactAsync(IStoreSession session, List<StoreOperation> batch)
    {
        if (batch.Count == 0)
        {
            return;
        }

        Batched?.Invoke(batch.Count);
        var failure = await AttemptAsync(session, batch);
        if (failure is not { Concerns: FailureConcerns.OneOperation } || batch.Count == 1)
        {
            Answer(batch, failure);
            return;
        }

        // Nothing was kept and it is not known whose fault it was: each is repeated alone, in order, and fails alone.
        foreach (var operation in batch)
        {
            IReadOnlyList<StoreOperation> alone = [operation];
            failure = failure is { Concerns: FailureConcerns.TheStore } ? failure : await AttemptAsync(session, alone);
            Answer(alone, failure);
        }
    }

    /// <summary>One transaction: null when it was committed.</summary>
    private static async ValueTask<StoreFailure?> AttemptAsync(IStoreSession session, IReadOnlyList<StoreOperation> batch)
    {
        var step = StoreStep.Begin;
        try
        {
            await session.BeginAsync();
            step = StoreStep.Run;
            await session.RunAsync(batch);
            step = StoreStep.Commit;
            await session.CommitAsync();
            return null;
        }
        catch (Exception error)
        {
            await session.RollBackAsync(error);
            return session.Explain(error, step);
        }
    }

    private void Answer(IReadOnlyList<StoreOperation> batch, StoreFailure? failure)
    {
        var added = false;
        foreach (var operation in batch)
        {
            if (failure is null)
            {
                added |= operation is Submission;
                operation.Committed();
            }
            else
            {
                operation.Failed(failure.Error);
            }
        }

        if (added)
        {
            submitted.Set();
        }
    }

    // A bug, not a state of the database. Nobody may hang because of it, and nobody be told what is not known.
    private void Die(List<StoreOperation> batch, Exception error)
    {
        queue.Writer.TryComplete(error);
        batch.ForEach(operation => operation.Failed(new UnknownOutcomeException($"The task store died while it was writing: {error.Message}", error)));
        while (queue.Reader.TryRead(out var operation))
        {
            operation.Failed(Dead(error));
        }
    }

    private static StoreUnavailableException Dead(Exception error) =>
        new($"The task store has died and does nothing until it is opened again: {error.Message}", error);
}
