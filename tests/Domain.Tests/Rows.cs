namespace SnapshotTasks.Tests;

/// <summary>Tasks as rows, in which a test changes what no decision would.</summary>
internal static class Rows
{
    public static TaskRow Of(SnapshotTask task) => new()
    {
        Id = task.Id,
        Project = task.Project,
        State = task.State,
        Priority = task.Priority,
        CreatedAt = task.CreatedAt,
        StartedAt = task.StartedAt,
        EndedAt = task.EndedAt,
        Attempt = task.Attempt,
        ReleasedAttempts = task.ReleasedAttempts,
        LeaseHolder = task.Lease?.Holder,
        LeaseExpiresAt = task.Lease?.ExpiresAt,
        Ending = task.Ending,
        Failure = task.Failure,
        TraceParent = task.TraceParent,
        Version = task.Version,
        Request = () => task.Request,
        Pictures = task.Pictures is { } pictures ? () => pictures : null,
    };
}
