using System.Globalization;
using System.Text.Json;

namespace SnapshotTasks;

/// <summary>Reads what ffprobe writes, where nothing is certain to be there.</summary>
internal static class Json
{
    /// <summary>The elements of a list; none when it is not there.</summary>
    public static IEnumerable<JsonElement> List(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray() : [];

    /// <summary>A text, if there is one and it says anything.</summary>
    public static string? Text(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is not ("unknown" or "N/A" or "") and { } text
            ? text
            : null;

    /// <summary>A whole number; 0 when there is none.</summary>
    public static int Number(this JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : 0;

    /// <summary>A time in seconds, in microseconds.</summary>
    public static long? Microseconds(this JsonElement element, string name) => Clock.Read(element.Text(name));

    /// <summary>A fraction such as <c>24000/1001</c> or <c>64:45</c>; none when it is none, or not positive.</summary>
    public static (long Numerator, long Denominator)? Fraction(this JsonElement element, string name)
    {
        var parts = element.Text(name)?.Split('/', ':') ?? [];
        return parts.Length == 2
            && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var numerator)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var denominator)
            && numerator > 0 && denominator > 0
            ? (numerator, denominator)
            : null;
    }
}
