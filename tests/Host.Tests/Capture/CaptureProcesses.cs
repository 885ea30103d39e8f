using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>The captures that run on this machine.</summary>
internal static class CaptureProcesses
{
    /// <summary>The ids of the ffmpeg processes that work in a folder.</summary>
    public static IEnumerable<int> Of(string folder) =>
        from process in All()
        where process.Line.Contains("/ffmpeg\0", StringComparison.Ordinal) && process.Line.Contains(folder, StringComparison.Ordinal)
        select process.Id;

    /// <summary>All processes of this machine, with their command lines.</summary>
    public static IEnumerable<(int Id, string Line)> All() =>
        from path in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)
        select (int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), CommandLine(path));

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException)
        {
            return ""; // It ended between the listing and the look.
        }
    }
}
