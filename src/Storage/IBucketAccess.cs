namespace SnapshotTasks;

/// <summary>Says which project may use which bucket; asked when a task is submitted, and again by the worker that runs it.</summary>
public interface IBucketAccess
{
    /// <summary>Whether a project may use a bucket; of one that does not exist the answer is no, as of one that belongs to others.</summary>
    /// <param name="project">The project of the task.</param>
    /// <param name="bucket">The bucket's name, as the task has it.</param>
    /// <param name="use">What the task does with it.</param>
    /// <param name="cancellationToken">Fires when nobody waits for the answer any more.</param>
    ValueTask<bool> MayUseAsync(ProjectId project, string bucket, BucketUse use, CancellationToken cancellationToken);
}

/// <summary>What a task does with a bucket.</summary>
public enum BucketUse
{
    /// <summary>Reads a video.</summary>
    Read,

    /// <summary>Writes pictures.</summary>
    Write,
}
