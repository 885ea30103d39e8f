using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SnapshotTasks;

/// <summary>A path that cannot be followed: a part of it is of another kind than it has to be.</summary>
internal sealed class UnexpectedFileException(FileKind kind, bool isLast) : IOException($"There is no such file or directory, but: {kind}.")
{
    public FileKind Kind => kind;

    /// <summary>Whether it is what was to be read, and not a directory on the way.</summary>
    public bool IsLast => isLast;
}

/// <summary>
/// A directory that was opened once: what is done in it is done there, whatever its path leads to by then, and no symbolic link is
/// followed. Elsewhere than on Linux it is its path, and who can exchange directories meanwhile can mislead it.
/// </summary>
internal sealed class Folder : IDisposable
{
    private const int ReadOnly = 0, NonBlocking = 0x800, NoTerminal = 0x100, CloseInChildren = 0x80000, CurrentDirectory = -100;
    private const int RemoveDirectory = 0x200;
    private const int NoEntry = 2, NoDevice = 6, AccessDenied = 13, Exists = 17, NotADirectory = 20, TooManyInProcess = 24, TooManyInSystem = 23, NameTooLong = 36, Loop = 40;

    // On 64-bit ARM Linux counts these two the other way round.
    private static readonly int DirectoryOnly = IsArm ? 0x4000 : 0x10000, NoFollow = IsArm ? 0x8000 : 0x20000;

    private readonly SafeFileHandle? handle;

    private Folder(string path, SafeFileHandle? handle) => (Path, this.handle) = (path, handle);

    /// <summary>Where it was when it was opened.</summary>
    public string Path { get; }

    /// <summary>What the kernel says of it.</summary>
    public FileFacts Facts => handle is null ? FileFacts.Of(Path) : FileFacts.Of(handle);

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>Whether nobody else can do anything in it.</summary>
    public bool IsPrivate => handle is null || (Facts is var facts && facts.Owner == UserId() && (facts.Permissions & 0x3F) == 0);

    private int Descriptor => (int)handle!.DangerousGetHandle();

    /// <summary>Opens a directory whose path is trusted: links in it are followed.</summary>
    public static Folder Open(string path) =>
        new(path, OperatingSystem.IsLinux() ? OpenAt(CurrentDirectory, path, DirectoryOnly) ?? throw new DirectoryNotFoundException() : null);

    /// <summary>Opens a directory in it; none when there is nothing of the name.</summary>
    /// <exception cref="UnexpectedFileException">It is no directory.</exception>
    public Folder? OpenFolder(string name)
    {
        var path = System.IO.Path.Combine(Path, name);
        if (handle is not null)
        {
            return OpenAt(Descriptor, name, DirectoryOnly | NoFollow) is { } opened ? new(path, opened) : null;
        }

        return FileFacts.Of(path).Kind switch
        {
            FileKind.Missing => null,
            FileKind.Directory => new(path, null),
            var kind => throw new UnexpectedFileException(kind, isLast: false),
        };
    }

    /// <summary>Creates a directory in it, unless there is one; the answer is whether it did.</summary>
    public bool CreateFolder(string name, UnixFileMode mode)
    {
        if (handle is null)
        {
            var path = System.IO.Path.Combine(Path, name);
            var isNew = !Directory.Exists(path);
            Directory.CreateDirectory(path);
            return isNew;
        }

        return MakeDirectoryAt(Descriptor, name, (uint)mode) == 0 || (Marshal.GetLastPInvokeError() is var error && error == Exists ? false : throw Failed(error));
    }

    /// <summary>Opens a regular file in it to be read; none when there is nothing of the name.</summary>
    /// <exception cref="UnexpectedFileException">It is no regular file.</exception>
    public SafeFileHandle? OpenFile(string name)
    {
        if (handle is null)
        {
            var path = System.IO.Path.Combine(Path, name);
            return FileFacts.Of(path).Kind switch
            {
                FileKind.Missing => null,
                FileKind.Regular => File.OpenHandle(path),
                var kind => throw new UnexpectedFileException(kind, isLast: true),
            };
        }

        // Not blocking, because a FIFO would wait for somebody to write to it.
        var opened = OpenAt(Descriptor, name, NonBlocking | NoTerminal | NoFollow);
        if (opened is not null && FileFacts.Of(opened).Kind is var found and not FileKind.Regular)
        {
            opened.Dispose();
            throw new UnexpectedFileException(found, isLast: true);
        }

        return opened;
    }

    /// <summary>Moves a file of it into a directory on the same mount, over one that may be there.</summary>
    public void Move(string name, Folder to, string newName)
    {
        if (handle is null)
        {
            File.Move(System.IO.Path.Combine(Path, name), System.IO.Path.Combine(to.Path, newName), overwrite: true);
        }
        else if (RenameAt(Descriptor, name, to.Descriptor, newName) != 0)
        {
            throw Failed(Marshal.GetLastPInvokeError());
        }
    }

    /// <summary>Gives a file of it a second name in it, which costs no space where the file system can do that.</summary>
    public void Link(string name, string second)
    {
        if (handle is null || LinkAt(Descriptor, name, Descriptor, second, 0) != 0)
        {
            File.Copy(System.IO.Path.Combine(Path, name), System.IO.Path.Combine(Path, second));
        }
    }

    /// <summary>Removes an empty directory in it; the answer is whether it did.</summary>
    public bool RemoveFolder(string name)
    {
        if (handle is not null)
        {
            return UnlinkAt(Descriptor, name, RemoveDirectory) == 0;
        }

        try
        {
            Directory.Delete(System.IO.Path.Combine(Path, name), recursive: false);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Makes names created in it, or moved into it, survive a power loss.</summary>
    public void Flush()
    {
        if (handle is not null)
        {
            RandomAccess.FlushToDisk(handle);
        }
    }

    public void Dispose() => handle?.Dispose();

    private static SafeFileHandle? OpenAt(int directory, string path, int flags)
    {
        var descriptor = OpenAt(directory, path, ReadOnly | CloseInChildren | flags, 0);
        var error = Marshal.GetLastPInvokeError();
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
            : error is NoEntry or NameTooLong ? null
            : error is Loop or NotADirectory or NoDevice ? throw new UnexpectedFileException(
                error is Loop ? FileKind.SymbolicLink : FileFacts.Of(directory, path).Kind, isLast: (flags & DirectoryOnly) == 0)
            : throw Failed(error);
    }

    private static Exception Failed(int error) => error switch
    {
        TooManyInProcess or TooManyInSystem => new MachineFailedException("No more files can be opened."),
        AccessDenied => new UnauthorizedAccessException(),
        NoEntry => new FileNotFoundException(),
        _ => new IOException(Marshal.GetPInvokeErrorMessage(error), error),
    };

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint UserId();

    [DllImport("libc", EntryPoint = "openat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int OpenAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mode);

    [DllImport("libc", EntryPoint = "mkdirat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int MakeDirectoryAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    [DllImport("libc", EntryPoint = "renameat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int RenameAt(
        int from, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int to, [MarshalAs(UnmanagedType.LPUTF8Str)] string newName);

    [DllImport("libc", EntryPoint = "linkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int LinkAt(
        int from, [MarshalAs(UnmanagedType.LPUTF8Str)] string name, int to, [MarshalAs(UnmanagedType.LPUTF8Str)] string newName, int flags);

    [DllImport("libc", EntryPoint = "unlinkat", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int UnlinkAt(int directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);
}
