using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>Passes every call on to a real store; a test overrides what it is about.</summary>
internal abstract class PassingStore(ITaskStore store) : ITaskStore
{
    public virtual Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        store.AddAsync(task, transaction, cancellationToken);

    public virtual Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum =>
        store.DecideAsync(decision, transaction, cancellationToken);

    public virtual Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default) =>
        store.ClaimAsync(claim, cancellationToken);

    public virtual Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        store.RemoveEndedAsync(age, after, limit, cancellationToken);

    public virtual Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) =>
        store.DecideAsync(decision, cancellationToken);

    public virtual Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) => store.GetPausesAsync(cancellationToken);

    public virtual Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        store.GetAsync(project, ids, cancellationToken);

    public virtual Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) =>
        store.ListAsync(filter, skip, take, after, cancellationToken);

    public virtual Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        store.ListNextAsync(filter, after, take, cancellationToken);

    public virtual Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) =>
        store.CountAsync(filter, limit, cancellationToken);

    public virtual Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) =>
        store.MeasureAsync(limit, cancellationToken);

    public virtual Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        store.MeasureProjectAsync(project, mostTasks, cancellationToken);

    public virtual Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) =>
        store.WaitForSubmissionAsync(cancellationToken);

    public virtual Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) => store.WaitForAbortAsync(id, cancellationToken);
}
