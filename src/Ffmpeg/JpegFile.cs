using System.Buffers.Binary;

namespace SnapshotTasks;

/// <summary>Checks that a picture is whole.</summary>
internal static class JpegFile
{
    /// <summary>The longest side that ffmpeg writes.</summary>
    public const int MaxSide = 65_500;

    /// <summary>Reads the size of a JPEG from its frame header; none when it is not one, or has no end.</summary>
    public static (int Width, int Height)? SizeOf(ReadOnlySpan<byte> jpeg)
    {
        if (jpeg is not [0xFF, 0xD8, 0xFF, .., 0xFF, 0xD9])
        {
            return null;
        }

        // Marker segments: FF, kind, and a length that counts itself.
        for (var at = 2; at + 9 < jpeg.Length && jpeg[at] == 0xFF; at += 2 + BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 2)..]))
        {
            // C0 to CF are frame headers, except these three.
            if (jpeg[at + 1] is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC))
            {
                return (BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 7)..]), BinaryPrimitives.ReadUInt16BigEndian(jpeg[(at + 5)..]));
            }
        }

        return null;
    }

    /// <summary>Makes sure that a picture is whole, of this size and on disk.</summary>
    public static void Keep(string path, int width, int height)
    {
        if (SizeOf(File.ReadAllBytes(path)) != (width, height))
        {
            throw new CaptureFailedException(FailureCode.SystemError, "ffmpeg has written a picture that is not whole.");
        }

        using var file = File.OpenHandle(path, access: FileAccess.ReadWrite);
        RandomAccess.FlushToDisk(file);
    }
}
