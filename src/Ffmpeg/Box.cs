using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>How far a child that reads hostile media is kept apart from everything else.</summary>
internal enum BoxLevel
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>Its memory, files and rights are bounded.</summary>
    Bounded,

    /// <summary>It reaches no network either.</summary>
    WithoutNetwork,

    /// <summary>It sees no files either but the programs, its input and its folder.</summary>
    WithoutFiles,
}

/// <summary>What a child may use.</summary>
/// <param name="Input">Where its standard input is opened from; none when it has none.</param>
/// <param name="Folder">The only directory in which it writes; none when it writes nothing.</param>
internal sealed record BoxedAccess(string? Input, string? Folder);

/// <summary>The box in which programs run that read hostile media: found at start by trying each form once, and proved.</summary>
internal sealed class Box(ChildProcesses children, IReadOnlyList<string> programs, long maxOutput, ILogger log, BoxLevel most = BoxLevel.WithoutFiles)
{
    // How many bytes a child may map, and how many files it may open: inputs, pictures and time stamps.
    private const long Memory = 4L << 30;
    private const int Files = 64;

    private const string Inside = "/work";

    private const string HugePages = "/sys/kernel/mm/transparent_hugepage";

    // Beside /usr, of which they are parts on most systems.
    private static readonly string[] SystemFolders = ["/bin", "/sbin", "/lib", "/lib64"];

    // Where a step on the way may have lost the signal of death and has set it again, the server may have died in between; a dead one that
    // nobody has waited for is still listed.
    private static readonly string[] WhileAlive =
    [
        "sh", "-c", "read -r it <\"/proc/$0/stat\" || exit 1; case \"$it\" in *') Z '* | *') X '*) exit 1; esac; exec \"$@\"", Text(Environment.ProcessId),
    ];

    private readonly Lock guard = new();
    private Task<Form>? found;

    /// <summary>The level in force, once it is known.</summary>
    public BoxLevel? Level => found is { IsCompletedSuccessfully: true } known ? known.Result.Level : null;

    /// <summary>Finds the level in force.</summary>
    public async Task<BoxLevel> LevelAsync() => (await FindAsync()).Level;

    /// <summary>The program and arguments that run a program in the box, and the working directory.</summary>
    public async Task<BoxedCommand> WrapAsync(string program, IReadOnlyList<string> arguments, BoxedAccess access) =>
        Wrap(await FindAsync(), program, arguments, access);

    private Task<Form> FindAsync()
    {
        lock (guard)
        {
            // What was not possible when the server started may be by now.
            return found = found is null or { IsFaulted: true }
                ? OperatingSystem.IsLinux() && most > BoxLevel.None ? TryFormsAsync() : Task.FromResult(new Form(BoxLevel.None, []))
                : found;
        }
    }

    private async Task<Form> TryFormsAsync()
    {
        string? said = null;
        var stricter = new List<Form>();
        foreach (var form in Forms().Where(form => form.Level <= most))
        {
            said = await WhyNotAsync(form);
            if (said is null)
            {
                // The program itself may have been missing while those were tried. It is there now.
                var best = await FirstThatWorksAsync(stricter) ?? form;
                log.BoxFound(best.Level);
                return best;
            }

            stricter.Add(form);
        }

        throw new MachineFailedException($"No program can be started within bounds, for which util-linux has to be installed: {said}");
    }

    private async Task<Form?> FirstThatWorksAsync(IEnumerable<Form> forms)
    {
        foreach (var form in forms)
        {
            if (await WhyNotAsync(form) is null)
            {
                return form;
            }
        }

        return null;
    }

