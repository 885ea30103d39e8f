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
        new(project, asked.OwnDirectory ? InADirectoryOfItsOwn(asked.Request) : asked.Request)
        {
            TraceParent = Telemetry.TraceParent,

            // Of the request before a directory is drawn, or no repetition would equal the first.
            Key = key is null ? null : new IdempotencyKey(key, RequestHash.Of(asked)) { EarlierHash = () => RequestHashOfVersion01.Of(asked) },
        };

    // Drawn before it is stored, so that no attempt draws again.
    private static SnapshotRequest InADirectoryOfItsOwn(SnapshotRequest request) => request with
    {
        Output = request.Output with { Path = $"{request.Output.Path.TrimEnd('/')}/{RandomNumberGenerator.GetHexString(16, lowercase: true)}" },
    };
}

/// <summary>All that a key is bound to: the same request, asked for in another way, is another one.</summary>
/// <param name="Request">What is asked for, before anything is drawn or filled in.</param>
/// <param name="OwnDirectory">Whether a directory is drawn below the output.</param>
/// <param name="Now">Whether it is wanted at once, past the queue.</param>
internal sealed record AskedFor(SnapshotRequest Request, bool OwnDirectory, bool Now);
