using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SnapshotTasks;

/// <summary>Writes what a message says.</summary>
internal sealed class WebhookBody(ITaskStore store, IEventForm? form = null)
{
    // Text is escaped as JSON needs it and no more: user data can be long.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The message of an event: thin, or with the task as it is now, as far as it is still there.</summary>
    public async Task<ReadOnlyMemory<byte>> WriteAsync(RecordedEvent happened, bool full, CancellationToken cancellationToken)
    {
        var task = full ? (await store.GetAsync(happened.Project, [happened.Task], cancellationToken)).SingleOrDefault() : null;
        var body = new ArrayBufferWriter<byte>();
        using var writer = new Utf8JsonWriter(body, Options);
        writer.WriteStartObject();
        writer.WriteString("type", EventTypes.Of(happened));
        writer.WriteString("timestamp", happened.At.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        writer.WriteStartObject("data");
        writer.WriteString("task_id", happened.Task.ToString());
        writer.WriteString("project_id", happened.Project.ToString());
        writer.WriteString("event_id", EventPosition.Of(happened).ToString());
        writer.WriteNumber("version", happened.Version);
        writer.WriteNumber("attempt", happened.Attempt);
        if (form is not null)
        {
            writer.WriteString("event", form.StatusOf(happened));
        }

        if (happened.Reason is { } reason)
        {
            writer.WriteString("reason", reason);
        }

        if (task is not null)
        {
            writer.WritePropertyName("task");
            form!.Write(writer, task);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        return body.WrittenMemory;
    }
}
