using System.Globalization;

namespace SnapshotTasks;

/// <summary>Times of a file's own clock, which are microseconds everywhere here, as ffmpeg's programs read and write them.</summary>
internal static class Clock
{
    /// <summary>A second.</summary>
    public const long Second = 1_000_000;

    // Beyond what any clock shows: what a broken header says is no time.
    private const decimal Longest = 1_000_000_000;

    /// <summary>The seconds that a program reads.</summary>
    public static string Seconds(long time) => (time / (decimal)Second).ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Reads the seconds that a program wrote.</summary>
    public static long? Read(ReadOnlySpan<char> seconds) =>
        decimal.TryParse(seconds, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value)
        && Math.Abs(value) < Longest
            ? (long)Math.Round(value * Second)
            : null;

    /// <summary>The nearest microsecond of a span: 2.28 s made of a floating number is a tick less, and the frame of 2.28 s is meant.</summary>
    public static long Of(TimeSpan span) => (span.Ticks + (TimeSpan.TicksPerMicrosecond / 2)) / TimeSpan.TicksPerMicrosecond;
}
