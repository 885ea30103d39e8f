using System.CommandLine;
using System.Globalization;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>What an operator does to the queue, from any machine that reaches the store, whether a server runs or not.</summary>
internal static class SteeringCommands
{
    public static IEnumerable<Command> Create()
    {
        var (project, reason, by) = (Project("The project; without it, everything"), Reason(), By());
        yield return Of(
            "pause",
            "Starts nothing more, on any host, until it is resumed; what runs goes on.",
            [project, reason, by],
            async (mediator, parsed) =>
            {
                var outcome = await mediator.Send(new PauseSnapshotTasks(ProjectOf(parsed, project), parsed.GetValue(by)!, parsed.GetValue(reason)!));
                return (outcome.Answer == PauseAnswer.Paused ? "" : "Already so: ") + Describe(outcome.Pause!);
            });

        var resumed = Project("The project; without it, the pause of everything ends");
        yield return Of(
            "resume",
            "Ends a pause.",
            [resumed],
            async (mediator, parsed) =>
            {
                var outcome = await mediator.Send(new ResumeSnapshotTasks(ProjectOf(parsed, resumed)));
                return outcome.Answer == PauseAnswer.Resumed ? Describe(outcome.Pause!, "goes on, after it was paused") : "It was not paused.";
            });

        var (aborted, task, why, who) = (Project("The project of the task", required: true), Task(), Reason(), By());
        yield return Of(
            "abort",
            "Ends a run as failed, whoever holds it. A task that is still queued is cancelled instead, by its own callers.",
            [aborted, task, why, who],
            async (mediator, parsed) => Describe(
                await mediator.Send(new AbortSnapshotTask(ProjectOf(parsed, aborted)!.Value, new TaskId(parsed.GetValue(task)), parsed.GetValue(who)!, parsed.GetValue(why)!))));

        yield return RunAgainCommand.Create();
    }

    /// <summary>A pause in a sentence.</summary>
    public static string Describe(Pause pause, string how = "is paused") => string.Create(
        CultureInfo.InvariantCulture,
        $"{(pause.Project is { } project ? $"Project {project}" : "Everything")} {how} since {pause.Since:u} by {pause.By}: {pause.Reason}");

    private static string Describe(AbortOutcome outcome) => outcome.Answer switch
    {
        AbortAnswer.Aborted => "The run is aborted: its task has failed.",
        AbortAnswer.EndingNow => "Not aborted: the run publishes its pictures already and ends now.",
        AbortAnswer.Refused => string.Create(CultureInfo.InvariantCulture, $"Not aborted: the task does not run, it is {outcome.State} since {outcome.Since:u}."),
        AbortAnswer.NotFound => "Not aborted: the project has no such task.",
    };

    /// <summary>A command that needs the store and no server.</summary>
    public static Command Of(string name, string description, Option[] options, Func<IMediator, ParseResult, Task<string>> act)
    {
        var command = new Command(name, description);
        foreach (var option in options)
        {
            command.Add(option);
        }

        var store = new StoreArguments();
        store.AddTo(command);
        command.SetAction((parsed, _) => RunAsync(store, parsed, act));
        return command;
    }

    private static async Task<int> RunAsync(StoreArguments store, ParseResult parsed, Func<IMediator, ParseResult, Task<string>> act)
    {
        try
        {
            var configuration = new ConfigurationBuilder();
            if (store.Config(parsed) is { } config)
            {
                configuration.AddJsonFile(config.FullName, optional: false);
            }

            var settings = configuration.AddEnvironmentVariables().Build();
            var choice = StoreChoice.Of(store.Store(parsed), StoreArguments.SqlitePath(store.Data(parsed)), settings);
            await using var services = new ServiceCollection().AddLogging().AddSnapshotTasks(choice.Use).AddSubmissionLimits(settings).BuildServiceProvider();
            Console.WriteLine(await act(services.GetRequiredService<IMediator>(), parsed));
            return 0;
        }
        catch (Exception refusal) when (refusal is InvalidOperationException or IOException or UnauthorizedAccessException
            or InvalidDataException or StoreUnavailableException or UnknownOutcomeException or ValidationException)
        {
            await Console.Error.WriteLineAsync(refusal is ValidationException invalid ? string.Join(' ', invalid.Errors.Select(error => error.ErrorMessage)) : refusal.Message);
            return 1;
        }
    }

    public static Option<string> Project(string description, bool required = false) => new("--project") { Description = description, Required = required };

    public static Option<long> Task(bool required = true) => new("--task") { Description = "The id of the task", Required = required };

    private static Option<string> Reason() => new("--reason") { Description = "Why, for whoever meets it", Required = true };

    private static Option<string> By() => new("--by") { Description = "Who does it", DefaultValueFactory = _ => $"{Environment.UserName} on {Environment.MachineName}" };

    public static ProjectId? ProjectOf(ParseResult parsed, Option<string> option) => parsed.GetValue(option) is { } project ? new ProjectId(project) : null;
}
