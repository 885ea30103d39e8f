using System.Security.Cryptography;
using System.Text;

namespace SnapshotTasks;

/// <summary>What is sent to the store for a submission.</summary>
internal static class Submissions
{
    /// <summary>The new task, its directory drawn and its key bound to everything that was asked for.</summary>
    /// <param name="project">The project the task belongs to.</param>
    /// <param name="request">What is asked for, as the caller wrote it.</param>
    /// <param name="ownDirectory">Whether a directory is drawn below the output.</param>
    /// <param name="key">The caller's key.</param>
    /// <param name="asked">How it was asked for: the same request, asked for in another way, is another one.</param>
    public static NewTask Create(ProjectId project, SnapshotRequest request, bool ownDirectory, string? key, string asked) =>
        new(project, ownDirectory ? InADirectoryOfItsOwn(request) : request)
        {
            TraceParent = Telemetry.TraceParent,
            Key = key is null ? null : new IdempotencyKey(key, HashOf(request, ownDirectory, asked)),
        };

    // Of the request before a directory is drawn, or no repetition would equal the first.
    private static string HashOf(SnapshotRequest request, bool ownDirectory, string asked) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{asked} {ownDirectory} {TaskJson.Write(request)}")));

    // Drawn before it is stored, so that no attempt draws again.
    private static SnapshotRequest InADirectoryOfItsOwn(SnapshotRequest request) => request with
    {
        Output = request.Output with { Path = $"{request.Output.Path.TrimEnd('/')}/{RandomNumberGenerator.GetHexString(16, lowercase: true)}" },
    };
}
