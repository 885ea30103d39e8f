using System.Runtime.InteropServices;

namespace SnapshotTasks.Campaign;

/// <summary>Signals, sent without starting a process for it: a freeze has to hit within a millisecond.</summary>
internal static class Signals
{
    private const int Kill = 9, Terminate = 15, Continue = 18, Stop = 19;

    public static void SendKill(int process) => Send(process, Kill);

    public static void SendTerminate(int process) => Send(process, Terminate);

    public static void SendStop(int process) => Send(process, Stop);

    public static void SendContinue(int process) => Send(process, Continue);

    /// <summary>Whether a process stands still as a whole.</summary>
    public static bool AllThreadsHaveStopped(int process)
    {
        try
        {
            // The state follows the name, which is in brackets and may have anything in it.
            return Directory.GetDirectories($"/proc/{process}/task")
                .All(thread => File.ReadAllText(Path.Combine(thread, "stat")) is var stat && stat[stat.LastIndexOf(')') + 2] == 'T');
        }
        catch (IOException)
        {
            return true; // It has ended.
        }
    }

    // A process that has ended meanwhile is no failure of the one that sends.
    private static void Send(int process, int signal) => _ = kill(process, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006, SYSLIB1054 // The name is that of libc; two integers need no generated marshalling.
    private static extern int kill(int process, int signal);
#pragma warning restore IDE1006, SYSLIB1054
}
