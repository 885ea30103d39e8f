namespace SnapshotTasks.Storage;

/// <content>What has happened.</content>
internal sealed partial class InMemoryTaskStore
{
    private readonly StoreSignal happened = new();
    private readonly List<RecordedEvent> events = [];
    private KeptEvents kept = new(AreKept: false, 0);
    private long lastEvent;

    /// <inheritdoc/>
    public Task KeepEventsAsync(bool keep, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            kept = kept with { AreKept = keep };
            return Task.CompletedTask;
        }
    }

    /// <inheritdoc/>
    public Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(kept);
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<RecordedEvent>>(
                [.. events.Where(happened => happened.Task == task && happened.Project == project).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task<long> GetSettledAsync(CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(lastEvent);
        }
    }

    /// <inheritdoc/>
    public Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default) => LookAsync(0, upTo, int.MaxValue, cancellationToken);

    /// <inheritdoc/>
    public Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult(Between(after, upTo).Take(limit).Select(happened => (EventPosition?)EventPosition.Of(happened)).LastOrDefault());
        }
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default)
    {
        lock (rows)
        {
            return Task.FromResult<IReadOnlyList<RecordedEvent>>(
                [.. Between(after, upTo).Where(happened => project is null || happened.Project == project).Take(limit)]);
        }
    }

    /// <inheritdoc/>
    public Task WaitForEventAsync(CancellationToken cancellationToken = default) => happened.WaitAsync(cancellationToken);

    private IEnumerable<RecordedEvent> Between(long after, long upTo) =>
        events.SkipWhile(happened => happened.Number <= after).TakeWhile(happened => happened.Number <= upTo);

    private void Keep<TAnswer>(SnapshotTask? before, Decision<TAnswer> decision, DateTimeOffset now, string? by = null)
        where TAnswer : struct, Enum
    {
        if (kept.AreKept && decision.Happened is { } what)
        {
            events.Add(RecordedEvent.Of(before, decision.Task, what, now, by) with { Number = ++lastEvent });
            happened.Set();
        }
    }

    private void RemoveEvents(HashSet<TaskId> tasks)
    {
        var removed = events.Where(happened => tasks.Contains(happened.Task)).ToList();
        kept = kept with { RemovedUpTo = removed.Aggregate(kept.RemovedUpTo, (highest, happened) => Math.Max(highest, happened.Number)) };
        events.RemoveAll(removed.Contains);
    }
}
