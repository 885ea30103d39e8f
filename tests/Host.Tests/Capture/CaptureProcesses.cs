using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>The captures that run on this machine.</summary>
internal static class CaptureProcesses
{
    /// <summary>The ids of the ffmpeg processes that read a file of a folder.</summary>
    public static IEnumerable<int> Of(string folder) => Reading(folder).Where(process => process.Name == "ffmpeg").Select(process => process.Id);

    /// <summary>The processes whose standard input is a file of a folder: programs, and what they were started by.</summary>
    public static IEnumerable<(int Id, string Name)> Reading(string folder) =>
        from id in Ids()
        where LinkOf($"/proc/{id}/fd/0").StartsWith($"{folder}/", StringComparison.Ordinal)
        select (id, ContentOf($"/proc/{id}/comm").TrimEnd());

    /// <summary>All processes of this machine, with their command lines.</summary>
    public static IEnumerable<(int Id, string Line)> All() => from id in Ids() select (id, ContentOf($"/proc/{id}/cmdline"));

    private static IEnumerable<int> Ids() =>
        from path in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)
        select int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);

    private static string ContentOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return ""; // It ended between the listing and the look.
        }
    }

    private static string LinkOf(string file)
    {
        try
        {
            return new FileInfo(file).LinkTarget ?? "";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
