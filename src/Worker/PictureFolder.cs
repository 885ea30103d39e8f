using System.Formats.Tar;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>The temporary directory of one attempt, beside the target: pictures become visible there all at once, or not at all.</summary>
internal sealed class PictureFolder : IDisposable
{
    /// <summary>How ffmpeg names the pictures.</summary>
    public const string Pattern = "%05d.jpg";

    private const string Prefix = ".snapshot-";

    private readonly string output;
    private readonly IReadOnlyList<string> created;
    private bool packed;
    private bool published;

    private PictureFolder(string output, string directory, IReadOnlyList<string> created) =>
        (this.output, Directory, this.created) = (output, directory, created);

    /// <summary>Where ffmpeg writes.</summary>
    public string Directory { get; }

    /// <summary>Creates it, and the output directory where that is missing; removes what earlier attempts have left.</summary>
    public static PictureFolder Create(MediaFolder media, SnapshotTask task)
    {
        var output = media.PathOf(task.Request.Output);
        for (var again = 3; ; again--)
        {
            var created = media.CreateOutput(task.Request.Output);
            var folder = new PictureFolder(output, Path.Combine(output, $"{Prefix}{task.Id}-{task.Attempt}"), created);
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

    /// <summary>The path of a picture before it is published.</summary>
    public string PathOf(int number) => Path.Combine(Directory, $"{number.ToString("00000", CultureInfo.InvariantCulture)}.jpg");

    /// <summary>Whether ffmpeg has written a picture.</summary>
    public bool Has(int number) => File.Exists(PathOf(number));

    private string Archive => Path.Combine(Directory, "pictures.tar");

    /// <summary>Packs the pictures into an archive, which takes their place.</summary>
    public async Task PackAsync(IReadOnlyList<string> names, CancellationToken stop)
    {
        await using var archive = File.Create(Archive);
        await using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            foreach (var (number, name) in names.Index())
            {
                await using var picture = File.OpenRead(PathOf(number));
                await tar.WriteEntryAsync(new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = picture }, stop);
            }
        }

        archive.Flush(flushToDisk: true);
        packed = true;
    }

    /// <summary>Moves the pictures, which are numbered like their names, or the archive of them, to where they are looked for.</summary>
    public void Publish(IReadOnlyList<string> names)
    {
        var moved = new Stack<(string From, string To)>();
        try
        {
            foreach (var (number, name) in names.Index())
            {
                var (from, to) = (packed ? Archive : PathOf(number), Path.Combine(output, name));
                File.Move(from, to, overwrite: true);
                moved.Push((from, to));
            }

            FileSystem.FlushDirectory(output);
            published = true;
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
