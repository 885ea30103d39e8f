using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks;

internal enum FileKind
{
    Missing,
    Regular,
    Directory,
    SymbolicLink,
    Other,
    Unreachable,
}

/// <summary>What the kernel says of a file.</summary>
/// <param name="Kind">What it is, a link not followed.</param>
/// <param name="Owner">The id of its owner.</param>
/// <param name="Permissions">What who may do with it, as <c>chmod</c> counts.</param>
/// <param name="Mount">Which mount it is on: between two of them nothing can be moved.</param>
internal readonly record struct FileFacts(FileKind Kind, uint Owner = 0, int Permissions = 0, ulong Mount = 0)
{
    private const int CurrentDirectory = -100, NoFollow = 0x100, OfHandle = 0x1000;
    private const uint Wanted = 0x100F;
    private const int NoEntry = 2, NotADirectory = 20, NameTooLong = 36;

    /// <summary>Asks of a path, by its name: opening a FIFO to find out would block until somebody writes to it.</summary>
    public static FileFacts Of(string path) => OperatingSystem.IsLinux() ? Asked(CurrentDirectory, path, NoFollow) : Portable(path);

    /// <summary>Asks of a name in an open directory.</summary>
    public static FileFacts Of(int directory, string name) => Asked(directory, name, NoFollow);

    /// <summary>Asks of what is open.</summary>
    public static FileFacts Of(SafeFileHandle handle) => Asked((int)handle.DangerousGetHandle(), "", OfHandle);

    private static FileFacts Asked(int directory, string path, int flags)
    {
        const int OwnerOffset = 20, ModeOffset = 28, MountOffset = 144;
        var answer = new byte[256];
        if (Statx(directory, path, flags, Wanted, answer) != 0)
        {
            return new(Marshal.GetLastPInvokeError() is NoEntry or NotADirectory or NameTooLong ? FileKind.Missing : FileKind.Unreachable);
        }

        var mode = BitConverter.ToUInt16(answer, ModeOffset);
        var kind = (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            _ => FileKind.Other,
        };
        return new(kind, BitConverter.ToUInt32(answer, OwnerOffset), mode & 0xFFF, BitConverter.ToUInt64(answer, MountOffset));
    }

    private static FileFacts Portable(string path)
    {
        var file = new FileInfo(path);
        return new(!file.Exists && !Directory.Exists(path) ? FileKind.Missing
            : file.Attributes.HasFlag(FileAttributes.ReparsePoint) ? FileKind.SymbolicLink
            : file.Attributes.HasFlag(FileAttributes.Directory) ? FileKind.Directory
            : file.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Other
            : FileKind.Regular);
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);
}
