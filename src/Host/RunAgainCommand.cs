using System.CommandLine;
using System.Globalization;
using MediatR;

namespace SnapshotTasks;

/// <summary>Runs ended tasks again: one, or all that failed.</summary>
internal static class RunAgainCommand
{
    public static Command Create()
    {
        var project = SteeringCommands.Project("The project of the task", required: true);
        var task = SteeringCommands.Task(required: false);
        var failed = new Option<bool>("--failed") { Description = "All that failed, in place of one task" };
        var since = new Option<DateTimeOffset?>("--since") { Description = "With --failed: only what was accepted at this time or later, such as 2026-11-23T21:45Z" };
        var until = new Option<DateTimeOffset?>("--until") { Description = "With --failed: only what was accepted at this time or earlier" };
        var action = new Option<string>("--action")
        {
            Description = "A name for this action, such as a ticket's: the same command again makes no second task and goes on where it was",
            Required = true,
        };
        var command = SteeringCommands.Of("again", "Submits an ended task anew, or all that failed.", [project, task, failed, since, until, action], (mediator, parsed) =>
        {
            var (owner, name) = (SteeringCommands.ProjectOf(parsed, project)!.Value, parsed.GetValue(action)!);
            return parsed.GetValue(failed)
                ? RunAllAsync(mediator, new(new(owner, Failed: true, CreatedFrom: parsed.GetValue(since), CreatedTo: parsed.GetValue(until)), name))
                : RunOneAsync(mediator, new(owner, new TaskId(parsed.GetValue(task)), name));
        });
        command.Validators.Add(parsed =>
        {
            if ((parsed.GetResult(task) is not null) == parsed.GetValue(failed))
            {
                parsed.AddError("Exactly one of --task and --failed is needed.");
            }
            else if (!parsed.GetValue(failed) && (parsed.GetResult(since) is not null || parsed.GetResult(until) is not null))
            {
                parsed.AddError("--since and --until go with --failed.");
            }
        });
        return command;
    }

    private static async Task<string> RunOneAsync(IMediator mediator, RunSnapshotTaskAgain command)
    {
        var outcome = await mediator.Send(command);
        return outcome.Answer switch
        {
            RunAgainAnswer.Accepted => $"Task {command.TaskId} runs again as task {outcome.Task!.Id}.",
            RunAgainAnswer.Repeated => $"Already so: task {command.TaskId} runs again as task {outcome.Task!.Id}.",
            RunAgainAnswer.Refused => string.Create(
                CultureInfo.InvariantCulture, $"Not run again: the task has not ended, it is {outcome.Task!.State} since {outcome.Task.Since:u}."),
            RunAgainAnswer.LimitReached => $"Not run again: {Describe(outcome.Limit!)}.",
            RunAgainAnswer.NotFound => "Not run again: the project has no such task.",
        };
    }

    private static async Task<string> RunAllAsync(IMediator mediator, RunSnapshotTasksAgain command)
    {
        var first = await mediator.Send(command);
        var (accepted, last) = (first.Accepted, first);
        while (last is { HasMore: true, Limit: null })
        {
            last = await mediator.Send(command);
            accepted += last.Accepted;
        }

        var refused = last.Refused == 0 ? "" : $" {last.Refused} may not use their bucket any more.";
        var limit = last.Limit is { } reached ? $" Not all: {Describe(reached)}. The same command goes on when there is room." : "";
        return $"{accepted} tasks run again, and {first.Repeated} that the same action had submitted before.{refused}{limit}";
    }

    private static string Describe(ReachedLimit reached) => $"the project has reached its {reached.Limit} of {reached.Max}";
}
