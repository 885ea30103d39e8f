using System.Data.Common;
using System.Text;

namespace SnapshotTasks.Storage;

/// <summary>Keeps tasks in this process: the plainest reading of the store contract, for tests and for work that may be lost.</summary>
/// <param name="time">The clock of the store.</param>
internal sealed partial class InMemoryTaskStore(TimeProvider time) : ITaskStore, ICancellationStore, IQueueStore, IEventStore, ISubscriptionStore
{
    private readonly Lock rows = new();
    private readonly SortedDictionary<TaskId, SnapshotTask> tasks = [];
    private readonly Dictionary<(ProjectId Project, string Key), (TaskId Id, string RequestHash)> keys = [];
    private readonly StoreSignal submitted = new();
    private readonly Dictionary<CancellationId, ListedTasks> cancellations = [];
    private Turns turns;
    private Pauses pauses = Pauses.None;
    private long lastId;

    /// <inheritdoc/>
    public Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        Refuse(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        Decision<SubmitAnswer> decision;
        lock (rows)
        {
            if (task.Key is { } key && keys.TryGetValue((task.Project, key.Text), out var kept))
            {
                return Task.FromResult(task.Repeat(tasks[kept.Id], kept.RequestHash));
            }

            var now = time.Now();
            decision = task.Accept(
                new TaskId(lastId + 1), now, task.StartedBy is null ? 0 : Running().GetValueOrDefault(task.Project), pauses);
            if (decision.TaskIfAny is not { } added)
            {
                return Task.FromResult(decision);
            }

            lastId++;
            tasks.Add(added.Id, added);
            Keep(null, decision, now, task.By);
            if (task.Key is not null)
            {
                keys.Add((task.Project, task.Key.Text), (added.Id, task.Key.RequestHash));
            }
        }

        submitted.Set();
        return Task.FromResult(decision);
    }

    /// <inheritdoc/>
    public Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum
    {
        Refuse(transaction);
        cancellationToken.ThrowIfCancellationRequested();
        lock (rows)
        {
            return Task.FromResult(Made(decision));
        }
    }

    /// <inheritdoc/>
    public Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        PauseOutcome outcome;
        lock (rows)
        {
            outcome = decision.Decide(pauses.Of(decision.Project), time.Now());
            pauses = pauses.After(decision.Project, outcome);
        }

