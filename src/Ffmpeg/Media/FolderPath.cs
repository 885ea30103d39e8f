namespace SnapshotTasks;

/// <summary>Directories one in the other, each opened in the one before.</summary>
internal sealed class FolderPath(Folder root) : IDisposable
{
    private readonly List<(Folder Folder, string Name, bool IsNew)> steps = [(root, "", false)];

    /// <summary>The innermost directory.</summary>
    public Folder Last => steps[^1].Folder;

    /// <summary>How many directories it has.</summary>
    public int Length => steps.Count;

    /// <summary>The outermost directory from which a file can be moved into the innermost one.</summary>
    public Folder OnSameMount => steps.First(step => step.Folder.Facts.Mount == Last.Facts.Mount).Folder;

    /// <summary>Goes into a directory of the last one; the answer is whether there is one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="create">Whether it is created when it does not exist.</param>
    public bool Enter(string name, bool create)
    {
        var isNew = false;
        var folder = Last.OpenFolder(name);
        while (folder is null && create)
        {
            // Another task that has created it may remove it again when it fails.
            isNew = Last.CreateFolder(name, Modes.Public);
            folder = Last.OpenFolder(name);
        }

        if (folder is null)
        {
            return false;
        }

        steps.Add((folder, name, isNew));
        if (isNew)
        {
            steps[^2].Folder.Flush();
        }

        return true;
    }

    /// <summary>Removes the directories that were created on the way, as far as they are empty.</summary>
    public void RemoveCreated()
    {
        for (var at = steps.Count - 1; at > 0 && steps[at].IsNew && steps[at - 1].Folder.RemoveFolder(steps[at].Name); at--)
        {
        }
    }

    public void Dispose() => steps.ForEach(step => step.Folder.Dispose());
}

/// <summary>Who may do what with directories that are created.</summary>
internal static class Modes
{
    /// <summary>What everybody's mask leaves.</summary>
    public const UnixFileMode Public = (UnixFileMode)0x1FF;

    /// <summary>Its owner alone.</summary>
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
}
