using System.Threading.Channels;

namespace SnapshotTasks.Storage;

/// <summary>
/// Callers that arrive together share a transaction: a writer takes all that has queued up, has it decided, commits
/// once and only then answers. There is no timer: whoever arrives alone is a batch of one. What cannot be done at once,
/// because a stranger has locked what it needs, is skipped by its batch, which waits for nobody, and is done by itself.
/// </summary>
/// <param name="submitted">Set after a task was queued, or a run aborted.</param>
/// <param name="writers">How many sessions write what callers queue.</param>
/// <param name="waiters">How many sessions write what a batch has skipped.</param>
internal sealed class GroupCommit(StoreSignal submitted, int writers = 1, int waiters = 0) : IAsyncDisposable
{
    /// <summary>How many callers queue; further ones wait for a place.</summary>
    public const int MaxQueued = 4096;

    /// <summary>How many callers share a transaction: enough to hide the commit, few enough to answer soon.</summary>
    public const int MaxBatch = 512;

    /// <summary>How often a transaction is tried that fails transiently.</summary>
    private const int MaxAttempts = 3;

    // Synchronous continuations wake a writer that blocks its thread directly, instead of through the pool.
    private readonly Crew queue = new(writers, MaxBatch, Channel.CreateBounded<StoreOperation>(
        new BoundedChannelOptions(MaxQueued) { AllowSynchronousContinuations = true }));

    // Needs no bound of its own: what is here was in a batch.
    private readonly Crew skipped = new(waiters, 1, Channel.CreateUnbounded<StoreOperation>());

    /// <summary>Set after an event was kept.</summary>
    public StoreSignal? Happened { get; init; }

    /// <summary>Told how many callers share each transaction.</summary>
    public Action<int>? Batched { get; init; }

