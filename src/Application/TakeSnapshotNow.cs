using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Takes a picture of one time point at once, past the queue, on a free slot of this process's worker.</summary>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="Request">What is asked for.</param>
/// <remarks>The task is never queued, so it can never be cancelled; the run goes on when its caller has left.</remarks>
public sealed record TakeSnapshotNow(ProjectId Project, SnapshotRequest Request) : IRequest<TakeSnapshotNowOutcome>
{
    /// <summary>How long a free slot is waited for.</summary>
    public static readonly TimeSpan MaxSlotWait = TimeSpan.FromSeconds(5);

    /// <summary>How long the end of the run is waited for.</summary>
    public static readonly TimeSpan MaxEndWait = TimeSpan.FromSeconds(60);

    /// <summary>Whether the picture goes into a directory of its own below the output, drawn once and kept with the task.</summary>
    public bool OwnDirectory { get; init; }

    /// <summary>The caller's name for this submission, 1 to 255 printable ASCII characters: sent again, it gives the same task.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>Who asks for it, for its history, 1 to 128 characters; none when that is not said.</summary>
    public string? By { get; init; }
}

/// <summary>The answers to a snapshot that is wanted now.</summary>
public enum TakeSnapshotNowAnswer
{
    /// <summary>The task has ended, with its picture or with a failure.</summary>
    Ended,

    /// <summary>The task runs, and goes on running.</summary>
    StillRunning,

    /// <summary>This process has no worker, or no slot of it became free; nothing was stored.</summary>
    NoFreeSlot,

    /// <summary>The key belongs to a task that was asked for otherwise; nothing was stored.</summary>
    KeyReused,

    /// <summary>The project uses as much as it may; nothing was stored.</summary>
    LimitReached,

    /// <summary>Nothing of the project starts now; nothing was stored.</summary>
    Paused,
}

/// <summary>What became of a snapshot that was wanted now.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Task">The task as far as it is known; none when nothing was stored.</param>
public sealed record TakeSnapshotNowOutcome(TakeSnapshotNowAnswer Answer, SnapshotTask? Task)
{
    /// <summary>Which limit of the project was reached; none when none was.</summary>
    public ReachedLimit? Limit { get; init; }
}

internal sealed class TakeSnapshotNowValidator : AbstractValidator<TakeSnapshotNow>
{
    public TakeSnapshotNowValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.Request).NotNull().SetValidator(new OnePointRequestValidator()).SetValidator(new SnapshotRequestValidator());
        RuleFor(command => command.IdempotencyKey).IsIdempotencyKey();
        RuleFor(command => command.By).IsCallerIfAny();
    }
}

internal sealed class OnePointRequestValidator : AbstractValidator<SnapshotRequest>
{
    public OnePointRequestValidator() => RuleFor(request => request.Sampling).SetValidator(new OnePointValidator());
}

internal sealed class OnePointValidator : AbstractValidator<Sampling>
{
    public OnePointValidator()
    {
        RuleFor(sampling => sampling.Kind).Equal(SamplingKind.Points)
            .WithMessage("'{PropertyName}' must be points, for a snapshot that is taken now.");
        RuleFor(sampling => sampling.Points).Must(points => points is { Count: 1 }).When(sampling => sampling.Kind == SamplingKind.Points)
            .WithMessage("'{PropertyName}' must have exactly one point, for a snapshot that is taken now.");
    }
}

internal sealed class TakeSnapshotNowHandler(IBucketAccess buckets, ProjectBounds bounds, TimeProvider time, Telemetry telemetry, IImmediateWorker? worker = null)
    : IRequestHandler<TakeSnapshotNow, TakeSnapshotNowOutcome>
{
    public async Task<TakeSnapshotNowOutcome> Handle(TakeSnapshotNow command, CancellationToken cancellationToken)
    {
        await buckets.RefuseForeignAsync(command.Project, command.Request, cancellationToken);
        using var trace = telemetry.Submit("take snapshot now", command.Project);
        var task = Submissions.Create(command.Project, new(command.Request, command.OwnDirectory, Now: true), command.IdempotencyKey) with { By = command.By };
        var outcome = worker is null ? new(TakeSnapshotNowAnswer.NoFreeSlot, null) : await TakeAsync(worker, task, cancellationToken);
        trace.Of(outcome.Task);
        return outcome;
    }

    private async Task<TakeSnapshotNowOutcome> TakeAsync(IImmediateWorker starter, NewTask task, CancellationToken cancellationToken)
    {
        using var room = new Room(task);
        await bounds.TakeImmediateAsync(room, cancellationToken);
        if (room.Reached is { } reached)
        {
            return OutcomeOf(await bounds.RepeatAsync(task, reached, cancellationToken: cancellationToken));
        }

        if (await starter.StartAsync(task, TakeSnapshotNow.MaxSlotWait, cancellationToken) is not { } run)
        {
            return new(TakeSnapshotNowAnswer.NoFreeSlot, null);
        }

        var answer = run.Submitted.Answer;
        room.Keep(answer, run.Ended);
        return OutcomeOf(new(answer, answer == SubmitAnswer.Accepted ? await EndOfAsync(run, cancellationToken) : run.Submitted.TaskIfAny, run.Limit));
    }

    private async Task<SnapshotTask> EndOfAsync(ImmediateRun run, CancellationToken cancellationToken)
    {
        try
        {
            return await run.Ended.WaitAsync(TakeSnapshotNow.MaxEndWait, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return run.Submitted.Task;
        }
    }

    private static TakeSnapshotNowOutcome OutcomeOf(SubmitOutcome submitted) => submitted.Answer switch
    {
        SubmitAnswer.Accepted or SubmitAnswer.Repeated =>
            new(submitted.Task.HasEnded ? TakeSnapshotNowAnswer.Ended : TakeSnapshotNowAnswer.StillRunning, submitted.Task),
        SubmitAnswer.KeyReused => new(TakeSnapshotNowAnswer.KeyReused, null),
        SubmitAnswer.LimitReached => new(TakeSnapshotNowAnswer.LimitReached, null) { Limit = submitted.Limit },
        SubmitAnswer.Paused => new(TakeSnapshotNowAnswer.Paused, null),
    };
}
