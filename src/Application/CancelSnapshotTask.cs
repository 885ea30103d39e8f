using System.Data.Common;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Cancels a task as long as it is still queued.</summary>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="TaskId">The task.</param>
public sealed record CancelSnapshotTask(ProjectId Project, TaskId TaskId) : IRequest<CancelOutcome>
{
    /// <summary>A transaction of the caller's on the store's database, in which to cancel: the answer holds once the caller has committed.</summary>
    public DbTransaction? Transaction { get; init; }

    /// <summary>Who cancels it, for its history, 1 to 128 characters; none when that is not said.</summary>
    public string? By { get; init; }
}

internal sealed class CancelSnapshotTaskValidator : AbstractValidator<CancelSnapshotTask>
{
    public CancelSnapshotTaskValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.TaskId).IsTaskId();
        RuleFor(command => command.By).IsCallerIfAny();
    }
}

internal sealed class CancelSnapshotTaskHandler(ITaskStore store) : IRequestHandler<CancelSnapshotTask, CancelOutcome>
{
    public async Task<CancelOutcome> Handle(CancelSnapshotTask command, CancellationToken cancellationToken) =>
        CancelOutcome.Of(await store.DecideAsync(TaskDecision.Cancel(command.Project, command.TaskId) with { By = command.By }, command.Transaction, cancellationToken));
}
