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

    // A process that has ended meanwhile is no failure of the one that sends.
    private static void Send(int process, int signal) => _ = kill(process, signal);

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable IDE1006, SYSLIB1054 // The name is that of libc; two integers need no generated marshalling.
    private static extern int kill(int process, int signal);
#pragma warning restore IDE1006, SYSLIB1054
}
