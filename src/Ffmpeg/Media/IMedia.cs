namespace SnapshotTasks;

/// <summary>Where videos come from and pictures go: all that a capture knows of buckets.</summary>
internal interface IMedia
{
    /// <summary>Fetches the input of a run; the answer is what a child reads.</summary>
    /// <exception cref="CaptureFailedException">There is none, or it cannot be read.</exception>
    ValueTask<string> FetchAsync(SnapshotTask task, CancellationToken stop);

    /// <summary>Makes a place for the pictures of a run.</summary>
    /// <exception cref="CaptureFailedException">There can be none.</exception>
    ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, CancellationToken stop);
}

/// <summary>A private folder of one attempt, gone when it is disposed of.</summary>
internal interface IPictureFolder : IDisposable
{
    /// <summary>Where a child writes.</summary>
    string Directory { get; }

    /// <summary>Publishes files of the folder under names: all become visible, or none.</summary>
    /// <exception cref="CaptureFailedException">They cannot be published under these names.</exception>
    Task PublishAsync(IReadOnlyList<Publication> publications, CancellationToken stop);
}

/// <summary>A file of a private folder, and the name under which it becomes visible.</summary>
internal sealed record Publication(string File, string Name);
