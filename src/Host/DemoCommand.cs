using System.CommandLine;

namespace SnapshotTasks;

/// <summary>The command line of the demonstration.</summary>
internal static class DemoCommand
{
    public static Command Create()
    {
        var command = new Command("demo", "Tells the whole story on a real video and a fresh store: submit, cancel, four refusals, pictures on disk.");
        command.SetAction((_, cancellationToken) => new Demo(Console.Out).RunAsync(cancellationToken));
        return command;
    }
}
