namespace SnapshotTasks.Campaign;

/// <summary>The processes of the captures of a campaign, read from /proc.</summary>
internal static class Captures
{
    // The kernel ends them with the thread that started them; on a busy machine ending takes its time.
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(250);

    /// <summary>Reports what still captures into a folder for none of the living hosts, once it has had its time to end.</summary>
    public static async Task ReportOrphansAsync(string folder, Func<IReadOnlyCollection<int>> hosts, Journal journal)
    {
        if (Orphans(folder, hosts()).Count > 0)
        {
            await Task.Delay(Grace);
            foreach (var (process, commandLine) in Orphans(folder, hosts()))
            {
                journal.Write(at => new Orphan(at, process, commandLine));
            }
        }
    }

    private static List<(int Process, string CommandLine)> Orphans(string folder, IReadOnlyCollection<int> hosts) =>
        [.. from directory in Directory.EnumerateDirectories("/proc")
            where int.TryParse(Path.GetFileName(directory), out _)
            let commandLine = Read(directory, "cmdline").Replace('\0', ' ')
            where commandLine.Contains(folder, StringComparison.Ordinal) && commandLine.Contains("/ff", StringComparison.Ordinal)
            where Parent(directory) is not null && !IsBelow(directory, hosts)
            select (int.Parse(Path.GetFileName(directory)), commandLine)];

    // What starts a program in the box, and waits for it, stands between.
    private static bool IsBelow(string directory, IReadOnlyCollection<int> hosts)
    {
        var parent = Parent(directory);
        while (parent is > 1 and { } id && !hosts.Contains(id))
        {
            parent = Parent($"/proc/{id}");
        }

        return parent is > 1;
    }

    // None for one that is ending: it runs nothing any more.
    private static int? Parent(string directory)
    {
        var lines = Read(directory, "status").Split('\n').Select(line => line.Split(':', 2)).Where(line => line.Length == 2).ToDictionary(line => line[0], line => line[1].Trim());
        return lines.TryGetValue("State", out var state) && state[0] is not ('Z' or 'X') ? int.Parse(lines["PPid"]) : null;
    }

    private static string Read(string directory, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, file));
        }
        catch (IOException)
        {
            return ""; // It ended between the listing and the look.
        }
        catch (UnauthorizedAccessException)
        {
            return "";
        }
    }
}
