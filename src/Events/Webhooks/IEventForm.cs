using System.Text.Json;

namespace SnapshotTasks;

/// <summary>How the wire shows what receivers are told of, in a host that has the wire.</summary>
internal interface IEventForm
{
    /// <summary>The word of the wire for what has happened.</summary>
    string StatusOf(RecordedEvent happened);

    /// <summary>Writes a task as queries show it.</summary>
    void Write(Utf8JsonWriter writer, SnapshotTask task);
}
