using System.Runtime.InteropServices;
using System.Text;

namespace SnapshotTasks.Storage;

/// <summary>Files that are open, and whether their names still lead to them: what is written to one that was deleted or replaced is gone once it is closed.</summary>
internal sealed class OpenedFiles
{
    private readonly OpenedFile[] files;

    /// <summary>Remembers what stands at these paths.</summary>
    public OpenedFiles(params IEnumerable<string> paths) => files = [.. paths.Select(OpenedFile.At)];

    private OpenedFiles(OpenedFile[] files) => this.files = files;

    /// <summary>Remembers more of them.</summary>
    public OpenedFiles With(params IEnumerable<string> paths) => new([.. files, .. paths.Where(path => !Array.Exists(files, file => file.Path == path)).Select(OpenedFile.At)]);

    /// <summary>Whether each name still leads to its file.</summary>
    public bool AreThere => Array.TrueForAll(files, file => file.IsThere);

    /// <summary>One look for each file, of one or two microseconds.</summary>
    /// <exception cref="StoreUnavailableException">A name leads nowhere, or to another file.</exception>
    public void Require()
    {
        if (Array.Find(files, file => !file.IsThere) is { } gone)
        {
            throw new StoreUnavailableException($"{gone.Path} is no longer the file that was opened: put that one back, or restart what uses it.");
        }
    }

    /// <summary>Deletes a file, unless its name leads to another one by now.</summary>
    public void Delete(string path)
    {
        if (Array.Find(files, file => file.Path == path) is { IsThere: true })
        {
            File.Delete(path);
        }
    }

    private sealed record OpenedFile(string Path, byte[] Name, Identity? Opened)
    {
        public bool IsThere => Opened is not null && IdentityOf(Path, Name) == Opened;

        public static OpenedFile At(string path)
        {
            var name = Encoding.UTF8.GetBytes(path + '\0');
            return new(path, name, IdentityOf(path, name));
        }

        private static Identity? IdentityOf(string path, byte[] name)
        {
            if (!OperatingSystem.IsLinux())
            {
                // Two that were not created in the same instant differ.
                return File.Exists(path) ? new(0, (ulong)File.GetCreationTimeUtc(path).Ticks) : null;
            }

            const int CurrentDirectory = -100, NumberOffset = 32, DeviceOffset = 136;
            const uint Number = 0x100;
            var answer = new byte[256];
            return Statx(CurrentDirectory, name, 0, Number, answer) == 0
                ? new(BitConverter.ToUInt64(answer, DeviceOffset), BitConverter.ToUInt64(answer, NumberOffset))
                : null;
        }

        [DllImport("libc", EntryPoint = "statx")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static extern int Statx(int directory, byte[] path, int flags, uint mask, [Out] byte[] answer);
    }

    /// <summary>What makes a file itself, whatever it is called.</summary>
    private readonly record struct Identity(ulong Device, ulong Number);
}
