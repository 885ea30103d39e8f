using System.Globalization;

namespace SnapshotTasks;

/// <summary>Reads what ffmpeg has seen in the lines of the first frames.</summary>
internal static class LineJudgement
{
    private const string Seen = "lavfi.idet.multiple.";

    /// <summary>Whether more frames look whole than look like two moments in every other line.</summary>
    public static bool SaysProgressive(string output)
    {
        var (whole, halves) = (0d, 0d);
        foreach (var line in output.Split('\n'))
        {
            // Counts of all frames so far: the last ones stay.
            var parts = line.Split('=', 2);
            if (parts.Length == 2 && double.TryParse(parts[1], CultureInfo.InvariantCulture, out var count))
            {
                (whole, halves) = parts[0] switch
                {
                    $"{Seen}progressive" => (count, halves),
                    $"{Seen}tff" => (whole, count),
                    $"{Seen}bff" => (whole, halves + count),
                    _ => (whole, halves),
                };
            }
        }

        return whole > halves;
    }
}
