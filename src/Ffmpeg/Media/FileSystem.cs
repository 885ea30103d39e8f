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

/// <summary>What .NET does not say about files: what kind one is without opening it, and that a directory is on disk.</summary>
internal static class FileSystem
{
    private const int CurrentDirectory = -100, NoFollow = 0x100, TypeWanted = 1, CloseInChildren = 0x80000;
    private const int NoEntry = 2, NotADirectory = 20, NameTooLong = 36;

    /// <summary>The kind of a path's last component, links not followed.</summary>
    public static FileKind KindOf(string path) => OperatingSystem.IsLinux() ? LinuxKindOf(path) : PortableKindOf(path);

    /// <summary>Makes names created in a directory, or moved into it, survive a power loss.</summary>
    public static void FlushDirectory(string path)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        // .NET opens no directories, but flushes one that is open.
        using var directory = new SafeFileHandle(Open(path, CloseInChildren), ownsHandle: true);
        if (directory.IsInvalid)
        {
            throw new IOException("A directory cannot be opened to be flushed.", Marshal.GetLastPInvokeError());
        }

        RandomAccess.FlushToDisk(directory);
    }

    // Opening a FIFO to find out would block until somebody writes to it, so the kind is asked for by name.
    private static FileKind LinuxKindOf(string path)
    {
        const int ModeOffset = 28;
        var answer = new byte[256];
        if (Statx(CurrentDirectory, path, NoFollow, TypeWanted, answer) != 0)
        {
            return Marshal.GetLastPInvokeError() is NoEntry or NotADirectory or NameTooLong ? FileKind.Missing : FileKind.Unreachable;
        }

        return (BitConverter.ToUInt16(answer, ModeOffset) & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Directory,
            0xA000 => FileKind.SymbolicLink,
            _ => FileKind.Other,
        };
    }

    private static FileKind PortableKindOf(string path)
    {
        var file = new FileInfo(path);
        return !file.Exists && !Directory.Exists(path) ? FileKind.Missing
            : file.Attributes.HasFlag(FileAttributes.ReparsePoint) ? FileKind.SymbolicLink
            : file.Attributes.HasFlag(FileAttributes.Directory) ? FileKind.Directory
            : file.Attributes.HasFlag(FileAttributes.Device) ? FileKind.Other
            : FileKind.Regular;
    }

    [DllImport("libc", EntryPoint = "statx", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Statx(
        int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, [Out] byte[] answer);

    [DllImport("libc", EntryPoint = "open", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
