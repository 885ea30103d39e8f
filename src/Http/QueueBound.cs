using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks;

/// <summary>Bounds the queued tasks of each project, so that one cannot fill the disk, or starve the others for days.</summary>
/// <remarks>
/// A count of 100,000 rows for every submission would cost more than the submission. So a project is counted at most once a
/// second, and what this process accepts in that second is added to the count. The bound is therefore approximate: by what
/// other processes on the same store accept in that second, and by what is under way while the count is taken; what leaves the
/// queue is seen a second later.
/// </remarks>
internal sealed class QueueBound(IServiceProvider services, int maxQueued)
{
    // Draining takes captures, not milliseconds: who is refused need not come back at once.
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(1);
    private const int MostProjects = 1_000;

    // The store is opened when the host starts, not when its routes are mapped.
    private readonly Lazy<ITaskStore> store = new(services.GetRequiredService<ITaskStore>);
    private readonly TimeProvider time = services.GetRequiredService<TimeProvider>();
    private readonly ConcurrentDictionary<ProjectId, Count> counts = [];

    /// <summary>The filter of the route that adds tasks.</summary>
    public async ValueTask<object?> Filter(EndpointFilterInvocationContext invocation, EndpointFilterDelegate next)
    {
        var context = invocation.HttpContext;
        var project = new ProjectId((string)context.GetRouteValue("project_id")!);
        if (maxQueued == 0 || !ProjectId.IsValid(project.Value))
        {
            return await next(invocation);
        }

        var count = FreshCount(project);
        if (!await count.TryAddAsync(maxQueued, context.RequestAborted))
        {
            return WireErrors.Throttled($"{maxQueued} queued tasks of a project", RetryAfter);
        }

        try
        {
            return await next(invocation);
        }
        catch
        {
            count.TakeBack();
            throw;
        }
    }

    private Count FreshCount(ProjectId project)
    {
        if (counts.Count > MostProjects)
        {
            foreach (var old in counts.Where(entry => !IsFresh(entry.Value)))
            {
                counts.TryRemove(old);
            }
        }

        return counts.AddOrUpdate(project, StartCount, (_, known) => IsFresh(known) ? known : StartCount(project));
    }

    private bool IsFresh(Count count) => !count.HasFailed && time.GetElapsedTime(count.Since) < Freshness;

    private Count StartCount(ProjectId project) =>
        new(time.GetTimestamp(), new(async () => await store.Value.CountAsync(WireStatus.Waiting(project), maxQueued)));

    /// <summary>The queued tasks of a project as counted at a time, and those accepted since.</summary>
    /// <remarks>Lazy, because a dictionary may make several and keeps one; without a caller's token, because callers share it.</remarks>
    private sealed record Count(long Since, Lazy<Task<int>> Counted)
    {
        private int added;

        public bool HasFailed => Counted is { IsValueCreated: true, Value: { IsCompleted: true, IsCompletedSuccessfully: false } };

        public async ValueTask<bool> TryAddAsync(int limit, CancellationToken cancellationToken)
        {
            var counted = await Counted.Value.WaitAsync(cancellationToken);
            if (counted + Interlocked.Increment(ref added) <= limit)
            {
                return true;
            }

            TakeBack();
            return false;
        }

        public void TakeBack() => Interlocked.Decrement(ref added);
    }
}
