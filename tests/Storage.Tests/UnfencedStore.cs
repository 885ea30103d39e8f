using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>Broken: who completes is not asked for the current lease, any that there was will do.</summary>
internal sealed class UnfencedStore(ITaskStore store) : ITaskStore
{
    private readonly List<(TaskId Id, Lease Lease)> granted = [];

    public Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum =>
        store.DecideAsync(decision is TaskDecision<CompleteAnswer> ending ? (TaskDecision<TAnswer>)(object)Unfenced(ending) : decision, transaction, cancellationToken);

    public async Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        var outcomes = await store.ClaimAsync(claim, cancellationToken);
        granted.AddRange(outcomes.Where(outcome => outcome.Task.Lease is not null).Select(outcome => (outcome.Task.Id, outcome.Task.Lease!)));
        return outcomes;
    }

    public Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
        store.AddAsync(task, transaction, cancellationToken);

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        store.RemoveEndedAsync(age, after, limit, cancellationToken);

    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) =>
        store.DecideAsync(decision, cancellationToken);

    public Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) => store.GetPausesAsync(cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> GetAsync(ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        store.GetAsync(project, ids, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListAsync(TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) =>
        store.ListAsync(filter, skip, take, after, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) =>
        store.ListNextAsync(filter, after, take, cancellationToken);

    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) => store.CountAsync(filter, limit, cancellationToken);

    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) => store.MeasureAsync(limit, cancellationToken);

    public Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        store.MeasureProjectAsync(project, mostTasks, cancellationToken);

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => store.WaitForSubmissionAsync(cancellationToken);

    private TaskDecision<CompleteAnswer> Unfenced(TaskDecision<CompleteAnswer> decision) => new(decision.Id, decision.Trigger, (task, now) =>
    {
        foreach (var lease in granted.Where(grant => task?.Lease is not null && grant.Id == task.Id).Select(grant => grant.Lease))
        {
            var presented = (Rows.Of(task!) with { Attempt = lease.Attempt, LeaseHolder = lease.Holder }).Restore();
            if (decision.Decide(presented, now) is { Answer: CompleteAnswer.Recorded } ended)
            {
                return new((Rows.Of(ended.Task) with { Attempt = task!.Attempt }).Restore(), ended.Answer, ended.Trigger, ended.Happened);
            }
        }

        return decision.Decide(task, now);
    });
}

internal sealed class UnfencedStoreFactory : StoreFactory
{
    public override Task<ITaskStore> CreateAsync() => Task.FromResult<ITaskStore>(new UnfencedStore(new InMemoryTaskStore(Time)));
}
