using System.Globalization;
using System.Text;

namespace SnapshotTasks;

/// <summary>The temporary directory of one attempt, beside the target: pictures become visible there all at once, or not at all.</summary>
internal sealed class PictureFolder : IPictureFolder
{
    private const string Prefix = ".snapshot-";

    // What Linux file systems take, in bytes of UTF-8.
    private const int MaxNameLength = 255;

    private readonly string output;
    private readonly string input;
    private readonly IReadOnlyList<string> created;
    private bool published;

    private PictureFolder(string output, string directory, string input, IReadOnlyList<string> created) =>
        (this.output, Directory, this.input, this.created) = (output, directory, input, created);

    /// <inheritdoc/>
    public string Directory { get; }

    /// <summary>Creates it, and the output directory where that is missing; removes what earlier attempts have left.</summary>
    public static PictureFolder Create(MediaFolder media, SnapshotTask task)
    {
        var output = media.PathOf(task.Request.Output);
        for (var again = 3; ; again--)
        {
            var created = media.CreateOutput(task.Request.Output);
            var folder = new PictureFolder(output, Path.Combine(output, $"{Prefix}{task.Id}-{task.Attempt}"), media.PathOf(task.Request.Input), created);
            try
            {
                RemoveLeftovers(output, task);
                if (FileSystem.KindOf(folder.Directory) != FileKind.Missing)
                {
                    throw new IOException("What an earlier attempt has left cannot be removed.");
                }

                System.IO.Directory.CreateDirectory(folder.Directory);
                return folder;
            }
            catch (DirectoryNotFoundException) when (again > 1)
            {
                // Another task that had created the directory has failed and removed it in between.
            }
            catch
            {
                folder.Dispose();
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public Task PublishAsync(IReadOnlyList<Publication> publications, CancellationToken stop)
    {
        RefuseUnusable([.. publications.Select(publication => publication.Name)]);
        stop.ThrowIfCancellationRequested();
        var moved = new Stack<(string From, string To)>();
        try
        {
            foreach (var (file, name) in publications)
            {
                var (from, to) = (Path.Combine(Directory, file), Path.Combine(output, name));
                File.Move(from, to, overwrite: true);
                moved.Push((from, to));
            }

            FileSystem.FlushDirectory(output);
            published = true;
            return Task.CompletedTask;
        }
        catch
        {
            TakeBack(moved);
            throw;
        }
    }

    public void Dispose()
    {
        Remove(Directory, recursive: true);
        foreach (var directory in published ? [] : created.Reverse())
        {
            Remove(directory, recursive: false);
        }
    }

    private void RefuseUnusable(IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => !MediaObject.IsSegment(name) || Encoding.UTF8.GetByteCount(name) > MaxNameLength) is { } name)
        {
            throw new CaptureFailedException(
                FailureCode.SystemError, $"The picture cannot be written: its name has {Encoding.UTF8.GetByteCount(name)} bytes, at most {MaxNameLength} are possible.");
        }

        if (names.Any(name => string.Equals(Path.Combine(output, name), input, StringComparison.OrdinalIgnoreCase)))
        {
            throw new CaptureFailedException(FailureCode.InvalidInputData, "A picture would overwrite the input file: choose another name or directory.");
        }
    }

    // Moved back, not deleted: a worker that was frozen in the middle may find in their place the pictures of another one,
    // which has removed this directory before it published its own, so that the move fails and they stay.
    private static void TakeBack(Stack<(string From, string To)> moved)
    {
        try
        {
            foreach (var (from, to) in moved)
            {
                File.Move(to, from);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // They are not this attempt's any more, or cannot be moved: what made publishing fail is what to tell.
        }
    }

    // Not those of later attempts: this may be a worker that was frozen, and another one is at work there.
    private static void RemoveLeftovers(string output, SnapshotTask task)
    {
        var ofTask = $"{Prefix}{task.Id}-";
        foreach (var directory in System.IO.Directory.GetDirectories(output, $"{ofTask}*"))
        {
            if (int.TryParse(Path.GetFileName(directory.AsSpan())[ofTask.Length..], CultureInfo.InvariantCulture, out var attempt) && attempt <= task.Attempt)
            {
                Remove(directory, recursive: true);
            }
        }
    }

    private static void Remove(string directory, bool recursive)
    {
        try
        {
            System.IO.Directory.Delete(directory, recursive);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is gone, or in use by another task: nothing a caller could do about it.
        }
    }
}
