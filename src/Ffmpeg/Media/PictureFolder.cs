using System.Globalization;

namespace SnapshotTasks;

/// <summary>The temporary directory of one attempt, beside the target: pictures become visible there all at once, or not at all.</summary>
internal sealed class PictureFolder : IPictureFolder
{
    private const string Prefix = ".snapshot-";

    private readonly string output;
    private readonly IReadOnlyList<string> names;
    private readonly IReadOnlyList<string> created;
    private bool published;

    private PictureFolder(string output, string directory, IReadOnlyList<string> names, IReadOnlyList<string> created) =>
        (this.output, Directory, this.names, this.created) = (output, directory, names, created);

    /// <inheritdoc/>
    public string Directory { get; }

    /// <summary>Creates it, and the output directory where that is missing; removes what earlier attempts have left.</summary>
    public static PictureFolder Create(MediaFolder media, SnapshotTask task, IReadOnlyList<string> names)
    {
        var output = media.PathOf(task.Request.Output);
        for (var again = 3; ; again--)
        {
            var created = media.CreateOutput(task.Request.Output);
            var folder = new PictureFolder(output, Path.Combine(output, $"{Prefix}{task.Id}-{task.Attempt}"), names, created);
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
    public Task PublishAsync(IReadOnlyList<string> files, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        var moved = new Stack<(string From, string To)>();
        try
        {
            foreach (var (number, file) in files.Index())
            {
                var (from, to) = (Path.Combine(Directory, file), Path.Combine(output, names[number]));
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
