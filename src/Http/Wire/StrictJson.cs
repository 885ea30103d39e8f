using System.Collections.Frozen;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace SnapshotTasks;

/// <summary>Reads a create's body, or says which field is wrong and what it must be.</summary>
internal static class StrictJson
{
    private const int LongestName = 100;

    // Read back from the metadata that reads the body, so that the two cannot disagree.
    private static readonly FrozenDictionary<string, string> Expected =
        Members(WireRequestJson.Default.CreateThumbnailsBody, "").ToFrozenDictionary();

    public static CreateThumbnailsBody Read(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonSerializer.Deserialize(utf8, WireRequestJson.Default.CreateThumbnailsBody)
                ?? throw WireException.Invalid("the body must be a JSON object.");
        }
        catch (JsonException exception)
        {
            throw WireException.Invalid(Describe(exception));
        }
    }

    private static string Describe(JsonException exception)
    {
        if (exception.InnerException is JsonException)
        {
            return $"the body is not JSON, from line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} on.";
        }

        var path = (exception.Path ?? "$").TrimStart('$').TrimStart('.');
        if (path.Length == 0)
        {
            return "the body must be a JSON object with names in valid Unicode.";
        }

        if (!Expected.TryGetValue(path.Split("[")[0], out var expected))
        {
            return $"{(path.Length > LongestName ? $"{path[..LongestName]}…" : path)} is not a known field.";
        }

        // What cannot be transcoded, such as an unpaired surrogate, is not the wrong kind of value but no text at all.
        return exception.InnerException is InvalidOperationException
            ? $"{path} must be valid Unicode text."
            : $"{path.Split("[")[0]} must be {expected}, given once.";
    }

    private static IEnumerable<KeyValuePair<string, string>> Members(JsonTypeInfo type, string prefix)
    {
        foreach (var member in type.Properties)
        {
            var path = prefix + member.Name;
            var memberType = type.Options.GetTypeInfo(member.PropertyType);
            yield return new(path, Kind(memberType));
            foreach (var inner in Members(memberType, $"{path}."))
            {
                yield return inner;
            }
        }
    }

    private static string Kind(JsonTypeInfo type) => type switch
    {
        { Kind: JsonTypeInfoKind.Object } => "an object",
        { Kind: JsonTypeInfoKind.Enumerable } => $"a list of integers between {int.MinValue} and {int.MaxValue}",
        _ when type.Type == typeof(string) => "a string",
        _ => $"an integer between {int.MinValue} and {int.MaxValue}",
    };
}
