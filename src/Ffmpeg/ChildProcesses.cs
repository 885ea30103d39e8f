using System.Collections.Concurrent;
using System.Text;
using CliWrap;

namespace SnapshotTasks;

/// <summary>How a child process ended.</summary>
/// <param name="ExitCode">Its exit code; above 128 and up to 192 the number of a signal is added to 128.</param>
/// <param name="Output">The beginning of what it wrote.</param>
/// <param name="Errors">The end of what it complained about.</param>
internal sealed record ChildResult(int ExitCode, string Output, string Errors)
{
    /// <summary>Which of the phrases that were listened for it has said, wherever in its complaints.</summary>
    public IReadOnlySet<string> Said { get; init; } = new HashSet<string>();
}

/// <summary>What is listened for while a child runs.</summary>
/// <param name="Line">Is given each line that it writes, which is then not in the result.</param>
/// <param name="Phrases">What may be among its complaints.</param>
internal sealed record ChildEars(Action<string>? Line = null, params IReadOnlyList<string> Phrases);

/// <summary>Runs child processes that do not outlive this one.</summary>
/// <remarks>
/// On Linux the kernel kills a child when the thread that started it ends. So all are started by one thread that lives as
/// long as this object: a pool thread would take healthy children with it when the pool shrinks.
/// </remarks>
internal sealed class ChildProcesses : IDisposable
{
    private const int OutputKept = 1 << 20, ErrorsKept = 4096;

    private readonly BlockingCollection<Action> starts = [];
    private readonly Thread starter;

    public ChildProcesses()
    {
        starter = new Thread(StartUntilDisposed) { IsBackground = true, Name = "Starter of child processes" };
        starter.Start();
    }

    /// <summary>The full path of a program.</summary>
    /// <exception cref="InvalidOperationException">It is not on PATH.</exception>
    public static string Find(string program, string package)
    {
        var file = OperatingSystem.IsWindows() ? $"{program}.exe" : program;
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(File.Exists);
        return path is null
            ? throw new InvalidOperationException($"The worker needs {program}, which is not on PATH: install the package {package}.")
            : Path.GetFullPath(path);
    }

    /// <summary>Runs a program to its end; when stopped, it is killed and gone before this throws.</summary>
    public async Task<ChildResult> RunAsync(BoxedCommand boxed, CancellationToken stop, ChildEars? ears = null)
    {
        var output = new StringBuilder();
        var errors = new StringBuilder();
        var said = new HashSet<string>();
        ears ??= new ChildEars();
        var command = Cli.Wrap(boxed.Program).WithArguments(boxed.Arguments)
            .WithWorkingDirectory(boxed.Directory)
            .WithEnvironmentVariables(CleanEnvironment())
            .WithValidation(CommandResultValidation.None)
            .WithStandardOutputPipe(ears.Line is { } line ? Lines(line) : Bounded(output, text => text.Length = Math.Min(text.Length, OutputKept)))
            .WithStandardErrorPipe(Bounded(errors, text =>
            {
                // Before anything is cut off, so that a phrase is heard also where two pieces meet.
                said.UnionWith(ears.Phrases.Except(said).Where(text.ToString().Contains));
                text.Remove(0, Math.Max(0, text.Length - ErrorsKept));
            }));

        var started = new TaskCompletionSource<CommandTask<CommandResult>>(TaskCreationOptions.RunContinuationsAsynchronously);
        starts.Add(() => Start(command, started, stop), stop);
        var result = await await started.Task;
        return new(result.ExitCode, output.ToString(), errors.ToString()) { Said = said };
    }

    public void Dispose()
    {
        starts.CompleteAdding();
        starter.Join();
        starts.Dispose();
    }

    // Nothing of the server's own, which may hold secrets; PATH leads to the programs of the box. Few arenas, because each thread's counts
    // against what a child may map; huge pages, because the frames of many inputs are new memory, half of whose cost is its first use.
    private static Dictionary<string, string?> CleanEnvironment()
    {
        var clean = OperatingSystem.IsWindows()
            ? new Dictionary<string, string?> { ["FFREPORT"] = null }
            : Environment.GetEnvironmentVariables().Keys.Cast<string>().Where(name => name != "PATH").ToDictionary(name => name, _ => (string?)null);
        (clean["LC_ALL"], clean["AV_LOG_FORCE_NOCOLOR"], clean["MALLOC_ARENA_MAX"]) = ("C", "1", "2");
        clean["GLIBC_TUNABLES"] = "glibc.malloc.hugetlb=1";
        return clean;
    }

    // CliWrap starts the process before ExecuteAsync returns, so on this thread.
    private static void Start(Command command, TaskCompletionSource<CommandTask<CommandResult>> started, CancellationToken stop)
    {
        try
        {
            started.SetResult(command.ExecuteAsync(stop));
        }
        catch (Exception exception)
        {
            started.SetException(exception);
        }
    }

    // Everything is read, or the child would block on a full pipe; only what fits the bound is kept. To its end also when the child is
    // killed: that is there when everything that has written to it is gone.
    private static PipeTarget Bounded(StringBuilder text, Action<StringBuilder> bound) => PipeTarget.Create(async (source, _) =>
    {
        using var reader = new StreamReader(source, Encoding.UTF8, false, 4096, leaveOpen: true);
        var buffer = new char[4096];
        int read;
        while ((read = await reader.ReadAsync(buffer, CancellationToken.None)) > 0)
        {
            text.Append(buffer, 0, read);
            bound(text);
        }
    });

    private static PipeTarget Lines(Action<string> line) => PipeTarget.Create(async (source, _) =>
    {
        using var reader = new StreamReader(source, Encoding.UTF8, false, 4096, leaveOpen: true);
        while (await reader.ReadLineAsync(CancellationToken.None) is { } read)
        {
            line(read);
        }
    });

    private void StartUntilDisposed()
    {
        foreach (var start in starts.GetConsumingEnumerable())
        {
            start();
        }
    }
}
