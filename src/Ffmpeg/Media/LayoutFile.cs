using System.Text;

namespace SnapshotTasks;

/// <summary>The layout of a media root, kept in it as a file of one word: other settings must not lead a project to the videos of another.</summary>
internal static class LayoutFile
{
    /// <summary>Its name, which no bucket and no project can have.</summary>
    public const string Name = ".snapshots-layout";

    /// <summary>Reads the layout of a root; none when none was chosen yet.</summary>
    /// <exception cref="InvalidOperationException">The file has another word.</exception>
    public static BucketLayout? Read(string root)
    {
        var path = Path.Combine(root, Name);
        if (!File.Exists(path))
        {
            return null;
        }

        return File.ReadAllText(path).Trim() switch
        {
            nameof(BucketLayout.Shared) => BucketLayout.Shared,
            nameof(BucketLayout.PerProject) => BucketLayout.PerProject,
            _ => throw new InvalidOperationException($"The file {path} must have one word, {nameof(BucketLayout.Shared)} or {nameof(BucketLayout.PerProject)}."),
        };
    }

    /// <summary>Keeps the layout in the root, unless one is kept there already.</summary>
    /// <exception cref="InvalidOperationException">Another one is kept there.</exception>
    public static void Keep(string root, BucketLayout layout)
    {
        if (Read(root) is null)
        {
            Write(root, layout);
        }

        if (Read(root) is var kept && kept != layout)
        {
            throw new InvalidOperationException(
                $"The buckets of the media root {root} have the layout {kept}, as its file {Name} says, and not {layout}: "
                + "set the layout that they have, or move them and then delete the file.");
        }
    }

    // Under another name first: who reads it meanwhile finds a whole word or nothing, and of two that write it one wins.
    private static void Write(string root, BucketLayout layout)
    {
        var draft = Path.Combine(root, $"{Name}-{Guid.NewGuid():N}");
        try
        {
            using (var file = File.Create(draft))
            {
                file.Write(Encoding.ASCII.GetBytes($"{layout}\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(draft, Path.Combine(root, Name), overwrite: false);
            using var folder = Folder.Open(root);
            folder.Flush();
        }
        catch (IOException) when (File.Exists(Path.Combine(root, Name)))
        {
            // Another process was first.
        }
        finally
        {
            File.Delete(draft);
        }
    }
}
