using System.Collections.Concurrent;
using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>Broken on purpose: it reads, decides and writes, and somebody else may write between.</summary>
internal sealed class ReadThenWriteStore : ITaskStore
{
    private readonly ConcurrentDictionary<TaskId, SnapshotTask> tasks = [];
    private long lastId;

    public Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        var decision = task.Accept(new TaskId(Interlocked.Increment(ref lastId)), TimeProvider.System.GetUtcNow());
        tasks[decision.Task.Id] = decision.Task;
        return Task.FromResult(decision);
    }

    public async Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum
    {
        var decided = decision.Decide(tasks[decision.Id], TimeProvider.System.GetUtcNow());
        await Task.Yield();
        tasks[decision.Id] = decided.Task;
        return decided;
    }

    public async Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        var now = TimeProvider.System.GetUtcNow();
        var outcome = tasks.Values.OrderBy(task => task.Id).Select(task => task.TryClaim(claim, now))
            .FirstOrDefault(outcome => outcome.Answer != ClaimAnswer.Refused);
        await Task.Yield();
        if (outcome.TaskIfAny is not { } task)
        {
            return [];
        }

        tasks[task.Id] = task;
        return [outcome];
    }

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        Task.FromResult<IReadOnlyList<SnapshotTask>>([.. ids.Select(id => tasks[id])]);

    public Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) => throw new NotSupportedException();

    public Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => throw new NotSupportedException();
}
