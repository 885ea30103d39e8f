using System.Diagnostics;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace SnapshotTasks.Tests;

/// <summary>This program again, as another process: before it becomes a test run, it does what it is told to and exits.</summary>
internal static class ChildProcess
{
    private const string Role = "SNAPSHOT_TASKS_TEST_ROLE";

    /// <summary>Starts a child; its standard streams are the caller's to read and write.</summary>
    /// <param name="role">What it does.</param>
    /// <param name="path">The database file it does it on.</param>
    /// <param name="under">A command that runs it, with the options of that command.</param>
    public static Process Start(ChildRole role, string path, params IEnumerable<string> under)
    {
        var program = Environment.ProcessPath!;
        List<string> command = [.. under, program];
        if (Path.GetFileNameWithoutExtension(program) == "dotnet")
        {
            command.Add(Assembly.GetExecutingAssembly().Location);
        }

        var start = new ProcessStartInfo(command[0], command.Skip(1)) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[Role] = $"{role} {path}";
        return Process.Start(start)!;
    }

    /// <remarks>No other thread may enter this assembly meanwhile: so nothing is awaited here, nor in what is called.</remarks>
    [ModuleInitializer]
    internal static void Play()
    {
        if (Environment.GetEnvironmentVariable(Role)?.Split(' ', 2) is [var role, var path])
        {
            switch (Enum.Parse<ChildRole>(role))
            {
                case ChildRole.CancelWhatIsRead:
                    SqliteSharedFileTests.CancelWhatIsRead(path);
                    break;
                case ChildRole.WorkDurably:
                    PowerLossWorkload.Run(path, PowerLossWorkload.Durable);
                    break;
                case ChildRole.WorkWithoutSyncs:
                    PowerLossWorkload.Run(path, PowerLossWorkload.WithoutSyncs);
                    break;
                case ChildRole.WorkAndAnswerBeforeTheCommit:
                    PowerLossWorkload.Run(path, PowerLossWorkload.AnsweringEarly);
                    break;
            }

            Environment.Exit(0);
        }
    }
}

/// <summary>What a child process does.</summary>
internal enum ChildRole
{
    CancelWhatIsRead,
    WorkDurably,
    WorkWithoutSyncs,
    WorkAndAnswerBeforeTheCommit,
}
