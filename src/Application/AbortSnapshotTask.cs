using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Ends a run as failed, whoever holds it; for operators, because it is not a cancel: the task has started, and stays so.</summary>
/// <remarks>
/// From the answer on no picture of the run is published, unless its worker was frozen between its last renewal and publishing. The worker
/// is woken, or learns of it at its next renewal, and kills what runs.
/// </remarks>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="TaskId">The task.</param>
/// <param name="By">Who aborts it, 1 to 100 characters.</param>
/// <param name="Reason">Why, 1 to 500 characters; the task fails with it.</param>
public sealed record AbortSnapshotTask(ProjectId Project, TaskId TaskId, string By, string Reason) : IRequest<AbortOutcome>;

internal sealed class AbortSnapshotTaskValidator : AbstractValidator<AbortSnapshotTask>
{
    public AbortSnapshotTaskValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.TaskId).IsTaskId();
        RuleFor(command => command.By).IsOperator();
        RuleFor(command => command.Reason).IsReason();
    }
}

internal sealed class AbortSnapshotTaskHandler(ITaskStore store) : IRequestHandler<AbortSnapshotTask, AbortOutcome>
{
    public async Task<AbortOutcome> Handle(AbortSnapshotTask command, CancellationToken cancellationToken)
    {
        var failure = new Failure(FailureCode.Aborted, $"Aborted by {command.By}: {command.Reason}");
        var decision = await store.DecideAsync(TaskDecision.Abort(command.Project, command.TaskId, failure) with { By = command.By }, cancellationToken: cancellationToken);
        return decision.TaskIfAny is { } task ? new(decision.Answer, task.State, task.Since) : new(decision.Answer);
    }
}
