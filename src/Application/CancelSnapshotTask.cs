using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Cancels a task as long as it is still queued.</summary>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="TaskId">The task.</param>
public sealed record CancelSnapshotTask(ProjectId Project, TaskId TaskId) : IRequest<CancelOutcome>;

internal sealed class CancelSnapshotTaskValidator : AbstractValidator<CancelSnapshotTask>
{
    public CancelSnapshotTaskValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.TaskId).IsTaskId();
    }
}

internal sealed class CancelSnapshotTaskHandler(ITaskStore store) : IRequestHandler<CancelSnapshotTask, CancelOutcome>
{
    public Task<CancelOutcome> Handle(CancelSnapshotTask command, CancellationToken cancellationToken) =>
        store.DecideAsync(TaskDecision.Cancel(command.Project, command.TaskId), cancellationToken);
}
