using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotTasks;

/// <summary>The JSON of the answers.</summary>
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(CreatedTask))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(HealthBody))]
internal sealed partial class WireJson : JsonSerializerContext
{
    /// <summary>Text is escaped as JSON needs it and no more: the answers are never part of a page.</summary>
    public static WireJson Answers { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}

/// <summary>The JSON of the requests, read strictly: what we do not know is refused, never ignored.</summary>
[JsonSerializable(typeof(CreateThumbnailsBody))]
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    Converters = [typeof(TruncatedIntegerConverter), typeof(TextOrNumberConverter)])]
internal sealed partial class WireRequestJson : JsonSerializerContext;

/// <summary>Integers may be sent with decimals, which are cut off; numbers as text are refused.</summary>
internal sealed class TruncatedIntegerConverter : JsonConverter<int>
{
    public override int Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.Number)
        {
            throw new JsonException();
        }

        // A double holds every 32-bit integer exactly, and is infinite beyond its own range.
        var truncated = Math.Truncate(reader.GetDouble());
        return truncated is >= int.MinValue and <= int.MaxValue ? (int)truncated : throw new JsonException();
    }

    public override void Write(Utf8JsonWriter writer, int value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Text may be sent as a number, because some clients do; it is kept as written.</summary>
internal sealed class TextOrNumberConverter : JsonConverter<string>
{
    public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw new JsonException(),
    };

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) => writer.WriteStringValue(value);
}
