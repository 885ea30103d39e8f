using System.IO.Compression;
using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>Makes Matroska files element by element.</summary>
internal static class MkvMaker
{
    private const long Segment = 0x18538067, Info = 0x1549A966, Tracks = 0x1654AE6B, ClusterId = 0x1F43B675;

    public static byte[] Element(long id, params IEnumerable<byte[]> parts) => Sized(parts.Sum(part => (long)part.Length), id, parts);

    /// <summary>An element that says that it has another size.</summary>
    public static byte[] Sized(long size, long id, params IEnumerable<byte[]> parts) => Join([Id(id), U64((ulong)size | (1UL << 56)), .. parts]);

    public static byte[] Number(long id, ulong number) => Element(id, U64(number));

    public static byte[] Named(long id, string text) => Element(id, Text(text));

    public static byte[] Float(long id, double number) => Element(id, U64(BitConverter.DoubleToUInt64Bits(number)));

    /// <summary>A file of one track of JPEGs.</summary>
    public static byte[] Clip(params IEnumerable<byte[]> clusters) => File([], [], clusters);

    public static byte[] File(byte[] info, byte[] tracks, params IEnumerable<byte[]> parts) => Join(
        Head,
        Element(Segment, [Element(Info, info.Length == 0 ? Number(0x2AD7B1, 1_000_000) : info), Element(Tracks, tracks.Length == 0 ? Track() : tracks), .. parts]));

    public static byte[] Head { get; } = Element(
        0x1A45DFA3, Number(0x4286, 1), Number(0x42F7, 1), Number(0x42F2, 4), Number(0x42F3, 8), Named(0x4282, "matroska"), Number(0x4287, 4), Number(0x4285, 2));

    public static byte[] Track(int number = 1, int width = 64, int height = 48, params byte[] more) => Element(
        0xAE, Number(0xD7, (ulong)number), Number(0x73C5, (ulong)number), Number(0x83, 1), Named(0x86, "V_MJPEG"),
        Element(0xE0, Number(0xB0, (ulong)width), Number(0xBA, (ulong)height)), more);

    /// <summary>Frames at a time, in milliseconds.</summary>
    public static byte[] Cluster(ulong time, params IEnumerable<byte[]> frames) => Element(ClusterId, [Number(0xE7, time), .. frames.Select(frame => Block(frame))]);

    public static byte[] Block(byte[] frame, int after = 0, int lacing = 0) => Element(0xA3, [0x81], U16(after), [(byte)(0x80 | lacing)], frame);

    /// <summary>A track whose frames are compressed.</summary>
    public static byte[] Zipped() => Track(more: Element(0x6D80, Element(0x6240, Element(0x5034, Number(0x4254, 0)))));

    public static byte[] Zip(byte[] bytes)
    {
        using var small = new MemoryStream();
        using (var zip = new ZLibStream(small, CompressionLevel.SmallestSize))
        {
            zip.Write(bytes);
        }

        return small.ToArray();
    }

    private static byte[] Id(long id) => [.. U32(id).SkipWhile(part => part == 0)];
}
