using System.Text.Json;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SnapshotTasks;

/// <summary>Shows tasks in webhooks as queries show them.</summary>
public static class WireFormRegistration
{
    /// <summary>Gives webhooks the words of the wire, and those with full bodies the task as queries show it.</summary>
    public static SnapshotTasksBuilder AddWireForm(this SnapshotTasksBuilder builder)
    {
        builder.Services.TryAddSingleton<IEventForm, WireForm>();
        return builder;
    }
}

/// <summary>What happened in the words of the wire.</summary>
internal sealed class WireForm : IEventForm
{
    public string StatusOf(RecordedEvent happened) => WireStatus.Of(happened.What, happened.Ending);

    public void Write(Utf8JsonWriter writer, SnapshotTask task) => JsonSerializer.Serialize(writer, WireTask.Of(task), WireJson.Answers.WireTask);
}