    /// <summary>Queues work and waits for its answer.</summary>
    public Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, CancellationToken cancellationToken)
    {
        operation.LeaveWhen(cancellationToken);
        return queue.Work.Writer.TryWrite(operation) ? operation.Answered : WaitForPlaceAsync(operation, cancellationToken);
    }

    /// <summary>Writes what callers queue, through one session, until there will be no more; then closes the session.</summary>
    public Task WriteAsync(IStoreSession session) => WriteAsync(session, queue);

    /// <summary>Writes what a batch has skipped, one by one, through a session that waits for strangers.</summary>
    public Task WriteSkippedAsync(IStoreSession session) => WriteAsync(session, skipped);

    /// <summary>Has everything written that is queued, and refuses what comes later.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Work.Writer.TryComplete();
        await queue.Ended;
        skipped.Work.Writer.TryComplete();
        await skipped.Ended;
    }

    private async Task<TAnswer> WaitForPlaceAsync<TAnswer>(StoreOperation<TAnswer> operation, CancellationToken cancellationToken)
    {
        try
        {
            await queue.Work.Writer.WriteAsync(operation, cancellationToken);
        }
        catch (ChannelClosedException closed)
        {
            throw closed.InnerException is { } death ? Dead(death) : new ObjectDisposedException(nameof(ITaskStore));
        }

        return await operation.Answered;
    }

    private async Task WriteAsync(IStoreSession session, Crew crew)
    {
        var batch = new List<StoreOperation>(crew.MaxBatch);
        try
        {
            await using (session)
            {
                while (await TakeAsync(session, crew, batch))
                {
                    await TransactAsync(session, batch);
                    batch.Clear();
                }
            }
        }
        catch (Exception error)
        {
            Die(batch, error);
        }

        crew.End();
    }

    /// <summary>Waits for callers and takes all that are there; false when there will be no more.</summary>
    private static async ValueTask<bool> TakeAsync(IStoreSession session, Crew crew, List<StoreOperation> batch)
    {
        await crew.Turn.WaitAsync();
        try
        {
            while (batch.Count == 0 && await session.WaitAsync(crew.Work.Reader.WaitToReadAsync()))
            {
                while (batch.Count < crew.MaxBatch && crew.Work.Reader.TryRead(out var operation))
                {
                    if (operation.TryBegin())
                    {
                        batch.Add(operation);
                    }
                }
            }

            return batch.Count > 0;
        }
        finally
        {
            crew.Turn.Release();
        }
    }

    private async ValueTask TransactAsync(IStoreSession session, List<StoreOperation> operations)
    {
        Batched?.Invoke(operations.Count);
        var failure = await AttemptAsync(session, operations);
        if (failure is not { Concerns: FailureConcerns.OneOperation } || operations.Count == 1)
        {
            Answer(operations, failure);
            return;
        }

        // Nothing was written and it is not known whose fault it was: each is repeated by itself, in order, and fails by itself.
        foreach (var operation in operations)
        {
            List<StoreOperation> one = [operation];
            failure = failure is { Concerns: FailureConcerns.TheStore } ? failure : await AttemptAsync(session, one);
            Answer(one, failure);
        }
    }

    /// <summary>One transaction, repeated when it fails transiently: null when it was committed.</summary>
    private async ValueTask<StoreFailure?> AttemptAsync(IStoreSession session, List<StoreOperation> operations)
    {
        for (var attempt = 1; ; attempt++)
        {
            var step = StoreStep.Begin;
            try
            {
                await session.BeginAsync();
                step = StoreStep.Run;
                var batch = new TaskBatch(operations);
                Skip(operations, await batch.RunAsync(session));
                step = StoreStep.Commit;
                await session.CommitAsync();
                submitted.SetAborted(batch.Changes.Aborted);
                if (batch.Changes.HasWork)
                {
                    submitted.Set();
                }

                if (batch.Changes.Events.Count > 0)
                {
                    Happened?.Set();
                }

                return null;
            }
            catch (Exception error)
            {
                await session.RollBackAsync(error);
                var failure = session.Explain(error, step);
                if (!failure.IsTransient || attempt == MaxAttempts)
                {
                    return failure;
                }
            }
        }
    }

    private void Skip(List<StoreOperation> operations, IReadOnlyList<StoreOperation> skipping)
    {
        foreach (var operation in skipping.ToList())
        {
            operations.Remove(operation);
            operation.Skip();
            if (!skipped.Work.Writer.TryWrite(operation))
            {
                operation.Failed(new StoreUnavailableException("What was asked for is locked by another transaction, and the task store is being closed."));
            }
        }
    }

    private static void Answer(List<StoreOperation> operations, StoreFailure? failure)
    {
        foreach (var operation in operations)
        {
            if (failure is null)
            {
                operation.Committed();
            }
            else
            {
                operation.Failed(failure.Error);
            }
        }
    }

    // A bug, not a state of the database. Nobody may hang because of it, and nobody be told what is not known.
    private void Die(List<StoreOperation> batch, Exception error)
    {
        batch.ForEach(operation => operation.Failed(new UnknownOutcomeException($"The task store died while it was writing: {error.Message}", error)));
        foreach (var work in (Channel<StoreOperation>[])[queue.Work, skipped.Work])
        {
            work.Writer.TryComplete(error);
            while (work.Reader.TryRead(out var operation))
            {
                operation.Failed(Dead(error));
            }
        }
    }

    private static StoreUnavailableException Dead(Exception error) =>
        new($"The task store has died and does nothing until it is opened again: {error.Message}", error);

    /// <summary>The sessions that share some work, and take turns at waiting for it.</summary>
    private sealed class Crew
    {
        private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int working;

        public Crew(int size, int maxBatch, Channel<StoreOperation> work)
        {
            (working, MaxBatch, Work) = (size, maxBatch, work);
            if (size == 0)
            {
                ended.SetResult();
            }
        }

        public int MaxBatch { get; }

        public Channel<StoreOperation> Work { get; }

        public SemaphoreSlim Turn { get; } = new(1);

        public Task Ended => ended.Task;

        public void End()
        {
            if (Interlocked.Decrement(ref working) == 0)
            {
                ended.SetResult();
            }
        }
    }
}
