namespace SnapshotTasks;

/// <summary>What the numbers say by which Linux refuses to read or write.</summary>
internal static class StorageErrors
{
    private const int NoSpace = 28, QuotaExceeded = 122;

    // A device or a network file system that is away or broken (EIO, ENXIO, ENODEV, EROFS, ENOTCONN, ETIMEDOUT, EHOSTDOWN, EHOSTUNREACH, ESTALE), or is full.
    private static readonly int[] Passing = [5, 6, 19, NoSpace, 30, 107, 110, 112, 113, 116, QuotaExceeded];

    /// <summary>Whether it is for want of space.</summary>
    public static bool IsOutOfSpace(Exception error) => error.HResult is NoSpace or QuotaExceeded;

    /// <summary>Whether the same may succeed after a while.</summary>
    public static bool MayPass(Exception error) => Passing.Contains(error.HResult);
}
