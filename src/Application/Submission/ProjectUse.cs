using System.Collections.Concurrent;

namespace SnapshotTasks;

/// <summary>What each project uses: as it was measured, and what this process has accepted since.</summary>
/// <remarks>
/// To measure 100,000 rows for every submission would cost more than the submission. So a project is measured at most once a second,
/// and at most a tenth of the time. What is known is therefore approximate: by what other processes on the same store accept
/// meanwhile, and by what is under way while it is measured; what is gone is seen by the next measure.
/// </remarks>
internal sealed class ProjectUse(TimeProvider time, Func<ProjectId, Task<ProjectMeasure>> measure)
{
    private const int Rest = 10;
    private const int MaxProjects = 1_000;
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<ProjectId, Use> uses = [];

    /// <summary>What a project uses now.</summary>
    public Use Of(ProjectId project)
    {
        if (uses.TryGetValue(project, out var known) && known.IsFresh)
        {
            return known;
        }

        if (uses.Count > MaxProjects)
        {
            foreach (var old in uses.Where(entry => !entry.Value.IsFresh))
            {
                uses.TryRemove(old);
            }
        }

        return uses.AddOrUpdate(project, Begin, (_, other) => other.IsFresh ? other : Begin(project));
    }

    private Use Begin(ProjectId project) => new(time, () => measure(project));

    /// <summary>What a project used at a time, and what was taken since.</summary>
    internal sealed class Use
    {
        private readonly TimeProvider time;
        private readonly long since;

        // Lazy, because a dictionary may make several and keeps one; without a caller's token, because callers share it.
        private readonly Lazy<Task<ProjectMeasure>> measured;
        private readonly Lock gate = new();
        private ProjectMeasure taken = new(0, 0);
        private TimeSpan maxAge = MaxAge;

        public Use(TimeProvider time, Func<Task<ProjectMeasure>> measure)
        {
            (this.time, since) = (time, time.GetTimestamp());
            measured = new(() => MeasureAsync(measure));
        }

        public bool IsFresh
        {
            get
            {
                var hasFailed = measured is { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };
                lock (gate)
                {
                    return !hasFailed && time.GetElapsedTime(since) < maxAge;
                }
            }
        }

        /// <summary>Takes an amount unless the sum would reach a limit; then it says which one.</summary>
        public async ValueTask<ReachedLimit?> TakeAsync(
            ProjectMeasure amount, Func<ProjectMeasure, ReachedLimit?> limitReachedBy, CancellationToken cancellationToken)
        {
            var known = await measured.Value.WaitAsync(cancellationToken);
            lock (gate)
            {
                var reached = limitReachedBy(new(known.Tasks + taken.Tasks + amount.Tasks, known.UserData + taken.UserData + amount.UserData));
                if (reached is null)
                {
                    taken = new(taken.Tasks + amount.Tasks, taken.UserData + amount.UserData);
                }

                return reached;
            }
        }

        public void GiveBack(ProjectMeasure amount)
        {
            lock (gate)
            {
                taken = new(taken.Tasks - amount.Tasks, taken.UserData - amount.UserData);
            }
        }

        private async Task<ProjectMeasure> MeasureAsync(Func<Task<ProjectMeasure>> measure)
        {
            // In the pool, because a driver that blocks would hold up everybody who asks for this project meanwhile.
            var answer = await Task.Run(measure);
            var rest = time.GetElapsedTime(since) * Rest;
            lock (gate)
            {
                maxAge = rest > MaxAge ? rest : MaxAge;
            }

            return answer;
        }
    }
}
