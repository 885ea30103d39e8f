using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks;

/// <summary>Where videos come from and pictures go: all that a capture knows of buckets.</summary>
internal interface IMedia
{
    /// <summary>Opens the input of a run.</summary>
    /// <exception cref="CaptureFailedException">There is none, or it cannot be read.</exception>
    ValueTask<MediaInput> FetchAsync(SnapshotTask task, CancellationToken stop);

    /// <summary>Makes a place for the pictures of a run.</summary>
    /// <exception cref="CaptureFailedException">There can be none.</exception>
    ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, CancellationToken stop);

    /// <summary>The private folders of all attempts, whether those run or are long dead.</summary>
    IEnumerable<AttemptFolder> FindAttempts();
}

/// <summary>The input of a run, opened once: children read what was opened, whatever its path leads to by then.</summary>
internal sealed record MediaInput(SafeFileHandle File, string Path) : IDisposable
{
    /// <summary>The name by which a child reads it.</summary>
    public string Name => OperatingSystem.IsLinux() ? "/proc/self/fd/0" : Path;

    /// <summary>Where whoever starts a child opens its standard input from; none where the child opens the path.</summary>
    public string? Descriptor => OperatingSystem.IsLinux() ? $"/proc/{Environment.ProcessId}/fd/{File.DangerousGetHandle()}" : null;

    public void Dispose() => File.Dispose();
}

/// <summary>A private folder of one attempt, gone when it is disposed of.</summary>
internal interface IPictureFolder : IDisposable
{
    /// <summary>Where a child writes.</summary>
    string Directory { get; }

    /// <summary>Gives a file of the folder a second name in it.</summary>
    void Link(string file, string second);

    /// <summary>Publishes files of the folder under names: all become visible, or none.</summary>
    /// <exception cref="CaptureFailedException">They cannot be published under these names.</exception>
    Task PublishAsync(IReadOnlyList<Publication> publications, CancellationToken stop);
}

/// <summary>A file of a private folder, and the name under which it becomes visible.</summary>
internal sealed record Publication(string File, string Name);
