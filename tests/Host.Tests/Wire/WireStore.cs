using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>A real store that fails, or keeps its callers waiting, when a test says so.</summary>
internal sealed class WireStore(InMemoryTaskStore store) : ITaskStore, ICancellationStore, IQueueStore, IEventStore
{
    /// <summary>What every call throws.</summary>
    public Exception? Fault { get; set; }

    /// <summary>What a call throws after it was done: its answer is lost.</summary>
    public Exception? Loss { get; set; }

    /// <summary>What is said to keep the store from writing.</summary>
    public string? Obstacle { get; set; }

    /// <summary>When set, every call completes it and waits for its own cancellation.</summary>
    public TaskCompletionSource? Reached { get; set; }

    /// <summary>What happens before some of many are cancelled.</summary>
    public Action? BeforeCancel { get; set; }

    /// <summary>How often it was counted.</summary>
    public int Counts { get; private set; }

    /// <summary>How often what a project has stored was measured.</summary>
    public int Measures { get; private set; }

    public Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        Through(() => store.AddAsync(task, transaction, cancellationToken), cancellationToken);

    public Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum =>
        Through(() => store.DecideAsync(decision, transaction, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default) =>
        Through(() => store.ClaimAsync(claim, cancellationToken), cancellationToken);

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.RemoveEndedAsync(age, after, limit, cancellationToken), cancellationToken);

    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) =>
        store.DecideAsync(decision, cancellationToken);

    public Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) => store.GetPausesAsync(cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        Through(() => store.GetAsync(project, ids, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) =>
        Through(() => store.ListAsync(filter, skip, take, after, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        Through(() => store.ListNextAsync(filter, after, take, cancellationToken), cancellationToken);

    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default)
    {
        Counts++;
        return Through(() => store.CountAsync(filter, limit, cancellationToken), cancellationToken);
    }

    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) =>
        Through(async () => (await store.MeasureAsync(limit, cancellationToken)) with { Obstacle = Obstacle }, cancellationToken);

    public Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default)
    {
        Measures++;
        return Through(() => store.MeasureProjectAsync(project, mostTasks, cancellationToken), cancellationToken);
    }

    public Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default) =>
        Through(() => store.MeasureLanesAsync(lanes, each, cancellationToken), cancellationToken);

    public Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.CountQueuedAsync(lane, before, limit, cancellationToken), cancellationToken);

    public Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.MeasureStartsAsync(project, within, limit, cancellationToken), cancellationToken);

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => store.WaitForSubmissionAsync(cancellationToken);

    public Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.FindQueuedAsync(lane, filter, after, limit, cancellationToken), cancellationToken);

    public Task ListAsync(Listing listing, CancellationToken cancellationToken = default) => Through(
        async () =>
        {
            await store.ListAsync(listing, cancellationToken);
            return listing;
        },
        cancellationToken);

    public Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(
        CancellationId id, ProjectId project, IReadOnlyList<TaskId> tasks, bool whole = false, string? by = null, CancellationToken cancellationToken = default) =>
        Through(
            () =>
            {
                BeforeCancel?.Invoke();
                return store.CancelAsync(id, project, tasks, whole, by, cancellationToken);
            },
            cancellationToken);

    public Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default) =>
        Through(() => store.GetCancellationAsync(project, id, asked, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default) =>
        Through(() => store.GetListedAsync(id, after, limit, onlyOpen, cancellationToken), cancellationToken);

    public Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default) =>
        Through(() => store.HasCancellationsAsync(age, cancellationToken), cancellationToken);

    public Task RemoveCancellationsAsync(TimeSpan age, int limit, CancellationToken cancellationToken = default) =>
        store.RemoveCancellationsAsync(age, limit, cancellationToken);

    public Task KeepEventsAsync(bool keep, CancellationToken cancellationToken = default) => store.KeepEventsAsync(keep, cancellationToken);

    public Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default) =>
        Through(() => store.GetKeptEventsAsync(cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.GetHistoryAsync(project, task, limit, cancellationToken), cancellationToken);

    public Task<long> GetSettledAsync(CancellationToken cancellationToken = default) => Through(() => store.GetSettledAsync(cancellationToken), cancellationToken);

    public Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default) =>
        Through(() => store.GetLastAsync(upTo, cancellationToken), cancellationToken);

    public Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.LookAsync(after, upTo, limit, cancellationToken), cancellationToken);

    public Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        Through(() => store.GetEventsAsync(project, after, upTo, limit, cancellationToken), cancellationToken);

    public Task WaitForEventAsync(CancellationToken cancellationToken = default) => store.WaitForEventAsync(cancellationToken);

    private async Task<T> Through<T>(Func<Task<T>> call, CancellationToken cancellationToken)
    {
        if (Reached is { } reached)
        {
            reached.TrySetResult();
            await Task.Delay(Timeout.Infinite, cancellationToken);
        }

        if (Fault is { } fault)
        {
            throw fault;
        }

        var answer = await call();
        return Loss is { } loss ? throw loss : answer;
    }
}
