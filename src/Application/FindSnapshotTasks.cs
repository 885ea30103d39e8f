using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Finds tasks of a project by their ids; those that do not exist are not in the answer.</summary>
/// <param name="Project">The project.</param>
/// <param name="TaskIds">1 to 10 ids.</param>
public sealed record FindSnapshotTasks(ProjectId Project, IReadOnlyList<TaskId> TaskIds) : IRequest<IReadOnlyList<SnapshotTask>>
{
    /// <summary>The most ids of a query.</summary>
    public const int MaxIds = 10;
}

/// <summary>Finds a page of the tasks of a project, newest first.</summary>
/// <param name="Filter">Which tasks.</param>
/// <param name="Page">The page, the first is 0.</param>
/// <param name="Size">The most tasks of a page, 1 to 100.</param>
public sealed record FindSnapshotTaskPage(TaskFilter Filter, int Page = 0, int Size = 10) : IRequest<SnapshotTaskPage>
{
    /// <summary>
    /// Where the page begins: what the page before it has said in <see cref="SnapshotTaskPage.Next"/>, to the same filter. Whoever goes through
    /// pages by it sees each task that matches all the while exactly once, whatever is added, changed and removed meanwhile.
    /// </summary>
    public string? Next { get; init; }

    /// <summary>The last page that can be asked for.</summary>
    public const int MaxPage = 50_000;

    /// <summary>The most tasks of a page.</summary>
    public const int MaxSize = 100;

    /// <summary>Up to where tasks are counted.</summary>
    public const int MaxTotal = 100_000;
}

/// <summary>A page of tasks.</summary>
/// <param name="Tasks">The tasks, newest first.</param>
/// <param name="Total">How many tasks match, exact up to 100,000 and 100,000 above.</param>
/// <param name="HasMore">Whether there are tasks after this page.</param>
public sealed record SnapshotTaskPage(IReadOnlyList<SnapshotTask> Tasks, int Total, bool HasMore)
{
    /// <summary>Where the next page begins; none when this was the last.</summary>
    public string? Next { get; init; }
}

internal sealed class FindSnapshotTasksValidator : AbstractValidator<FindSnapshotTasks>
{
    public FindSnapshotTasksValidator()
    {
        RuleFor(query => query.Project).IsProjectId();
        RuleFor(query => query.TaskIds)
            .Must(ids => ids is { Count: >= 1 and <= FindSnapshotTasks.MaxIds })
            .WithMessage($"'{{PropertyName}}' must have 1 to {FindSnapshotTasks.MaxIds} ids.");
        RuleForEach(query => query.TaskIds).IsTaskId();
    }
}

internal sealed class FindSnapshotTaskPageValidator : AbstractValidator<FindSnapshotTaskPage>
{
    public FindSnapshotTaskPageValidator()
    {
        RuleFor(query => query.Filter).NotNull().SetValidator(new TaskFilterValidator());
        RuleFor(query => query.Page).InclusiveBetween(0, FindSnapshotTaskPage.MaxPage);
        RuleFor(query => query.Size).InclusiveBetween(1, FindSnapshotTaskPage.MaxSize);
        RuleFor(query => query.Page).Equal(0).When(query => query.Next is not null)
            .WithMessage("'{PropertyName}' must be 0 or left out, where a page says by itself where it begins.");
        RuleFor(query => query.Next)
            .Must((query, next) => string.IsNullOrEmpty(next) || query.Filter is null || PageCursor.Read(query.Filter, next) is not null)
            .WithMessage("'{PropertyName}' must be as the page before has said it, with the same conditions.");
    }
}

internal sealed class TaskFilterValidator : AbstractValidator<TaskFilter>
{
    public TaskFilterValidator()
    {
        RuleFor(filter => filter.Project).IsProjectId();
        RuleFor(filter => filter.State).IsInEnum();
    }
}

internal sealed class FindSnapshotTasksHandler(ITaskStore store) :
    IRequestHandler<FindSnapshotTasks, IReadOnlyList<SnapshotTask>>,
    IRequestHandler<FindSnapshotTaskPage, SnapshotTaskPage>
{
    public Task<IReadOnlyList<SnapshotTask>> Handle(FindSnapshotTasks query, CancellationToken cancellationToken) =>
        store.GetAsync(query.Project, query.TaskIds, cancellationToken);

    public async Task<SnapshotTaskPage> Handle(FindSnapshotTaskPage query, CancellationToken cancellationToken)
    {
        var after = string.IsNullOrEmpty(query.Next) ? null : PageCursor.Read(query.Filter, query.Next);
        var found = await store.ListAsync(query.Filter, query.Page * query.Size, query.Size + 1, after, cancellationToken);
        var total = await store.CountAsync(query.Filter, FindSnapshotTaskPage.MaxTotal, cancellationToken);
        var hasMore = found.Count > query.Size;
        return new([.. found.Take(query.Size)], total, hasMore)
        {
            Next = hasMore ? PageCursor.Write(query.Filter, TaskPlace.Of(found[query.Size - 1])) : null,
        };
    }
}
