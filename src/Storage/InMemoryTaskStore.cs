using System.Data.Common;

namespace SnapshotTasks;

/// <summary>Keeps tasks in this process: the plainest reading of the store contract, for tests and for work that may be lost.</summary>
/// <param name="time">The clock of the store.</param>
public sealed class InMemoryTaskStore(TimeProvider time) : ITaskStore
{
    private readonly Lock rows = new();
    private readonly SortedDictionary<TaskId, SnapshotTask> tasks = [];
    private readonly Dictionary<(ProjectId Project, string Key), (TaskId Id, string RequestHash)> keys = [];
    private readonly SubmissionSignal submitted = new();
    private long lastId;

    /// <inheritdoc/>
    public Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        Refuse(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        SnapshotTask added;
        lock (rows)
        {
            if (task.Key is { } key && keys.TryGetValue((task.Project, key.Text), out var kept))
            {
                return Task.FromResult(task.Repeat(tasks[kept.Id], kept.RequestHash));
            }

            if (task.QueueIsFull)
            {
                return Task.FromResult(SubmitOutcome.QueueFull);
            }

            added = task.Accept(new TaskId(++lastId), time.Now());
            tasks.Add(added.Id, added);
            if (task.Key is not null)
            {
                keys.Add((task.Project, task.Key.Text), (added.Id, task.Key.RequestHash));
            }
        }

        submitted.Set();
        return Task.FromResult(new SubmitOutcome(SubmitAnswer.Accepted, added));
    }

    /// <inheritdoc/>
    public Task DecideAsync(
        IReadOnlyList<TaskDecision> decisions, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        Refuse(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        lock (rows)
        {
            var now = time.Now();
            var decided = new Dictionary<TaskId, SnapshotTask>();
            foreach (var decision in decisions)
            {
                var current = decided.GetValueOrDefault(decision.Id) ?? tasks.GetValueOrDefault(decision.Id);
                if (decision.Decide(current, now) is { } task)
                {
                    decided[decision.Id] = task;
                }
            }

            foreach (var (id, task) in decided)
            {
                tasks[id] = task;
            }

            foreach (var decision in decisions)
            {
                decision.Confirm();
            }
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ClaimOutcome>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (rows)
        {
            var now = time.Now();
            var claimed = tasks.Values
                .Select(task => task.TryClaim(claim, now).Outcome)
                .Where(outcome => outcome.Answer != ClaimAnswer.Refused)
                .OrderBy(outcome => outcome.Answer == ClaimAnswer.Started)
                .ThenBy(outcome => tasks[outcome.Task.Id].Lease?.ExpiresAt)
                .Take(claim.Count)
                .ToList();
            claimed.ForEach(outcome => tasks[outcome.Task.Id] = outcome.Task);
            return Task.FromResult<IReadOnlyList<ClaimOutcome>>(claimed);
        }
    }

    /// <inheritdoc/>
    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (rows)
        {
            var endedBy = time.Now() - age;
            var looked = tasks.Values.Where(task => task.Id > after && task.CreatedAt <= endedBy).Take(limit).ToList();
            var old = looked.Where(task => task.EndedAt <= endedBy).Select(task => task.Id).ToHashSet();
            foreach (var id in old)
            {
                tasks.Remove(id);
            }

            foreach (var key in keys.Where(key => old.Contains(key.Value.Id)).Select(key => key.Key).ToList())
            {
                keys.Remove(key);
            }

            return Task.FromResult(new RemovalOutcome(old.Count, looked.Count == limit ? looked[^1].Id : null));
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<SnapshotTask>>(
                [.. ids.Distinct().Where(tasks.ContainsKey).Select(id => tasks[id]).Where(task => task.Project == project)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<SnapshotTask>>(
                [.. tasks.Values.Where(filter.Matches).OrderByDescending(task => task.CreatedAt).ThenByDescending(task => task.Id).Skip(skip).Take(take)]);
        }
    }

    /// <inheritdoc/>
    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(tasks.Values.Where(filter.Matches).Take(limit).Count());
        }
    }

    /// <inheritdoc/>
    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var now = time.Now();
            var queued = tasks.Values.Where(task => (task.StartedAt ?? task.EndedAt) is null).ToList();
            var leases = tasks.Values.Select(task => task.Lease).OfType<Lease>().ToList();
            var expired = leases.FindAll(lease => lease.HasExpired(now));
            return Task.FromResult(new QueueMeasure(
                Math.Min(limit, queued.Count),
                Math.Min(limit, leases.Count),
                Math.Min(limit, expired.Count),
                now - queued.FirstOrDefault()?.CreatedAt,
                now - expired.Min(lease => (DateTimeOffset?)lease.ExpiresAt)));
        }
    }

    /// <inheritdoc/>
    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => submitted.WaitAsync(cancellationToken);

    private static void Refuse(DbTransaction? transaction)
    {
        if (transaction is not null)
        {
            throw new ArgumentException("The store in memory takes part in no transaction: it has no database.", nameof(transaction));
        }
    }
}
