namespace SnapshotTasks.Campaign;

/// <summary>The programs of ffmpeg that one worker finds, by links in a folder of its own; they can be taken from it.</summary>
internal sealed class Programs
{
    private static readonly string[] Names = ["ffmpeg", "ffprobe"];

    public Programs(string folder)
    {
        Folder = Directory.CreateDirectory(folder).FullName;
        Bring();
    }

    public string Folder { get; }

    public void Take()
    {
        foreach (var name in Names)
        {
            File.Delete(Path.Combine(Folder, name));
        }
    }

    public void Bring()
    {
        foreach (var name in Names)
        {
            File.CreateSymbolicLink(Path.Combine(Folder, name), Installed(name));
        }
    }

    private static string Installed(string name) =>
        Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, name)).First(File.Exists);
}
