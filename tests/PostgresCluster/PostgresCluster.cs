using System.Diagnostics;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>A private PostgreSQL server that is thrown away: for demonstrations, tests and measurements, never for tasks that matter.</summary>
/// <remarks>
/// It listens on a Unix socket in a folder of its own and on no network, runs as a user that is not root, syncs as a real
/// one does, and dies with this process, however that ends.
/// </remarks>
public sealed class PostgresCluster : IAsyncDisposable
{
    private const string Ready = "database system is ready to accept connections";
    private static readonly TimeSpan StartTime = TimeSpan.FromSeconds(60);

    private readonly DirectoryInfo folder;
    private IReadOnlyDictionary<string, string> settings;
    private readonly IReadOnlyList<string> under;
    private Process? server;

    private PostgresCluster(DirectoryInfo folder, IReadOnlyDictionary<string, string> settings, IReadOnlyList<string> under) =>
        (this.folder, this.settings, this.under) = (folder, settings, under);

    /// <summary>How a client on this machine connects to the database <c>postgres</c> as its owner.</summary>
    public string ConnectionString => $"Host={folder.FullName};Username=postgres;Database=postgres";

    /// <summary>The socket, which a relay can stand before.</summary>
    public string Socket => Path.Combine(folder.FullName, ".s.PGSQL.5432");

    /// <summary>The process of the server, whose children serve the connections.</summary>
    public int ProcessId => server!.Id;

    /// <summary>Makes a cluster below the system's temporary folder, because a socket's path is short, and starts it.</summary>
    /// <param name="settings">What the server is told beside the place of its socket.</param>
    /// <param name="under">A command that runs the server, with the options of that command.</param>
    /// <exception cref="InvalidOperationException">There is no server to run, or it does not start.</exception>
    public static Task<PostgresCluster> CreateAsync(IReadOnlyDictionary<string, string>? settings = null, params IReadOnlyList<string> under) =>
        CreateAsync(Directory.CreateTempSubdirectory("postgres-"), settings ?? new Dictionary<string, string>(), under);

