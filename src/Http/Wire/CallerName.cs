using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>The name of whoever calls, for the history of a task.</summary>
internal static class CallerName
{
    /// <summary>The name of the credential; none without one. One of a host's own that cannot be kept is left out: nobody is refused for it.</summary>
    public static string? Of(HttpContext context) =>
        context.User.Identity?.Name is { } name && Rules.IsText(name, RecordedEvent.MaxByLength) ? name : null;
}
