using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SnapshotTasks.Tests;

/// <summary>What a process did to its files, and what it said meanwhile, in order.</summary>
internal abstract record DiskEvent
{
    public sealed record Write(string File, int Offset, byte[] Data) : DiskEvent;

    public sealed record Truncate(string File, int Length) : DiskEvent;

    /// <summary>A file, or the directory that names the files, is on the disk.</summary>
    public sealed record Sync(string Path) : DiskEvent;

    public sealed record Unlink(string File) : DiskEvent;

    public sealed record Say(string Line) : DiskEvent;
}

/// <summary>Records the system calls of a child process.</summary>
internal static partial class DiskTrace
{
    private const string Unfinished = " <unfinished ...>";

    // All that can change what is on a disk: what is not understood is an error, and not left out.
    private const string Calls =
        "write,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,sync_file_range,unlink,unlinkat,rename,renameat2";

    /// <summary>Has a child do its work in a directory, and tells what it did to the files there.</summary>
    public static async Task<List<DiskEvent>> RecordAsync(ChildRole role, string directory)
    {
        var log = Path.Combine(Path.GetDirectoryName(directory)!, "trace");
        using var child = ChildProcess.Start(
            role, Path.Combine(directory, "tasks.db"),
            "strace", "-f", "-y", "-xx", "--seccomp-bpf", "-s", "1048576", "-o", log, "-e", $"trace={Calls}");
        child.StandardInput.Close();
        await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        child.ExitCode.Should().Be(0);
        return Parse(File.ReadLines(log), directory);
    }

    private static List<DiskEvent> Parse(IEnumerable<string> lines, string directory)
    {
        var events = new List<DiskEvent>();
        var unfinished = new Dictionary<string, string>();
        foreach (var line in lines)
        {
            var (process, call) = (line[..line.IndexOf(' ')], line[(line.IndexOf(' ') + 1)..].TrimStart());

            // A call during which another thread made one is written in two parts; it counts from its end.
            if (call.EndsWith(Unfinished, StringComparison.Ordinal))
            {
                unfinished[process] = call[..^Unfinished.Length];
                continue;
            }

            if (Resumed().Match(call) is { Success: true } resumed)
            {
                call = unfinished[process] + call[resumed.Length..];
            }

            if (Event(call, directory) is { } made)
            {
                events.Add(made);
            }
        }

        return events;
    }

    private static DiskEvent? Event(string line, string directory)
    {
        if (Call().Match(line) is not { Success: true } call || call.Groups["result"].Value.StartsWith('-'))
        {
            return null;
        }

        var name = call.Groups["name"].Value;
        var path = Encoding.UTF8.GetString(Bytes(call.Groups["path"].Value));
        var inside = path == directory || path.StartsWith(directory + '/', StringComparison.Ordinal);
        var data = Bytes(call.Groups["data"].Value);
        if (name == "write" && !inside)
        {
            return new DiskEvent.Say(Encoding.UTF8.GetString(data));
        }

        // What is mapped into memory by all processes is built anew after a crash.
        if (!inside || path.EndsWith("-shm", StringComparison.Ordinal))
        {
            return null;
        }

        return name switch
        {
            "pwrite64" when data.Length == Number(call, "result") => new DiskEvent.Write(path, Number(call, "last"), data),
            "ftruncate" => new DiskEvent.Truncate(path, Number(call, "last")),
            "fsync" or "fdatasync" => new DiskEvent.Sync(path),
            "unlink" => new DiskEvent.Unlink(path),
            _ => throw new UnreachableException($"{name} of {path} is not understood."),
        };
    }

    private static int Number(Match call, string group) => int.Parse(call.Groups[group].Value, CultureInfo.InvariantCulture);

    private static byte[] Bytes(string escaped) => Convert.FromHexString(escaped.Replace("\\x", "", StringComparison.Ordinal));

    // name(fd<path>, "data", count, last) = result; only the path and the result are always there.
    [GeneratedRegex("""^(?<name>\w+)\((?:\d+<(?<path>(?:\\x..)*)>|"(?<path>(?:\\x..)*)")(?:, "(?<data>(?:\\x..)*)")?(?:, \d+)??(?:, (?<last>\d+))?\)\s+= (?<result>-?\d+)""")]
    private static partial Regex Call();

    [GeneratedRegex(@"^<\.\.\. \w+ resumed>")]
    private static partial Regex Resumed();
}