        submitted.Set();
        return Task.FromResult(outcome);
    }

    /// <inheritdoc/>
    public Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(pauses);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (rows)
        {
            var now = time.Now();
            var queue = new ClaimOrder(turns, Running(), pauses);
            tasks.Values.Where(task => task.CanBeClaimed(now)).ToList().ForEach(queue.Add);
            var claimed = new List<Decision<ClaimAnswer>>();
            while (claimed.Count < claim.Count && queue.Take(claim) is { } next)
            {
                claimed.Add(next.TryClaim(claim, now));
                Keep(next, claimed[^1], now);
                queue.Count(next, claimed[^1].Task);
            }

            turns = queue.Turns;
            claimed.ForEach(decision => tasks[decision.Task.Id] = decision.Task);
            return Task.FromResult<IReadOnlyList<Decision<ClaimAnswer>>>(claimed);
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
            var old = looked.Where(task => task.EndedAt <= endedBy && !IsToBeDelivered(task.Id)).Select(task => task.Id).ToHashSet();
            foreach (var id in old)
            {
                tasks.Remove(id);
            }

            foreach (var key in keys.Where(key => old.Contains(key.Value.Id)).Select(key => key.Key).ToList())
            {
                keys.Remove(key);
            }

            RemoveEvents(old);
            RemoveParked(old);
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
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default)
    {
        var before = TaskPlace.Before(filter, after);
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<SnapshotTask>>(
                [.. tasks.Values.Where(task => filter.Matches(task) && before.IsBefore(TaskPlace.Of(task))).OrderByDescending(task => task.CreatedAt).ThenByDescending(task => task.Id).Skip(skip).Take(take)]);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<SnapshotTask>>(
            [
                .. tasks.Values.Where(filter.Matches)
                    .Where(task => after is not { } place || TaskPlace.Of(task).IsBefore(place))
                    .OrderBy(task => task.CreatedAt).ThenBy(task => task.Id).Take(take),
            ]);
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
            var queued = tasks.Values.Where(task => task.IsQueued).ToList();
            var leases = tasks.Values.Select(task => task.Lease).OfType<Lease>().ToList();
            var expired = leases.FindAll(lease => lease.HasExpired(now));
            return Task.FromResult(new QueueMeasure(
                Math.Min(limit, queued.Count),
                Math.Min(limit, leases.Count),
                Math.Min(limit, expired.Count),
                Math.Min(limit, tasks.Values.Count(task => task.Deferral is not null)),
                now - queued.Min(task => (DateTimeOffset?)task.CreatedAt),
                now - expired.Min(lease => (DateTimeOffset?)lease.ExpiresAt),
                pauses)
            {
                QueuedForByPriority = queued.GroupBy(task => task.Priority).ToDictionary(some => some.Key, some => now - some.Min(task => task.CreatedAt)),
                ReadyFor = now - queued.Where(task => !pauses.HoldBack(task.Project)).Min(task => (DateTimeOffset?)task.CreatedAt),
            });
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<QueuedLane>> MeasureLanesAsync(int lanes, int each, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<QueuedLane>>(
            [
                .. tasks.Values.Where(task => task.IsQueued).GroupBy(Lane.Of).OrderBy(lane => lane.Key, Lane.Ring).Take(lanes)
                    .Select(lane => new QueuedLane(lane.Key, lane.Take(each).Count())),
            ]);
        }
    }

    /// <inheritdoc/>
    public Task<int> CountQueuedAsync(Lane lane, TaskId before, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(tasks.Values.Where(task => task.IsQueued && Lane.Of(task) == lane && task.Id < before).Take(limit).Count());
        }
    }

    /// <inheritdoc/>
    public Task<StartMeasure> MeasureStartsAsync(ProjectId project, TimeSpan within, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var now = time.Now();
            var started = tasks.Values.Where(task => task.Project == project && task.StartedAt is not null)
                .GroupBy(task => task.Ending).SelectMany(some => some.OrderByDescending(task => task.CreatedAt).ThenByDescending(task => task.Id).Take(limit))
                .Where(task => task.StartedAt > now - within).ToList();
            return Task.FromResult(new StartMeasure(started.Count, now - started.Min(task => task.StartedAt)));
        }
    }

    /// <inheritdoc/>
    public Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var stored = tasks.Values.Where(task => task.Project == project).Take(mostTasks).ToList();
            return Task.FromResult(new ProjectMeasure(stored.Count, stored.Sum(task => (long)Encoding.UTF8.GetByteCount(task.Request.UserData ?? ""))));
        }
    }

    /// <inheritdoc/>
    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => submitted.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) => submitted.WaitForAbortAsync(id, cancellationToken);

    private Dictionary<ProjectId, int> Running() => tasks.Values.Where(task => task.TakesPlace).CountBy(task => task.Project).ToDictionary();

    /// <inheritdoc/>
    public Task<IReadOnlyList<TaskId>> FindQueuedAsync(
        Lane lane, QueuedTaskFilter filter, TaskId after, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<TaskId>>(
                [.. tasks.Values.Where(task => task.IsQueued && Lane.Of(task) == lane && task.Id > after && filter.Matches(task)).Take(limit).Select(task => task.Id)]);
        }
    }

    /// <inheritdoc/>
    public Task ListAsync(Listing listing, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            cancellations.TryAdd(listing.Id, new(listing.Project, time.Now(), listing.Asked));
            var kept = cancellations[listing.Id];
            if (kept.Asked == listing.Asked)
            {
                listing.Tasks.ToList().ForEach(task => kept.Tasks.TryAdd(task, null));
                kept.IsWhole |= listing.IsLast;
            }

            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(
        CancellationId id, ProjectId project, IReadOnlyList<TaskId> tasks, bool whole = false, string? by = null, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            var decisions = new List<Decision<CancelAnswer>>();
            foreach (var task in tasks.Where(task => cancellations[id].Tasks.TryGetValue(task, out var outcome) && outcome is null))
            {
                var decided = Made(TaskDecision.Cancel(project, task) with { By = by });
                cancellations[id].Tasks[task] = CancelOutcome.Of(decided);
                decisions.Add(decided);
            }

            return Task.FromResult<IReadOnlyList<Decision<CancelAnswer>>>(decisions);
        }
    }

    /// <inheritdoc/>
    public Task<Cancellation?> GetCancellationAsync(
        ProjectId project, CancellationId id, string? asked = null, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(cancellations.TryGetValue(id, out var kept) && kept.IsWhole && kept.Project == project && (asked is null || kept.Asked == asked) ? kept.Measure(id) : null);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<ListedTask>> GetListedAsync(
        CancellationId id, TaskId after, int limit, bool onlyOpen, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<ListedTask>>(
                [.. cancellations[id].Tasks.Where(task => task.Key > after && !(onlyOpen && task.Value is not null)).Take(limit).Select(task => new ListedTask(task.Key, task.Value))]);
        }
    }

    /// <inheritdoc/>
    public Task<bool> HasCancellationsAsync(TimeSpan age, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(Old(age).Any());
        }
    }

    /// <inheritdoc/>
    public Task RemoveCancellationsAsync(TimeSpan age, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            Old(age).Take(limit).ToList().ForEach(id => cancellations.Remove(id));
            return Task.CompletedTask;
        }
    }

    private IEnumerable<CancellationId> Old(TimeSpan age)
    {
        var by = time.Now() - age;
        return cancellations.Where(each => each.Value.MadeAt <= by).Select(each => each.Key);
    }

    private Decision<TAnswer> Made<TAnswer>(TaskDecision<TAnswer> decision)
        where TAnswer : struct, Enum
    {
        var (before, now) = (tasks.GetValueOrDefault(decision.Id), time.Now());
        var decided = decision.Decide(before, now);
        if (decided.TaskIfAny is { } task)
        {
            tasks[task.Id] = task;
            submitted.SetAborted(task.IsAborted ? [task.Id] : []);
        }

        Keep(before, decided, now, decision.By);
        return decided;
    }

    private static void Refuse(DbTransaction? transaction)
    {
        if (transaction is not null)
        {
            throw new ArgumentException("The store in memory takes part in no transaction: it has no database.", nameof(transaction));
        }
    }

    private sealed class ListedTasks(ProjectId project, DateTimeOffset madeAt, string? asked)
    {
        public string? Asked => asked;

        public ProjectId Project => project;

        public DateTimeOffset MadeAt => madeAt;

        public SortedDictionary<TaskId, CancelOutcome?> Tasks { get; } = [];

        public bool IsWhole { get; set; }

        public Cancellation Measure(CancellationId id) => new(id, Tasks.Count, Count(CancelAnswer.Cancelled), Count(CancelAnswer.Refused), Count(CancelAnswer.NotFound));

        private int Count(CancelAnswer answer) => Tasks.Values.Count(outcome => outcome?.Answer == answer);
    }
}
