using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>The captures that run on this machine.</summary>
internal static class CaptureProcesses
{
    /// <summary>The ids of the ffmpeg processes that work in a folder.</summary>
    public static IEnumerable<int> Of(string folder) =>
        from path in Directory.EnumerateDirectories("/proc")
        where int.TryParse(Path.GetFileName(path), CultureInfo.InvariantCulture, out _)
        let line = CommandLine(path)
        where line.Contains("/ffmpeg\0", StringComparison.Ordinal) && line.Contains(folder, StringComparison.Ordinal)
        select int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture);

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