    // The strictest first. A change of credentials clears the signal of death, so that is set again at last. Bubblewrap is some processes,
    // of which the last may outlive the first while it is set up: in a namespace of their own none outlives the one that has made it.
    private IEnumerable<Form> Forms()
    {
        string[] space = ["unshare", .. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--pid", "--kill-child", "--", .. WhileAlive];
        string[] rights = ["setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all", "--pdeathsig", "KILL", "--", .. WhileAlive];
        yield return new(BoxLevel.WithoutFiles, [.. space, .. Bubblewrap()]) { HasFiles = true };
        yield return new(BoxLevel.WithoutNetwork, ["unshare", "--net", "--ipc", "--", .. rights]);
        yield return new(BoxLevel.WithoutNetwork, ["unshare", "--user", "--map-root-user", "--net", "--ipc", "--", .. rights]);
        yield return new(BoxLevel.Bounded, rights);
        yield return new(BoxLevel.Bounded, ["setpriv", "--no-new-privs", "--inh-caps=-all", "--pdeathsig", "KILL", "--", .. WhileAlive]);
    }

    private IEnumerable<string> Bubblewrap() =>
    [
        "bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL", "--new-session", "--die-with-parent",
        "--ro-bind", "/usr", "/usr",
        .. SystemFolders.Where(Directory.Exists).SelectMany(directory => (string[])
            (new DirectoryInfo(directory).LinkTarget is { } target ? ["--symlink", target, directory] : ["--ro-bind", directory, directory])),
        .. programs.Select(program => Path.GetDirectoryName(program)!).Where(directory => !directory.StartsWith("/usr/", StringComparison.Ordinal)).Distinct()
            .SelectMany(directory => (string[])["--ro-bind", directory, directory]),
        "--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--ro-bind-try", "/etc/alternatives", "/etc/alternatives",
        // Says the allocator how large huge pages are.
        "--ro-bind-try", HugePages, HugePages,
        // Each input of ffmpeg opens the file anew by the name of the descriptor.
        "--proc", "/proc", "--dev", "/dev",
    ];

    // A child dies with the server from its first moment: a server that is gone by then is not its parent any more. Its bounds hold from here
    // on; memory is counted in KB, files in blocks of 512 bytes. The input is opened by the name of the server's own descriptor, before rights
    // are given up.
    private string[] Launch(Form form, BoxedAccess access)
    {
        var bounds = form.Level == BoxLevel.None ? "" : $"ulimit -v {Text(Memory >> 10)} && ulimit -f {Text(maxOutput / 512)} && ulimit -c 0 && ulimit -n {Text(Files)} || exit 1; ";
        return
        [
            "setpriv", "--pdeathsig", "KILL", "--",
            "sh", "-c", $"[ \"$PPID\" = \"$0\" ] || exit 1; {bounds}exec <\"$1\"; shift; exec \"$@\"", Text(Environment.ProcessId), access.Input ?? "/dev/null",
        ];
    }

    private BoxedCommand Wrap(Form form, string program, IReadOnlyList<string> arguments, BoxedAccess access)
    {
        string[] command =
        [
            .. OperatingSystem.IsLinux() ? Launch(form, access) : [],
            .. form.Command,
            .. !form.HasFiles ? [] : access.Folder is { } folder ? ["--bind", folder, Inside, "--chdir", Inside, "--"] : (string[])["--chdir", "/", "--"],
            program, .. arguments,
        ];
        return new(command[0], command[1..], access.Folder ?? "/");
    }

    // None when a program runs in it, and reaches no listener of ours where it says that it cannot.
    private async Task<string?> WhyNotAsync(Form form)
    {
        try
        {
            var access = new BoxedAccess(null, null);
            var runs = children.RunAsync(Wrap(form, programs[0], ["-v", "error", "-version"], access), CancellationToken.None);
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            if (form.Level >= BoxLevel.WithoutNetwork)
            {
                await children.RunAsync(Wrap(form, programs[0], ["-v", "quiet", $"tcp://{listener.LocalEndpoint}"], access), CancellationToken.None);
            }

            var ran = await runs;
            return ran.ExitCode != 0 ? ran.Errors : listener.Pending() ? "It reached a listener." : null;
        }
        catch (Exception exception)
        {
            // A program of the form is not installed.
            return exception.Message;
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>One way of keeping a child apart: what stands before its own command.</summary>
    private sealed record Form(BoxLevel Level, IReadOnlyList<string> Command)
    {
        /// <summary>Whether it has a file system of its own.</summary>
        public bool HasFiles { get; init; }
    }
}

/// <summary>A command as it is started.</summary>
internal sealed record BoxedCommand(string Program, IReadOnlyList<string> Arguments, string Directory);
