using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Finds where tasks of a project stand in the queue; those that are not queued are not in the answer.</summary>
/// <param name="Project">The project.</param>
/// <param name="TaskIds">1 to 10 ids.</param>
public sealed record FindQueuePlaces(ProjectId Project, IReadOnlyList<TaskId> TaskIds) : IRequest<IReadOnlyList<QueuePlace>>;

internal sealed class FindQueuePlacesValidator : AbstractValidator<FindQueuePlaces>
{
    public FindQueuePlacesValidator()
    {
        RuleFor(query => query.Project).IsProjectId();
        RuleFor(query => query.TaskIds)
            .Must(ids => ids is { Count: >= 1 and <= FindSnapshotTasks.MaxIds })
            .WithMessage($"'{{PropertyName}}' must have 1 to {FindSnapshotTasks.MaxIds} ids.");
        RuleForEach(query => query.TaskIds).IsTaskId();
    }
}

internal sealed class FindQueuePlacesHandler(ITaskStore store, IQueueStore queue, QueueProbe probe) : IRequestHandler<FindQueuePlaces, IReadOnlyList<QueuePlace>>
{
    public async Task<IReadOnlyList<QueuePlace>> Handle(FindQueuePlaces query, CancellationToken cancellationToken)
    {
        var places = new List<QueuePlace>();
        foreach (var task in (await store.GetAsync(query.Project, query.TaskIds, cancellationToken)).Where(task => task.IsQueued))
        {
            places.Add(await FindAsync(task, cancellationToken));
        }

        return places;
    }

    private async Task<QueuePlace> FindAsync(SnapshotTask task, CancellationToken cancellationToken)
    {
        const int Limit = QueuePlace.MaxAhead + 1;
        var mine = Lane.Of(task);
        var aheadInLane = await queue.CountQueuedAsync(mine, task.Id, Limit, cancellationToken);
        var ahead = aheadInLane;
        foreach (var priority in Enum.GetValues<TaskPriority>().Where(priority => priority < mine.Priority))
        {
            ahead += ahead < Limit ? await queue.CountQueuedAsync(mine with { Priority = priority }, new TaskId(long.MaxValue), Limit - ahead, cancellationToken) : 0;
        }

        var isExact = ahead < Limit;
        var now = await probe.MeasureAsync(cancellationToken);
        var ofAll = QueuePlace.CountOfAll(mine, Math.Min(aheadInLane, QueuePlace.MaxAhead), now.Lanes.Where(lane => !now.Queue.Pauses.HoldBack(lane.Lane.Project)));
        var rate = isExact && now.Queue.Running > now.Queue.Expired && !now.Queue.Pauses.HoldBack(task.Project)
            ? await probe.RateAsync(mine, now.Lanes, cancellationToken)
            : null;
        return new(task.Id, Math.Min(ahead, QueuePlace.MaxAhead), isExact, Math.Max(ofAll, Math.Min(ahead, QueuePlace.MaxAhead)), (ahead + 1) / rate is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
    }
}
