using System.Globalization;

namespace SnapshotTasks;

/// <summary>Reads the values of a query.</summary>
internal static class QueryText
{
    public static TaskId TaskId(string text, string field = QueryFields.TaskId) => SnapshotTasks.TaskId.TryParse(text, out var id)
        ? id
        : throw WireException.Invalid($"{field} must be a number of 1 to 16 digits, at least 1, without sign, blank or leading zero.");

    public static int Number(string? text, NumberField field) => text is null ? field.Default
        // The parser alone would take trailing U+0000.
        : text.All(char.IsAsciiDigit) && int.TryParse(text, CultureInfo.InvariantCulture, out var number) && number >= field.Min && number <= field.Max ? number
        : throw WireException.Invalid($"{field.Name} must be a whole number between {field.Min} and {field.Max}.");

    public static DateTimeOffset? Time(string? text, string field) => text is null ? null
        : DateTimeOffset.TryParseExact(
            text, WireTask.TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw WireException.Invalid($"{field} must be a UTC time written {WireTask.TimeFormat}.");

    public static bool IsTrue(string? text, string field) => text switch
    {
        null or "0" => false,
        "1" => true,
        _ => throw WireException.Invalid($"{field} must be 0 or 1."),
    };

    /// <summary>The end of a time of the wire, which is a whole second: all of it is included.</summary>
    public static DateTimeOffset? WholeSecond(DateTimeOffset? time) => time?.AddTicks(TimeSpan.TicksPerSecond - 1);
}
