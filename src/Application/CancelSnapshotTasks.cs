using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>The first step of cancelling many: writes down which queued tasks of a project match now, cancels none, and says how many they are.</summary>
/// <remarks>What it has written down is kept for a day; the same sent again with the same key is the same cancellation, and there is none when the key belongs to another.</remarks>
/// <param name="Project">The project.</param>
/// <param name="Filter">Which tasks; where a task has to meet nothing, <see cref="QueuedTaskFilter.All"/> must be said.</param>
public sealed record PrepareCancellation(ProjectId Project, QueuedTaskFilter Filter) : IRequest<Cancellation?>
{
    /// <summary>The caller's name for it, 1 to 255 printable ASCII characters.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>The second step: cancels exactly the tasks that were written down, as far as they are still queued, each with an outcome.</summary>
/// <remarks>
/// It goes on for 10 s at most and says how many remain: send it again until none does, also after a crash or a lost answer. No task gets a
/// second outcome.
/// </remarks>
/// <param name="Project">The project.</param>
/// <param name="Id">What <see cref="PrepareCancellation"/> has answered.</param>
public sealed record CarryOutCancellation(ProjectId Project, CancellationId Id) : IRequest<Cancellation?>
{
    /// <summary>Who cancels, for the history of the tasks, 1 to 128 characters; none when that is not said.</summary>
    public string? By { get; init; }
}

/// <summary>Cancels up to 1,000 tasks of a project in one call, each with an outcome, and not all or none; no answer when the key belongs to another cancellation.</summary>
/// <param name="Project">The project.</param>
/// <param name="TaskIds">1 to 1,000 ids.</param>
public sealed record CancelSnapshotTasks(ProjectId Project, IReadOnlyList<TaskId> TaskIds) : IRequest<CancelledTasks?>
{
    /// <summary>The most ids of a call.</summary>
    public const int MaxIds = 1000;

    /// <summary>Who cancels, for the history of the tasks, 1 to 128 characters; none when that is not said.</summary>
    public string? By { get; init; }

    /// <summary>The caller's name for it, 1 to 255 printable ASCII characters: the same sent again with it has the outcomes of the first time.</summary>
    public string? IdempotencyKey { get; init; }
}

/// <summary>What became of the tasks of one call.</summary>
/// <param name="Cancellation">How far it has come.</param>
/// <param name="Tasks">The tasks in the order of their ids.</param>
public sealed record CancelledTasks(Cancellation Cancellation, IReadOnlyList<ListedTask> Tasks);

/// <summary>Finds a page of what became of the tasks that a cancellation is about; none when the project has no such cancellation.</summary>
/// <param name="Project">The project.</param>
/// <param name="Id">The cancellation.</param>
/// <param name="After">The task after which the page begins; the first page begins after the default.</param>
/// <param name="Size">The most tasks of a page, 1 to 1,000.</param>
public sealed record FindCancelledTasks(ProjectId Project, CancellationId Id, TaskId After = default, int Size = 1000) : IRequest<CancelledTasks?>;

internal sealed class PrepareCancellationValidator : AbstractValidator<PrepareCancellation>
{
    public PrepareCancellationValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.Filter).NotNull().SetValidator(new QueuedTaskFilterValidator());
        RuleFor(command => command.IdempotencyKey).IsIdempotencyKey();
    }
}

internal sealed class QueuedTaskFilterValidator : AbstractValidator<QueuedTaskFilter>
{
    public QueuedTaskFilterValidator()
    {
        RuleFor(filter => filter.All).Must((filter, all) => all == filter.IsEmpty)
            .WithMessage("'{PropertyName}' must be said when there is no other condition, and only then.");
        RuleFor(filter => filter.Priority).IsInEnum();
        RuleFor(filter => filter.InputPathPrefix)
            .Must(prefix => prefix is null || (prefix.Length > 0 && StoredText.IsKept(prefix) && Encoding.UTF8.GetByteCount(prefix) <= MediaObject.MaxPathBytes))
            .WithMessage($"'{{PropertyName}}' must have 1 to {MediaObject.MaxPathBytes} bytes in UTF-8.");
    }
}

internal sealed class CarryOutCancellationValidator : AbstractValidator<CarryOutCancellation>
{
    public CarryOutCancellationValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.Id).IsCancellationId();
        RuleFor(command => command.By).IsCallerIfAny();
    }
}

internal sealed class CancelSnapshotTasksValidator : AbstractValidator<CancelSnapshotTasks>
{
    public CancelSnapshotTasksValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.TaskIds)
            .Must(ids => ids is { Count: >= 1 and <= CancelSnapshotTasks.MaxIds })
            .WithMessage($"'{{PropertyName}}' must have 1 to {CancelSnapshotTasks.MaxIds} ids.");
        RuleForEach(command => command.TaskIds).IsTaskId();
        RuleFor(command => command.By).IsCallerIfAny();
        RuleFor(command => command.IdempotencyKey).IsIdempotencyKey();
    }
}

