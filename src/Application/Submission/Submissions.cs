using System.Security.Cryptography;

namespace SnapshotTasks;

/// <summary>What is sent to the store for a submission.</summary>
internal static class Submissions
{
    /// <summary>The new task, its directory drawn and its key bound to everything that was asked for.</summary>
    /// <param name="project">The project the task belongs to.</param>
    /// <param name="asked">What is asked for, as the caller wrote it.</param>
    /// <param name="key">The caller's key.</param>
    public static NewTask Create(ProjectId project, AskedFor asked, string? key) =>
        Create(project, asked with { Request = asked.Request with { DrawnDirectory = null, Again = null } }) with
        {
            // Of the request before a directory is drawn, or no repetition would equal the first.
            Key = key is null ? null : new IdempotencyKey(key, RequestHash.Of(asked)) { EarlierHash = () => RequestHashOfVersion01.Of(asked) },
        };

    /// <summary>The new task that runs an ended one again: as that was asked for, with a directory drawn anew where it had one.</summary>
    /// <param name="ended">The ended task.</param>
    /// <param name="action">The name of the action.</param>
    public static NewTask CreateAgain(SnapshotTask ended, string action)
    {
        var again = new RunAgain(ended.Id, action);
        var asked = new AskedFor(
            ended.Request.WithoutDrawnDirectory() with { Again = again }, OwnDirectory: ended.Request.DrawnDirectory is not null, Now: false);
        return Create(ended.Project, asked) with { Priority = ended.Priority, Key = new(again.Key, RequestHash.Of(asked)) };
    }

    private static NewTask Create(ProjectId project, AskedFor asked) =>
        new(project, asked.OwnDirectory ? InADirectoryOfItsOwn(asked.Request) : asked.Request) { TraceParent = Telemetry.TraceParent };

    // Drawn before it is stored, so that no attempt draws again.
    private static SnapshotRequest InADirectoryOfItsOwn(SnapshotRequest request)
    {
        var drawn = RandomNumberGenerator.GetHexString(16, lowercase: true);
        return request with { Output = request.Output with { Path = $"{request.Output.Path.TrimEnd('/')}/{drawn}" }, DrawnDirectory = drawn };
    }
}

/// <summary>All that a key is bound to: the same request, asked for in another way, is another one.</summary>
/// <param name="Request">What is asked for, before anything is drawn or filled in.</param>
/// <param name="OwnDirectory">Whether a directory is drawn below the output.</param>
/// <param name="Now">Whether it is wanted at once, past the queue.</param>
internal sealed record AskedFor(SnapshotRequest Request, bool OwnDirectory, bool Now);