    /// <summary>Makes a cluster in an empty folder of its own, and starts it.</summary>
    /// <param name="folder">The folder, by a path of at most 90 characters; deleted with the cluster.</param>
    /// <param name="settings">What the server is told beside the place of its socket.</param>
    /// <param name="under">A command that runs the server, with the options of that command.</param>
    /// <exception cref="InvalidOperationException">There is no server to run, or it does not start.</exception>
    public static async Task<PostgresCluster> CreateAsync(
        DirectoryInfo folder, IReadOnlyDictionary<string, string> settings, params IReadOnlyList<string> under)
    {
        var cluster = new PostgresCluster(folder, settings, under);
        try
        {
            await cluster.InitializeAsync();
            await cluster.StartAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts the server again on what it has left behind.</summary>
    /// <param name="changed">Other settings from now on.</param>
    public async Task StartAsync(IReadOnlyDictionary<string, string>? changed = null)
    {
        settings = changed ?? settings;
        var begun = TimeProvider.System.GetTimestamp();
        string log;
        do
        {
            if (await TryStartAsync() is not { } refusal)
            {
                return;
            }

            log = refusal;
        }
        while (log.Contains("still in use", StringComparison.Ordinal) && TimeProvider.System.GetElapsedTime(begun) < StartTime);

        throw new InvalidOperationException($"PostgreSQL does not start: {log}");
    }

    /// <summary>Kills the server without a warning, and waits until its children have noticed and ended by themselves.</summary>
    public async Task KillAsync()
    {
        var children = server is { HasExited: false } process ? ChildrenOf(process.Id) : [];
        await EndAsync("KILL");

        // One that is at work notices when it next waits: until then it may answer, and even commit.
        for (var begun = TimeProvider.System.GetTimestamp(); children.Any(IsAlive) && TimeProvider.System.GetElapsedTime(begun) < StartTime;)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    /// <summary>Stops the server in order, without waiting for its clients.</summary>
    public Task StopAsync() => EndAsync("INT");

    /// <summary>Ends the server at once and deletes everything.</summary>
    public async ValueTask DisposeAsync()
    {
        await EndAsync("QUIT");
        folder.Delete(recursive: true);
    }

    private string DataFolder => Path.Combine(folder.FullName, "data");

    private async Task InitializeAsync()
    {
        if (Owner() is { } owner)
        {
            await RunAsync("chown", [owner, folder.FullName]);
        }

        // What cannot be lost need not be synced yet; the server itself syncs.
        await RunAsync(
            Binary("initdb"), ["-D", DataFolder, "-U", "postgres", "-E", "UTF8", "--no-locale", "--auth=trust", "--no-sync", "--no-instructions"], asOwner: true);
    }

    /// <summary>Null when the server accepts connections, or what it has said.</summary>
    private async Task<string?> TryStartAsync()
    {
        var started = new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously);

        // The signal of death follows the thread that started the child, so that one waits here as long as the server lives.
        new Thread(() => Live(started)) { IsBackground = true, Name = "Parent of PostgreSQL" }.Start();
        server = await started.Task;
        var log = new List<string>();
        while (await server.StandardError.ReadLineAsync() is { } line)
        {
            log.Add(line);
            if (line.Contains(Ready, StringComparison.Ordinal))
            {
                // Read on, or the server would block on a full pipe.
                _ = server.StandardError.BaseStream.CopyToAsync(Stream.Null);
                return null;
            }
        }

        await EndAsync("KILL");
        return string.Join('\n', log);
    }

    private void Live(TaskCompletionSource<Process> started)
    {
        try
        {
            List<string> command = [Binary("postgres"), "-D", DataFolder, "-k", folder.FullName, "-c", "listen_addresses="];
            foreach (var (name, value) in settings)
            {
                command.AddRange(["-c", $"{name}={value}"]);
            }

            var process = Process.Start(Start([.. under, .. AsOwner(["--pdeathsig", "KILL"]), .. command]))!;
            started.SetResult(process);
            process.WaitForExit();
        }
        catch (Exception error)
        {
            started.TrySetException(error);
        }
    }

    private async Task EndAsync(string signal)
    {
        if (server is not { } process)
        {
            return;
        }

        server = null;
        if (!process.HasExited)
        {
            // .NET itself only kills.
            using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
        }

        process.WaitForExit();
    }

    private static string[] ChildrenOf(int id) => File.ReadAllText($"/proc/{id}/task/{id}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);

    // A zombie has no command line any more, and nothing else that could be done with it.
    private static bool IsAlive(string id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline") != "";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private async Task RunAsync(string program, IReadOnlyList<string> arguments, bool asOwner = false)
    {
        using var process = Process.Start(Start([.. asOwner ? AsOwner([]) : [], program, .. arguments]))!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = await process.StandardError.ReadToEndAsync();
        await output;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} failed: {errors}");
        }
    }

    private ProcessStartInfo Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder.FullName,
        };
        start.Environment["LC_ALL"] = "C";
        return start;
    }

    private static IReadOnlyList<string> AsOwner(IReadOnlyList<string> options) => Owner()?.Split(':') is [var user, var group]
        ? ["setpriv", "--reuid", user, "--regid", group, "--clear-groups", .. options, "--"]
        : options.Count == 0 ? [] : ["setpriv", .. options, "--"];

    /// <summary>PostgreSQL refuses to run as root: then the user of its package, or nobody, owns the cluster.</summary>
    private static string? Owner() => Environment.IsPrivilegedProcess
        ? File.ReadLines("/etc/passwd").Select(line => line.Split(':'))
            .Where(user => user[0] is "postgres" or "nobody").OrderByDescending(user => user[0]).Select(user => $"{user[2]}:{user[3]}").First()
        : null;

    /// <summary>Debian keeps the server's programs of each version in a folder of its own, which is on nobody's path.</summary>
    private static string Binary(string name)
    {
        const string Versions = "/usr/lib/postgresql";
        var installed = Directory.Exists(Versions) ? Directory.GetDirectories(Versions) : [];
        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Concat(installed.OrderByDescending(version => double.Parse(Path.GetFileName(version), CultureInfo.InvariantCulture))
                .Select(version => Path.Combine(version, "bin")))
            .Select(bin => Path.Combine(bin, name)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException("There is no PostgreSQL server on this machine: install the package postgresql.");
    }
}
