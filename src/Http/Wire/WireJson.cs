using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SnapshotTasks;

/// <summary>The JSON of the answers.</summary>
[JsonSerializable(typeof(ErrorBody))]
[JsonSerializable(typeof(CreatedTask))]
[JsonSerializable(typeof(TaskPage))]
[JsonSerializable(typeof(CancellationProgress))]
[JsonSerializable(typeof(EventPage))]
[JsonSerializable(typeof(WireEvent))]
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