internal sealed class FindCancelledTasksValidator : AbstractValidator<FindCancelledTasks>
{
    public FindCancelledTasksValidator()
    {
        RuleFor(query => query.Project).IsProjectId();
        RuleFor(query => query.Id).IsCancellationId();
        RuleFor(query => query.Size).InclusiveBetween(1, CancelSnapshotTasks.MaxIds);
    }
}

internal sealed class CancelSnapshotTasksHandler(ICancellationStore store, TimeProvider time) :
    IRequestHandler<PrepareCancellation, Cancellation?>,
    IRequestHandler<CarryOutCancellation, Cancellation?>,
    IRequestHandler<CancelSnapshotTasks, CancelledTasks?>,
    IRequestHandler<FindCancelledTasks, CancelledTasks?>
{
    // Written at once: few enough that strangers do not wait behind them. While some are written, the next are on their way.
    private const int ListedAtOnce = 1000, CancelledAtOnce = 64, UnderWay = 2;

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    public async Task<Cancellation?> Handle(PrepareCancellation command, CancellationToken cancellationToken)
    {
        var (id, asked) = (IdOf(command.Project, command.IdempotencyKey), HashOf(TextOf(command.Filter)));
        if (await store.GetCancellationAsync(command.Project, id, asked, cancellationToken) is { } repeated)
        {
            return repeated;
        }

        foreach (var priority in Enum.GetValues<TaskPriority>().Where(priority => command.Filter.Priority is null || command.Filter.Priority == priority))
        {
            var lane = new Lane(priority, command.Project);
            IReadOnlyList<TaskId> found;
            var after = default(TaskId);
            do
            {
                found = await store.FindQueuedAsync(lane, command.Filter, after, ListedAtOnce, cancellationToken);
                await store.ListAsync(new(id, command.Project, found, IsLast: false) { Asked = asked }, cancellationToken);
                after = found.Count > 0 ? found[^1] : after;
            }
            while (found.Count == ListedAtOnce);
        }

        await store.ListAsync(new(id, command.Project, [], IsLast: true) { Asked = asked }, cancellationToken);
        return await store.GetCancellationAsync(command.Project, id, asked, cancellationToken);
    }

    public async Task<Cancellation?> Handle(CarryOutCancellation command, CancellationToken cancellationToken)
    {
        if (await store.GetCancellationAsync(command.Project, command.Id, cancellationToken: cancellationToken) is null)
        {
            return null;
        }

        await CarryOutAsync(command.Project, command.Id, command.By, cancellationToken);
        return await store.GetCancellationAsync(command.Project, command.Id, cancellationToken: cancellationToken);
    }

    public async Task<CancelledTasks?> Handle(CancelSnapshotTasks command, CancellationToken cancellationToken)
    {
        var ids = command.TaskIds.Distinct().Order().ToList();
        var (id, asked) = (IdOf(command.Project, command.IdempotencyKey), HashOf(string.Join(' ', ids)));
        await store.ListAsync(new(id, command.Project, ids, IsLast: true) { Asked = asked }, cancellationToken);
        if (await store.GetCancellationAsync(command.Project, id, asked, cancellationToken) is null)
        {
            return null;
        }

        await CarryOutAsync(command.Project, id, command.By, cancellationToken);
        return await Handle(new FindCancelledTasks(command.Project, id), cancellationToken);
    }

    public async Task<CancelledTasks?> Handle(FindCancelledTasks query, CancellationToken cancellationToken) =>
        await store.GetCancellationAsync(query.Project, query.Id, cancellationToken: cancellationToken) is { } cancellation
            ? new(cancellation, await store.GetListedAsync(query.Id, query.After, query.Size, onlyOpen: false, cancellationToken))
            : null;

    private async Task CarryOutAsync(ProjectId project, CancellationId id, string? by, CancellationToken cancellationToken)
    {
        var begun = time.GetTimestamp();

        // Those that somebody has locked are left out of a step of several, and then waited for one by one.
        foreach (var atOnce in (int[])[CancelledAtOnce, 1])
        {
            IReadOnlyList<ListedTask> open;
            for (var after = default(TaskId); time.GetElapsedTime(begun) < MaxTime; after = open[^1].Id)
            {
                open = await store.GetListedAsync(id, after, ListedAtOnce, onlyOpen: true, cancellationToken);
                if (open.Count == 0)
                {
                    break;
                }

                await Parallel.ForEachAsync(
                    open.Chunk(atOnce),
                    new ParallelOptions { MaxDegreeOfParallelism = UnderWay, CancellationToken = cancellationToken },
                    async (step, cancelled) => await store.CancelAsync(id, project, [.. step.Select(task => task.Id)], by: by, cancellationToken: cancelled));
            }
        }
    }

    private static string TextOf(QueuedTaskFilter filter) => string.Create(
        CultureInfo.InvariantCulture, $"{filter.CreatedFrom:O} {filter.CreatedTo:O} {filter.Priority} {filter.All} {filter.InputPathPrefix}");

    private static CancellationId IdOf(ProjectId project, string? key) => key is null ? CancellationId.New() : new(HashOf($"{project} {key}"));

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))[..16]);
}
