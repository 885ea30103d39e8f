using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>The folder that has the buckets, of everybody or in a folder of each project; no object leads out of it.</summary>
internal sealed class MediaFolder : IMedia
{
    private readonly string root;
    private readonly BucketLayout layout;

    /// <exception cref="InvalidOperationException">The folder was set up with another layout.</exception>
    public MediaFolder(IOptions<FfmpegOptions> options)
    {
        (root, layout) = (Path.GetFullPath(options.Value.MediaRoot), options.Value.Layout);
        Directory.CreateDirectory(root);
        LayoutFile.Keep(root, layout);
    }

    /// <inheritdoc/>
    public ValueTask<MediaInput> FetchAsync(SnapshotTask task, CancellationToken stop) => new(OpenInput(task.Project, task.Request.Input));

    /// <inheritdoc/>
    public ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, CancellationToken stop) => new(PictureFolder.Create(this, task));

    /// <inheritdoc/>
    /// <remarks>In the root, and in the folders of projects and buckets that are mounts of their own.</remarks>
    public IEnumerable<AttemptFolder> FindAttempts()
    {
        using var top = Folder.Open(root);
        var found = FindAttempts(top).ToList();
        foreach (var name in NamesIn(top))
        {
            using var outer = OpenIfAny(top, name);
            found.AddRange(IsMount(outer, top) ? FindAttempts(outer!) : []);
            foreach (var inner in outer is not null && layout == BucketLayout.PerProject ? NamesIn(outer) : [])
            {
                using var bucket = OpenIfAny(outer!, inner);
                found.AddRange(IsMount(bucket, outer!) ? FindAttempts(bucket!) : []);
            }
        }

        return found;
    }

    /// <summary>Opens the way to the output directory of a task, as far as there is one.</summary>
    /// <param name="task">The task.</param>
    /// <param name="create">Whether what does not exist is created.</param>
    public FolderPath OpenOutput(SnapshotTask task, bool create)
    {
        var segments = Below(task.Project, task.Request.Output, FailureCode.SystemError);
        try
        {
            return Array.TrueForAll(segments, segment => !segment.StartsWith('.'))
                ? Walk(segments, create)
                : throw new CaptureFailedException(FailureCode.SystemError, "The output path leads to a hidden directory.");
        }
        catch (UnexpectedFileException found)
        {
            throw new CaptureFailedException(
                FailureCode.SystemError,
                found.Kind == FileKind.SymbolicLink ? "The output directory is, or lies behind, a symbolic link." : "The output path does not lead to a directory.");
        }
    }

    /// <summary>Whether a name is that of an input.</summary>
    public static bool Is(MediaObject input, MediaObject directory, string name) => string.Equals(
        Path.Combine(Segments(input, FailureCode.SystemError)), Path.Combine([.. Segments(directory, FailureCode.SystemError), name]), StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<AttemptFolder> FindAttempts(Folder folder)
    {
        using var work = OpenIfAny(folder, PictureFolder.WorkName);
        return work is { IsPrivate: true } ? [.. AttemptFolder.In(work.Path)] : [];
    }

    private static IEnumerable<string> NamesIn(Folder folder) =>
        Directory.GetDirectories(folder.Path).Select(path => Path.GetFileName(path)).Where(name => !name.StartsWith('.'));

    private static bool IsMount(Folder? folder, Folder outer) => folder is not null && folder.Facts.Mount != outer.Facts.Mount;

    // What is no directory, or cannot be opened, has none of ours in it.
    private static Folder? OpenIfAny(Folder folder, string name)
    {
        try
        {
            return folder.OpenFolder(name);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A regular file that can be read.
    private MediaInput OpenInput(ProjectId project, MediaObject input)
    {
        var segments = Below(project, input, FailureCode.InputUnreadable);
        try
        {
            using var path = Walk(segments.AsSpan(..^1), create: false);
            var file = path.Length == segments.Length ? path.Last.OpenFile(segments[^1]) : null;
            if (file is null)
            {
                throw path.Length > BucketDepth ? NotFound() : BucketNotFound();
            }

            if (RandomAccess.GetLength(file) == 0)
            {
                file.Dispose();
                throw new CaptureFailedException(FailureCode.InputUnreadable, "The input file is empty.");
            }

            return new(file, Path.Combine([root, .. segments]));
        }
        catch (UnexpectedFileException found)
        {
            throw found.Kind == FileKind.SymbolicLink ? new CaptureFailedException(FailureCode.InputUnreadable, "The input file is, or lies behind, a symbolic link.")
                : found.IsLast ? new CaptureFailedException(FailureCode.InputUnreadable, "The input is not a regular file.")
                : NotFound();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CaptureFailedException(FailureCode.InputUnreadable, "The input file cannot be read.", exception) { MayPass = StorageErrors.MayPass(exception) };
        }
    }

    private FolderPath Walk(ReadOnlySpan<string> segments, bool create)
    {
        // A root that is not mounted has nothing, or is not there.
        if (!File.Exists(Path.Combine(root, LayoutFile.Name)))
        {
            throw new MachineFailedException($"The media root {root} is not there, or was replaced: it lacks its file {LayoutFile.Name}.");
        }

        var path = new FolderPath(Folder.Open(root));
        try
        {
            foreach (var segment in segments)
            {
                if (!path.Enter(segment, create))
                {
                    break;
                }
            }

            return path;
        }
        catch
        {
            path.Dispose();
            throw;
        }
    }

    // The way to it from the root.
    private string[] Below(ProjectId project, MediaObject media, FailureCode code) => layout switch
    {
        BucketLayout.Shared => Segments(media, code),
        BucketLayout.PerProject => ProjectId.IsValid(project.Value) ? [project.Value, .. Segments(media, code)] : throw LeadsOut(code),
    };

    // Submission has checked the names; a task from elsewhere must not lead out of the root either.
    private static string[] Segments(MediaObject media, FailureCode code)
    {
        string[] segments = [media.Bucket, .. media.RelativePath().TrimEnd('/').Split('/')];
        return MediaObject.IsBucket(media.Bucket) && segments.All(segment => MediaObject.IsSegment(segment) && segment != PictureFolder.WorkName)
            ? segments
            : throw LeadsOut(code);
    }

    private static CaptureFailedException LeadsOut(FailureCode code) => new(code, "The bucket or the path leads out of its place.");

    // How many folders lead to a bucket.
    private int BucketDepth => layout == BucketLayout.PerProject ? 2 : 1;

    // It may be mounted again.
    private static CaptureFailedException BucketNotFound() => new(FailureCode.InputNotFound, "The input's bucket does not exist.") { MayPass = true };

    private static CaptureFailedException NotFound() => new(FailureCode.InputNotFound, "The input file does not exist.");
}
