using System.Text;
using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks;

/// <summary>
/// The private directory of one attempt, on the mount of its target and outside the buckets: from it pictures become visible all at once, or
/// not at all.
/// </summary>
internal sealed class PictureFolder : IPictureFolder
{
    /// <summary>The directory in which those of all attempts are: in the media root, or in a folder below it that is a mount of its own.</summary>
    public const string WorkName = ".snapshots";

    // What Linux file systems take, in bytes of UTF-8.
    private const int MaxNameLength = 255;

    // A target that others remove while it is empty is made anew.
    private const int MostTries = 5;

    private static readonly string[] Extensions = [".jpg", ".jpeg", ".tar"];

    private readonly MediaFolder media;
    private readonly SnapshotTask task;
    private readonly Folder folder;

    private PictureFolder(MediaFolder media, SnapshotTask task, Folder folder) => (this.media, this.task, this.folder) = (media, task, folder);

    /// <inheritdoc/>
    public string Directory => folder.Path;

    /// <summary>Creates it, and removes what earlier attempts have left.</summary>
    public static PictureFolder Create(MediaFolder media, SnapshotTask task)
    {
        using var output = media.OpenOutput(task, create: false);
        output.OnSameMount.CreateFolder(WorkName, Modes.Private);
        using var work = output.OnSameMount.OpenFolder(WorkName) ?? throw new DirectoryNotFoundException();
        if (!work.IsPrivate)
        {
            throw new CaptureFailedException(FailureCode.SystemError, $"The pictures cannot be written: the folder {WorkName} is not the server's alone.");
        }

        // Not those of later attempts: this may be a worker that was frozen, and another one is at work there.
        var attempt = Attempt.Of(task);
        foreach (var left in AttemptFolder.In(work.Path).Where(folder => folder.Attempt.IsUpTo(attempt)))
        {
            left.Remove();
        }

        var name = attempt.ToString();
        return work.CreateFolder(name, Modes.Private) && work.OpenFolder(name) is { } folder
            ? new(media, task, folder)
            : throw new IOException("What an earlier attempt has left cannot be removed.");
    }

    /// <inheritdoc/>
    public void Link(string file, string second) => folder.Link(file, second);

    /// <inheritdoc/>
    public Task PublishAsync(IReadOnlyList<Publication> publications, CancellationToken stop)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                Publish(publications, stop);
                return Task.CompletedTask;
            }
            catch (FileNotFoundException) when (tries < MostTries && publications.All(it => File.Exists(Path.Combine(Directory, it.File))))
            {
                // Another task that had created the target has failed and removed it in between.
            }
        }
    }

    public void Dispose()
    {
        folder.Dispose();
        new AttemptFolder(Attempt.Of(task), Directory).Remove();
    }

    private void Publish(IReadOnlyList<Publication> publications, CancellationToken stop)
    {
        using var output = media.OpenOutput(task, create: true);
        var moved = new Stack<Publication>();
        try
        {
            RefuseUnusable(output.Last, [.. publications.Select(publication => publication.Name)]);
            stop.ThrowIfCancellationRequested();
            foreach (var publication in publications)
            {
                folder.Move(publication.File, output.Last, publication.Name);
                moved.Push(publication);
            }

            output.Last.Flush();
        }
        catch
        {
            TakeBack(output.Last, moved);
            output.RemoveCreated();
            throw;
        }
    }

    private void RefuseUnusable(Folder output, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            if (!MediaObject.IsSegment(name) || Encoding.UTF8.GetByteCount(name) > MaxNameLength)
            {
                throw new CaptureFailedException(
                    FailureCode.SystemError, $"The picture cannot be written: its name has {Encoding.UTF8.GetByteCount(name)} bytes, at most {MaxNameLength} are possible.");
            }

            if (MediaFolder.Is(task.Request.Input, task.Request.Output, name))
            {
                throw new CaptureFailedException(FailureCode.InvalidInputData, "A picture would overwrite the input file: choose another name or directory.");
            }

            if (name.StartsWith('.') || !Extensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase))
            {
                throw new CaptureFailedException(FailureCode.InvalidInputData, $"A picture or archive cannot have the name {name}: it has to end in .jpg, .jpeg or .tar.");
            }

            if (!IsReplaceable(output, name))
            {
                throw new CaptureFailedException(
                    FailureCode.InvalidInputData, $"There is already something named {name} that is neither a picture nor an archive: choose another name or directory.");
            }
        }
    }

    // A picture may replace a picture, whoever has made it; nothing else.
    private static bool IsReplaceable(Folder output, string name)
    {
        try
        {
            using var file = output.OpenFile(name);
            return file is null || IsPicture(file) || IsArchive(file);
        }
        catch (UnexpectedFileException)
        {
            return false;
        }
    }

    private static bool IsPicture(SafeFileHandle file)
    {
        var head = new byte[3];
        return RandomAccess.Read(file, head, 0) == head.Length && head is [0xFF, 0xD8, 0xFF];
    }

    private static bool IsArchive(SafeFileHandle file)
    {
        var mark = new byte[5];
        return RandomAccess.Read(file, mark, 257) == mark.Length && mark.AsSpan().SequenceEqual("ustar"u8);
    }

    // Moved back, not deleted: a worker that was frozen in the middle may find in their place the pictures of another one,
    // which has removed this directory before it published its own, so that the move fails and they stay.
    private void TakeBack(Folder output, Stack<Publication> moved)
    {
        try
        {
            foreach (var (file, name) in moved)
            {
                output.Move(name, folder, file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // They are not this attempt's any more, or cannot be moved: what made publishing fail is what to tell.
        }
    }
}
