using System.Data.Common;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Queues a task; the answer has the task as it was accepted, or as it is when an earlier submission had the same key.</summary>
/// <remarks>What a project may use is bounded by <see cref="SubmissionOptions"/>; a submission that was accepted once is never refused as one too many.</remarks>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="Request">What is asked for.</param>
public sealed record SubmitSnapshotTask(ProjectId Project, SnapshotRequest Request) : IRequest<SubmitOutcome>
{
    /// <summary>Whether the pictures go into a directory of their own below the output, drawn once and kept with the task.</summary>
    public bool OwnDirectory { get; init; }

    /// <summary>The caller's name for this submission, 1 to 255 printable ASCII characters: sent again, it gives the same task.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>What it comes before, and after: as long as a task of a higher priority waits, of whichever project, none of a lower one starts.</summary>
    public TaskPriority Priority { get; init; } = TaskPriority.Normal;

    /// <summary>Who submits it, for the history of the task, 1 to 128 characters; none when that is not said.</summary>
    public string? By { get; init; }

    /// <summary>A transaction of the caller's on the store's database, in which to submit: the task exists once the caller has committed.</summary>
    public DbTransaction? Transaction { get; init; }
}

internal sealed class SubmitSnapshotTaskValidator : AbstractValidator<SubmitSnapshotTask>
{
    public SubmitSnapshotTaskValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.Request).NotNull().SetValidator(new SnapshotRequestValidator());
        RuleFor(command => command.Priority).IsInEnum();
        RuleFor(command => command.IdempotencyKey).IsIdempotencyKey();
        RuleFor(command => command.By).IsCallerIfAny();
    }
}

internal sealed class SubmitSnapshotTaskHandler(IBucketAccess buckets, ProjectBounds bounds, Telemetry telemetry)
    : IRequestHandler<SubmitSnapshotTask, SubmitOutcome>
{
    public async Task<SubmitOutcome> Handle(SubmitSnapshotTask command, CancellationToken cancellationToken)
    {
        await buckets.RefuseForeignAsync(command.Project, command.Request, cancellationToken);
        using var trace = telemetry.Submit("submit snapshot task", command.Project);
        var asked = new AskedFor(command.Request, command.OwnDirectory, Now: false);
        var outcome = await bounds.AddAsync(Submissions.Create(command.Project, asked, command.IdempotencyKey) with { Priority = command.Priority, By = command.By }, command.Transaction, cancellationToken);
        trace.Of(outcome.Answer == SubmitAnswer.LimitReached ? null : outcome.Task);
        return outcome;
    }
}
