namespace SnapshotTasks;

/// <summary>Where videos come from and pictures go: all that a capture knows of buckets.</summary>
internal interface IMedia
{
    /// <summary>Fetches the input of a run; the answer is what a child reads.</summary>
    /// <exception cref="CaptureFailedException">There is none, or it cannot be read.</exception>
    ValueTask<string> FetchAsync(SnapshotTask task, CancellationToken stop);

    /// <summary>Makes a place for the pictures of a run, which are to be published under these names.</summary>
    /// <exception cref="CaptureFailedException">They cannot be published under these names.</exception>
    ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, IReadOnlyList<string> names, CancellationToken stop);
}

/// <summary>A private folder of one attempt, gone when it is disposed of.</summary>
internal interface IPictureFolder : IDisposable
{
    /// <summary>Where a child writes.</summary>
    string Directory { get; }

    /// <summary>Publishes files of the folder, in the order of their names: all become visible, or none.</summary>
    Task PublishAsync(IReadOnlyList<string> files, CancellationToken stop);
}
