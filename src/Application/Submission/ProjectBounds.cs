using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Bounds the queued tasks of each project, so that one cannot fill the disk, or starve the others for days.</summary>
/// <remarks>
/// A count of 100,000 rows for every submission would cost more than the submission. So a project is counted at most once a
/// second, and what this process accepts in that second is added to the count. The bound is therefore approximate: by what
/// other processes on the same store accept in that second, and by what is under way while the count is taken; what leaves the
/// queue is seen a second later.
/// </remarks>
internal sealed class QueueBound(ITaskStore store, TimeProvider time, IOptions<SubmissionOptions> options)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);
    private const int MaxProjects = 1_000;

    private readonly int maxQueuedTasks = options.Value.MaxQueuedTasks;
    private readonly ConcurrentDictionary<ProjectId, Count> counts = [];

    /// <summary>Adds a task unless its project's queue is full; one whose key was accepted before is given back all the same.</summary>
    public async Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        if (maxQueuedTasks == 0)
        {
            return OutcomeOf(await store.AddAsync(task, transaction, cancellationToken));
        }

        var count = FreshCount(task.Project);
        if (!await count.TryTakeAsync(maxQueuedTasks, cancellationToken))
        {
            return task.Key is null ? SubmitOutcome.QueueFull : OutcomeOf(await store.AddAsync(task with { QueueIsFull = true }, transaction, cancellationToken));
        }

        var added = false;
        try
        {
            var decision = await store.AddAsync(task, transaction, cancellationToken);
            added = decision.Answer == SubmitAnswer.Accepted;
            return OutcomeOf(decision);
        }
        finally
        {
            if (!added)
            {
                count.GiveBack();
            }
        }
    }

    private static SubmitOutcome OutcomeOf(Decision<SubmitAnswer> decision) => new(decision.Answer, decision.TaskIfAny);

    private Count FreshCount(ProjectId project)
    {
        if (counts.TryGetValue(project, out var known) && IsFresh(known))
        {
            return known;
        }

        if (counts.Count > MaxProjects)
        {
            foreach (var old in counts.Where(entry => !IsFresh(entry.Value)))
            {
                counts.TryRemove(old);
            }
        }

        return counts.AddOrUpdate(project, StartCount, (_, other) => IsFresh(other) ? other : StartCount(project));
    }

    private bool IsFresh(Count count) => !count.HasFailed && time.GetElapsedTime(count.Since) < MaxAge;

    private Count StartCount(ProjectId project) =>
        new(time.GetTimestamp(), new(() => store.CountAsync(TaskFilter.Queued(project), maxQueuedTasks)));

    /// <summary>The queued tasks of a project as counted at a time, and those accepted since.</summary>
    /// <remarks>Lazy, because a dictionary may make several and keeps one; without a caller's token, because callers share it.</remarks>
    private sealed class Count(long since, Lazy<Task<int>> counted)
    {
        private int added;

        public long Since => since;

        public bool HasFailed => counted is { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };

        public async ValueTask<bool> TryTakeAsync(int limit, CancellationToken cancellationToken)
        {
            if (await counted.Value.WaitAsync(cancellationToken) + Interlocked.Increment(ref added) <= limit)
            {
                return true;
            }

            GiveBack();
            return false;
        }

        public void GiveBack() => Interlocked.Decrement(ref added);
    }
}
