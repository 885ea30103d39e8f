using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks;

/// <summary>
/// The store that was chosen, and after each of its commits whoever wants to know: handlers of notifications, meters, the log.
/// What is decided in a caller's transaction is not told, because only the caller knows whether it was committed.
/// </summary>
internal sealed class ObservedTaskStore(
    ITaskStore store, NotificationPublisher publisher, Telemetry telemetry, ILogger<ObservedTaskStore>? log = null) : ITaskStore, ICancellationStore
{
    private readonly ILogger log = log ?? NullLogger<ObservedTaskStore>.Instance;

    private ICancellationStore Cancellations => store as ICancellationStore
        ?? throw new NotSupportedException($"The store {store.GetType().Name} keeps no cancellations of many: it is no {nameof(ICancellationStore)}.");

    /// <summary>What a store says of its queue, itself or behind this; none when it says nothing.</summary>
    public static IQueueStore? QueueOf(ITaskStore store) => (store is ObservedTaskStore observed ? observed.Chosen : store) as IQueueStore;

    private ITaskStore Chosen => store;

    private bool IsWatched => publisher.HearsAny || telemetry.Measures || log.IsEnabled(LogLevel.Debug);

    public async Task<Decision<SubmitAnswer>> AddAsync(
        NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        var decision = await store.AddAsync(task, transaction, cancellationToken);
        if (transaction is null && IsWatched)
        {
            telemetry.Submitted(decision.Answer);
            if (decision is { Trigger: { } trigger, Happened: { } happened })
            {
                telemetry.Decided(trigger, happened);
            }

            Tell(decision);
        }

        return decision;
    }

    public async Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum
    {
        if (transaction is not null || decision.Trigger is not { } trigger || !IsWatched)
        {
            return await store.DecideAsync(decision, transaction, cancellationToken);
        }

        // Who is told of it is told of the whole task: nothing is read after the commit in order to notify.
        var whole = decision with { Whole = decision.Whole || publisher.Hears(Lifecycle.EventOf(trigger)) };
        var decided = await store.DecideAsync(whole, cancellationToken: cancellationToken);
        telemetry.Decided(decided.Trigger ?? trigger, decided.Answer);
        Tell(decided);
        return decided;
    }

    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) =>
        store.DecideAsync(decision, cancellationToken);

    public Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) => store.GetPausesAsync(cancellationToken);

    public async Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        var claimed = await store.ClaimAsync(claim, cancellationToken);
        if (IsWatched)
        {
            foreach (var decision in claimed)
            {
                telemetry.Decided(decision.Trigger!.Value, decision.Answer);
                Tell(decision);
            }
        }

        return claimed;
    }

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        store.RemoveEndedAsync(age, after, limit, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        store.GetAsync(project, ids, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListAsync(TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) =>
        store.ListAsync(filter, skip, take, after, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        store.ListNextAsync(filter, after, take, cancellationToken);

    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) =>
        store.CountAsync(filter, limit, cancellationToken);

    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) =>
        store.MeasureAsync(limit, cancellationToken);

    public Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        store.MeasureProjectAsync(project, mostTasks, cancellationToken);

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => store.WaitForSubmissionAsync(cancellationToken);

    public Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) => store.WaitForAbortAsync(id, cancellationToken);

    public Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        Cancellations.FindQueuedAsync(lane, filter, after, limit, cancellationToken);

    public Task ListAsync(Listing listing, CancellationToken cancellationToken = default) => Cancellations.ListAsync(listing, cancellationToken);

    public async Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(
        CancellationId id, ProjectId project, IReadOnlyList<TaskId> tasks, bool whole = false, string? by = null, CancellationToken cancellationToken = default)
    {
        var cancelled = await Cancellations.CancelAsync(id, project, tasks, whole || publisher.Hears(TaskEvent.Cancelled), by, cancellationToken);
        if (IsWatched)
        {
            foreach (var decision in cancelled)
            {
                telemetry.Decided(decision.Trigger!.Value, decision.Answer);
                Tell(decision);
            }
        }

        return cancelled;
    }

    public Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default) =>
        Cancellations.GetCancellationAsync(project, id, asked, cancellationToken);

    public Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default) =>
        Cancellations.GetListedAsync(id, after, limit, onlyOpen, cancellationToken);

    public Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default) =>
        Cancellations.HasCancellationsAsync(age, cancellationToken);

    public Task RemoveCancellationsAsync(TimeSpan age, int limit, CancellationToken cancellationToken = default) =>
        Cancellations.RemoveCancellationsAsync(age, limit, cancellationToken);

    private void Tell<TAnswer>(Decision<TAnswer> decision)
        where TAnswer : struct, Enum
    {
        if (decision.Happened is { } happened)
        {
            telemetry.Happened(happened, decision.Task);
            log.Decided(decision.Task.Id, decision.Task.Project, happened);
            publisher.Publish(happened, decision.Task);
        }
    }
}
