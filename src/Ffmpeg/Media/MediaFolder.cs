using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>The folder whose subfolders are the buckets; no object leads out of it.</summary>
internal sealed class MediaFolder : IMedia
{
    private readonly string root;

    public MediaFolder(IOptions<FfmpegOptions> options)
    {
        root = Path.GetFullPath(options.Value.MediaRoot);
        Directory.CreateDirectory(root);
    }

    /// <inheritdoc/>
    public ValueTask<string> FetchAsync(SnapshotTask task, CancellationToken stop) => new(OpenInput(task.Request.Input));

    /// <inheritdoc/>
    public ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, CancellationToken stop) => new(PictureFolder.Create(this, task));

    /// <summary>The path of an object.</summary>
    public string PathOf(MediaObject media) => Path.Combine([root, .. Segments(media, FailureCode.SystemError)]);

    // A regular file that can be read.
    private string OpenInput(MediaObject input)
    {
        var path = root;
        foreach (var segment in Segments(input, FailureCode.InputUnreadable))
        {
            path = Path.Combine(path, segment);
            switch (FileSystem.KindOf(path))
            {
                case FileKind.Missing:
                    throw new CaptureFailedException(FailureCode.InputNotFound, "The input file does not exist.");
                case FileKind.SymbolicLink:
                    throw new CaptureFailedException(FailureCode.InputUnreadable, "The input file is, or lies behind, a symbolic link.");
                case FileKind.Unreachable:
                    throw Unreadable();
                case FileKind.Regular or FileKind.Directory or FileKind.Other:
                    break;
            }
        }

        if (FileSystem.KindOf(path) != FileKind.Regular)
        {
            throw new CaptureFailedException(FailureCode.InputUnreadable, "The input is not a regular file.");
        }

        try
        {
            using var file = File.OpenHandle(path);
            return RandomAccess.GetLength(file) > 0
                ? path
                : throw new CaptureFailedException(FailureCode.InputUnreadable, "The input file is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(exception);
        }
    }

    /// <summary>Makes sure that an output directory exists; the answer is the directories that had to be created, outermost first.</summary>
    public IReadOnlyList<string> CreateOutput(MediaObject output)
    {
        var created = new List<string>();
        var path = root;
        foreach (var segment in Segments(output, FailureCode.SystemError))
        {
            var parent = path;
            path = Path.Combine(path, segment);
            switch (FileSystem.KindOf(path))
            {
                case FileKind.Missing:
                    Directory.CreateDirectory(path);
                    FileSystem.FlushDirectory(parent);
                    created.Add(path);
                    break;
                case FileKind.Directory:
                    break;
                case FileKind.SymbolicLink:
                    throw new CaptureFailedException(FailureCode.SystemError, "The output directory is, or lies behind, a symbolic link.");
                case FileKind.Regular or FileKind.Other or FileKind.Unreachable:
                    throw new CaptureFailedException(FailureCode.SystemError, "The output path does not lead to a directory.");
            }
        }

        return created;
    }

    // Submission has checked the names; a task from elsewhere must not lead out of the root either.
    private static string[] Segments(MediaObject media, FailureCode code)
    {
        string[] segments = [media.Bucket, .. media.RelativePath().TrimEnd('/').Split('/')];
        return segments.All(MediaObject.IsSegment)
            ? segments
            : throw new CaptureFailedException(code, "The bucket or the path leads out of its place.");
    }

    private static CaptureFailedException Unreadable(Exception? inner = null) =>
        new(FailureCode.InputUnreadable, "The input file cannot be read.", inner);
}
