using System.CommandLine;
using SnapshotTasks;

var root = new RootCommand("SnapshotTasks: a task queue that takes still pictures out of videos, with a cancel that gives a definite answer.")
{
    ServeCommand.Create(),
    DemoCommand.Create(),
};
return await root.Parse(args).InvokeAsync();
