using System.Text.Json;

namespace SnapshotTasks;

/// <summary>What was sent of an object's fields, read strictly: what we do not know is refused by name, never ignored.</summary>
internal sealed class WireValues
{
    private const int LongestName = 100;

    private readonly Dictionary<WireField, object?> values = [];
    private readonly string prefix;

    private WireValues(string prefix) => this.prefix = prefix;

    /// <summary>The value that was sent, or the default; <c>null</c> is not sent.</summary>
    /// <exception cref="WireException">It is required and was not sent.</exception>
    public T Of<T>(WireField<T> field) =>
        values.GetValueOrDefault(field) is { } sent ? (T)sent
        : field.IsRequired ? throw Invalid(field, "is required")
        : field.Default;

    /// <summary>The refusal of a value, by the field's full name.</summary>
    public WireException Invalid(WireField field, string problem) => WireException.Invalid($"{prefix}{field.Name} {problem}.");

    /// <summary>Refuses what was sent of fields that are no more.</summary>
    public void RefuseRetired()
    {
        if (values.FirstOrDefault(sent => sent is { Key: RetiredField, Value: not null }).Key is { } retired)
        {
            throw WireException.Invalid($"{prefix}{retired.Name}: {retired.Sentence}");
        }
    }

    /// <summary>Reads a body of these fields, or says which is wrong and what it must be.</summary>
    public static WireValues Read(ReadOnlySpan<byte> utf8, IReadOnlyList<WireField> fields)
    {
        var json = new Utf8JsonReader(utf8);
        try
        {
            if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            {
                throw WireException.Invalid("the body must be a JSON object.");
            }

            var values = Read(ref json, "", fields);
            json.Read(); // What comes after the object is none of it, and throws.
            return values;
        }
        catch (JsonException exception)
        {
            throw WireException.Invalid($"the body is not JSON, from line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1} on.");
        }
    }

    /// <summary>Reads the object whose beginning the reader has come to.</summary>
    public static WireValues Read(ref Utf8JsonReader json, string prefix, IReadOnlyList<WireField> fields)
    {
        var read = new WireValues(prefix);
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var path = prefix + NameAt(ref json);
            var field = fields.FirstOrDefault(field => field.Name.Length == path.Length - prefix.Length && path.EndsWith(field.Name, StringComparison.Ordinal))
                ?? throw WireException.Invalid($"{(path.Length > LongestName ? $"{path[..LongestName]}…" : path)} is not a known field.");
            json.Read();
            if (!read.values.TryAdd(field, null))
            {
                throw field.Mistaken(path);
            }

            read.values[field] = json.TokenType == JsonTokenType.Null ? null : field.Read(ref json, path);
        }

        return read;
    }

    private static string NameAt(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw WireException.Invalid("the body must be a JSON object with names in valid Unicode.");
        }
    }
}
