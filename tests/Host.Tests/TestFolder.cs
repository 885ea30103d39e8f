using System.Runtime.CompilerServices;

namespace SnapshotTasks.Tests;

/// <summary>Relative paths of snippets and of the demo lead into a folder that goes with the run.</summary>
internal static class TestFolder
{
    [ModuleInitializer]
    internal static void Enter()
    {
        var folder = Directory.CreateTempSubdirectory("snapshot-tasks-run-");
        Environment.CurrentDirectory = folder.FullName;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => folder.Delete(recursive: true);
    }
}
