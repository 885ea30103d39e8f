using System.Globalization;

namespace SnapshotTasks;

/// <summary>A place in the order of all events, by the event that stands there: after a restore another one may wear its number.</summary>
/// <param name="Number">The number of the event.</param>
/// <param name="Task">Its task.</param>
/// <param name="Version">The version that it led to.</param>
/// <param name="At">When it happened.</param>
public readonly record struct EventPosition(long Number, TaskId Task, long Version, DateTimeOffset At)
{
    /// <summary>The place of an event.</summary>
    public static EventPosition Of(RecordedEvent happened) => new(happened.Number, happened.Task, happened.Version, happened.At);

    /// <summary>Reads a place as written by <see cref="ToString"/>.</summary>
    public static bool TryParse(string? text, out EventPosition position)
    {
        position = default;
        if (text?.Split('-') is not [var number, var task, var version, var at]
            || Read(number) is not { } first || Read(task) is not { } id || Read(version) is not { } third || Read(at) is not { } micros
            || !TaskId.IsValid(id) || micros > DateTimeOffset.MaxValue.UtcTicks / TimeSpan.TicksPerMicrosecond)
        {
            return false;
        }

        position = new(first, new TaskId(id), third, new DateTimeOffset(micros * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero));
        return true;
    }

    /// <summary>A text that says nothing to whoever keeps it: four hexadecimal numbers.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Number:x}-{Task.Value:x}-{Version:x}-{At.UtcTicks / TimeSpan.TicksPerMicrosecond:x}");

    // The parser alone would take trailing U+0000.
    private static long? Read(string text) =>
        text is { Length: >= 1 and <= 16 } && text.All(char.IsAsciiHexDigitLower)
        && long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value) && value >= 0 ? value : null;
}
