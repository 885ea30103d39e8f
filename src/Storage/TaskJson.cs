using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotTasks.Storage;

/// <summary>The parts of a task that a database keeps as JSON; member names are part of the schema.</summary>
internal static partial class TaskJson
{
    public static string Write(SnapshotRequest request) => JsonSerializer.Serialize(request, Context.Default.SnapshotRequest);

    public static SnapshotRequest ReadRequest(string json) => JsonSerializer.Deserialize(json, Context.Default.SnapshotRequest)!;

    public static string Write(IReadOnlyList<string> pictures) => JsonSerializer.Serialize(pictures, Context.Default.IReadOnlyListString);

    public static IReadOnlyList<string> ReadPictures(string json) =>
        JsonSerializer.Deserialize(json, Context.Default.IReadOnlyListString)!;

    [JsonSerializable(typeof(SnapshotRequest))]
    [JsonSerializable(typeof(IReadOnlyList<string>))]
    [JsonSourceGenerationOptions(
        PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = [typeof(TaskIdConverter)],
        UseStringEnumConverter = true)]
    internal sealed partial class Context : JsonSerializerContext;

    private sealed class TaskIdConverter : JsonConverter<TaskId>
    {
        public override TaskId Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => new(reader.GetInt64());

        public override void Write(Utf8JsonWriter writer, TaskId value, JsonSerializerOptions options) => writer.WriteNumberValue(value.Value);
    }
}
