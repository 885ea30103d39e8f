namespace SnapshotTasks;

/// <summary>The folder whose subfolders are the buckets; no object leads out of it.</summary>
internal sealed class MediaFolder
{
    private readonly string root;

    public MediaFolder(string root)
    {
        this.root = Path.GetFullPath(root);
        Directory.CreateDirectory(this.root);
    }

    /// <summary>The path of an input that is a regular file which can be read.</summary>
    public string OpenInput(MediaObject input)
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

    /// <summary>The path of an output directory.</summary>
    public string PathOf(MediaObject output) => Path.Combine([root, .. Segments(output, FailureCode.SystemError)]);

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
