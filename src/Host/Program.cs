using System.CommandLine;
using SnapshotTasks;

var root = new RootCommand("SnapshotTasks: a task queue that takes still pictures out of videos, with a cancel that gives a definite answer.")
{
    ServeCommand.Create(),
    SchemaCommand.Create(),
    BackupCommand.Create(),
};
foreach (var command in SteeringCommands.Create())
{
    root.Add(command);
}

// A stop takes as long as the host's own bounds say; by default the process would be ended after 2 s, with what runs released by nobody.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan });
