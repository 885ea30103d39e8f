using System.Data.Common;
using System.Diagnostics.Metrics;

namespace SnapshotTasks.Storage;

/// <summary>A store in a database: what callers ask for becomes operations of batches; adapters add queries and sessions.</summary>
internal abstract class DatabaseTaskStore : ITaskStore, ICancellationStore, IQueueStore, IEventStore, ISubscriptionStore, IDisposable, IAsyncDisposable
{
    private readonly StoreMetrics metrics;

    /// <param name="meters">The host's; without one, whoever listens to every meter still hears this one.</param>
    /// <param name="writers">How many sessions write what callers queue.</param>
    /// <param name="waiters">How many sessions write what a batch has skipped.</param>
    protected DatabaseTaskStore(IMeterFactory? meters, int writers = 1, int waiters = 0)
    {
        metrics = new StoreMetrics(meters);
        Commits = new GroupCommit(Submitted, writers, waiters) { Batched = metrics.Batch, Happened = Happened };
    }

    protected StoreSignal Submitted { get; } = new();

    protected StoreSignal Happened { get; } = new();

    protected GroupCommit Commits { get; }

    public Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        RunAsync(new Submission(task), transaction, cancellationToken);

    public Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum => RunAsync(new Deciding<TAnswer>(decision), transaction, cancellationToken);

    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new Pausing(decision), cancellationToken);

    public abstract Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default);

    public Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new Claiming(claim), cancellationToken);

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new Removal(age, after, limit), cancellationToken);

    public abstract Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default);

    public Task ListAsync(Listing listing, CancellationToken cancellationToken = default) => Commits.RunAsync(new ListTasks(listing), cancellationToken);

    public Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(
        CancellationId id, ProjectId project, IReadOnlyList<TaskId> tasks, bool whole = false, string? by = null, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new CancelListed(id, project, tasks, whole, by), cancellationToken);

    public abstract Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default);

    public abstract Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default);

    public Task RemoveCancellationsAsync(TimeSpan age, int limit, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new RemoveCancellations(age, limit), cancellationToken);

    public async Task KeepEventsAsync(bool keep, CancellationToken cancellationToken = default)
    {
        await Commits.RunAsync(new KeepEvents(keep), cancellationToken);
        await WaitForWritersAsync(cancellationToken);
    }

    public abstract Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default);

    public abstract Task<long> GetSettledAsync(CancellationToken cancellationToken = default);

    public abstract Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default);

    public abstract Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default);

    public Task WaitForEventAsync(CancellationToken cancellationToken = default) => Happened.WaitAsync(cancellationToken);

    public Task<SubscriptionOutcome> DecideAsync(SubscriptionDecision decision, CancellationToken cancellationToken = default) =>
        Commits.RunAsync(new ChangingSubscription(decision), cancellationToken);

    public abstract Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlySet<TaskId>> FindParkedAsync(
        string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default);

    public abstract Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default);

    public abstract Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default);

    public abstract Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default);

    public abstract Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default);

    public abstract Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default);

    public abstract Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default);

    public abstract Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default);

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => Submitted.WaitAsync(cancellationToken);

    public Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) => Submitted.WaitForAbortAsync(id, cancellationToken);

    /// <summary>Writes what is queued and closes the database.</summary>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    /// <inheritdoc cref="Dispose"/>
    public virtual async ValueTask DisposeAsync()
    {
        await Commits.DisposeAsync();
        metrics.Dispose();
    }

    /// <summary>Waits for the transactions that change tasks and had begun before this call.</summary>
    protected abstract Task WaitForWritersAsync(CancellationToken cancellationToken);

    /// <summary>Runs a batch in a transaction of the caller's, behind a savepoint, so that what fails leaves nothing in it.</summary>
    protected abstract Task RunWithinAsync(DbTransaction transaction, TaskBatch batch);

    private Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, DbTransaction? transaction, CancellationToken cancellationToken) =>
        transaction is null ? Commits.RunAsync(operation, cancellationToken)
        : cancellationToken.IsCancellationRequested ? Task.FromCanceled<TAnswer>(cancellationToken)
        : RunWithinAsync(transaction, operation);

    private async Task<TAnswer> RunWithinAsync<TAnswer>(DbTransaction transaction, StoreOperation<TAnswer> operation)
    {
        await RunWithinAsync(transaction, new TaskBatch([operation]));
        operation.Committed();
        return await operation.Answered;
    }
}
