using System.Diagnostics;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Submits an ended task anew, as it was asked for; the new task names it in <see cref="SnapshotRequest.Again"/>.</summary>
/// <remarks>A directory that was drawn for the pictures is drawn anew. What a project may use holds as for any submission.</remarks>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Action">A name for this action, 1 to 100 printable ASCII characters: sent again with it, also after a lost answer, it makes no second task.</param>
public sealed record RunSnapshotTaskAgain(ProjectId Project, TaskId TaskId, string Action) : IRequest<RunAgainOutcome>;

/// <summary>Submits all ended tasks anew that match, those first that were accepted first.</summary>
/// <remarks>
/// From the first new task on it goes on for 10 s at most, and says whether there are more: send it again until there are none, also after a
/// crash or a lost answer. No task is submitted a second time, nor one that the same action has made.
/// </remarks>
/// <param name="Filter">Which tasks; the state, or that they failed, must be said. Those that have not ended are passed over.</param>
/// <param name="Action">A name for this action, 1 to 100 printable ASCII characters.</param>
public sealed record RunSnapshotTasksAgain(TaskFilter Filter, string Action) : IRequest<RunsAgain>;

/// <summary>The answers to a task that is to run again.</summary>
public enum RunAgainAnswer
{
    /// <summary>A new task was added.</summary>
    Accepted,

    /// <summary>The same action has added the new task before; nothing was added now.</summary>
    Repeated,

    /// <summary>The task has not ended; nothing was added.</summary>
    Refused,

    /// <summary>The project uses as much as it may; nothing was added.</summary>
    LimitReached,

    /// <summary>This project has no such task.</summary>
    NotFound,
}

/// <summary>The answer to a task that is to run again.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Task">The new task, in whatever state it is; when it was refused, the one that has not ended.</param>
/// <param name="Limit">Which limit of the project was reached; none when none was.</param>
public sealed record RunAgainOutcome(RunAgainAnswer Answer, SnapshotTask? Task = null, ReachedLimit? Limit = null);

/// <summary>How far an action on all tasks that match has come with one call.</summary>
/// <param name="Accepted">How many new tasks were added.</param>
/// <param name="Repeated">How many the same action had added before.</param>
/// <param name="Refused">How many cannot be submitted any more, because a bucket is not the project's now.</param>
/// <param name="HasMore">Whether there are more: then it is sent again.</param>
/// <param name="Limit">Which limit of the project was reached; none when none was.</param>
public sealed record RunsAgain(int Accepted, int Repeated, int Refused, bool HasMore, ReachedLimit? Limit = null);

internal sealed class RunSnapshotTaskAgainValidator : AbstractValidator<RunSnapshotTaskAgain>
{
    public RunSnapshotTaskAgainValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.TaskId).IsTaskId();
        RuleFor(command => command.Action).IsAction();
    }
}

internal sealed class RunSnapshotTasksAgainValidator : AbstractValidator<RunSnapshotTasksAgain>
{
    public RunSnapshotTasksAgainValidator()
    {
        RuleFor(command => command.Filter).NotNull().SetValidator(new TaskFilterValidator());
        RuleFor(command => command.Filter).Must(filter => filter.State is not null || filter.Failed is not null)
            .WithMessage("'{PropertyName}' must say the state, or whether the tasks failed.").When(command => command.Filter is not null);
        RuleFor(command => command.Action).IsAction();
    }
}

internal sealed class RunSnapshotTasksAgainHandler(ITaskStore store, IBucketAccess buckets, ProjectBounds bounds, Telemetry telemetry, TimeProvider time) :
    IRequestHandler<RunSnapshotTaskAgain, RunAgainOutcome>,
    IRequestHandler<RunSnapshotTasksAgain, RunsAgain>
{
    // Read whole, with what callers have given, and added together.
    private const int AtOnce = 100;

    private static readonly TimeSpan MaxTime = TimeSpan.FromSeconds(10);

    public async Task<RunAgainOutcome> Handle(RunSnapshotTaskAgain command, CancellationToken cancellationToken) =>
        (await store.GetAsync(command.Project, [command.TaskId], cancellationToken)).SingleOrDefault() switch
        {
            null => new(RunAgainAnswer.NotFound),
            { HasEnded: false } task => new(RunAgainAnswer.Refused, task),
            var ended => await SubmitAsync(ended, command.Action, cancellationToken),
        };

    public async Task<RunsAgain> Handle(RunSnapshotTasksAgain command, CancellationToken cancellationToken)
    {
        var done = new RunsAgain(0, 0, 0, HasMore: false);
        long? begun = null;
        TaskPlace? last = null;
        while (true)
        {
            var page = await store.ListNextAsync(command.Filter, last, AtOnce, cancellationToken);

            // What this action has made may have failed by now, and match as well.
            var ended = page.Where(task => task.HasEnded && task.Request.Again?.Action != command.Action);
            var outcomes = await Task.WhenAll(ended.Select(task => TrySubmitAsync(task, command.Action, cancellationToken)));
            done = new(
                done.Accepted + outcomes.Count(outcome => outcome?.Answer == RunAgainAnswer.Accepted),
                done.Repeated + outcomes.Count(outcome => outcome?.Answer == RunAgainAnswer.Repeated),
                done.Refused + outcomes.Count(outcome => outcome is null),
                HasMore: false,
                outcomes.FirstOrDefault(outcome => outcome?.Limit is not null)?.Limit);
            if (page.Count < AtOnce || done.Limit is not null)
            {
                return done with { HasMore = done.Limit is not null };
            }

            // What was done before is gone through again, so that only what is new counts: each call comes further.
            begun ??= done.Accepted > 0 ? time.GetTimestamp() : null;
            if (begun is { } since && time.GetElapsedTime(since) >= MaxTime)
            {
                return done with { HasMore = true };
            }

            last = TaskPlace.Of(page[^1]);
        }
    }

    /// <summary>None when the project may not use a bucket of the task any more.</summary>
    private async Task<RunAgainOutcome?> TrySubmitAsync(SnapshotTask ended, string action, CancellationToken cancellationToken)
    {
        try
        {
            return await SubmitAsync(ended, action, cancellationToken);
        }
        catch (ValidationException)
        {
            return null;
        }
    }

    private async Task<RunAgainOutcome> SubmitAsync(SnapshotTask ended, string action, CancellationToken cancellationToken)
    {
        await buckets.RefuseForeignAsync(ended.Project, ended.Request, cancellationToken);
        using var trace = telemetry.Submit("run snapshot task again", ended.Project);
        var outcome = await bounds.AddAsync(Submissions.CreateAgain(ended, action), transaction: null, cancellationToken);
        RunAgainOutcome answer = outcome.Answer switch
        {
            SubmitAnswer.Accepted => new(RunAgainAnswer.Accepted, outcome.Task),

            // Nobody else has such a key: its task was asked for in the same way, whatever its hash was then.
            SubmitAnswer.Repeated or SubmitAnswer.KeyReused => new(RunAgainAnswer.Repeated, outcome.Task),
            SubmitAnswer.LimitReached => new(RunAgainAnswer.LimitReached, null, outcome.Limit),
            SubmitAnswer.Paused => throw new UnreachableException("What is queued does not start at once."),
        };
        trace.Of(answer.Task);
        return answer;
    }
}
