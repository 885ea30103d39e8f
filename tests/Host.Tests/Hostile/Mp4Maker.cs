using System.IO.Compression;
using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>A track of an MP4 file, honest where nothing else is said: a JPEG every second.</summary>
internal sealed record Mp4Track(byte[] Sample, int Count = 2)
{
    public int Width { get; init; } = 64;

    public int Height { get; init; } = 48;

    public string Codec { get; init; } = "jpeg";

    public long Timescale { get; init; } = 1000;

    public long Duration { get; init; } = 2000;

    public byte[]? TimeTable { get; init; }

    public byte[] OffsetTable { get; init; } = [];

    public byte[]? SizeTable { get; init; }

    public byte[]? ChunkTable { get; init; }

    public byte[]? PlaceTable { get; init; }

    public byte[] Edits { get; init; } = [];

    public byte[] BesideCodec { get; init; } = [];

    public byte[]? Source { get; init; }
}

/// <summary>Makes MP4 files box by box.</summary>
internal static class Mp4Maker
{
    /// <summary>Where the first sample is.</summary>
    public const int Data = 28;

    public static byte[] Box(string type, params IEnumerable<byte[]> parts) => Sized(8 + parts.Sum(part => (long)part.Length), type, parts);

    /// <summary>A box that says that it has another size.</summary>
    public static byte[] Sized(long size, string type, params IEnumerable<byte[]> parts) => Join([U32(size), Text(type), .. parts]);

    public static byte[] Full(string type, params IEnumerable<byte[]> parts) => Box(type, [U32(0), .. parts]);

    /// <summary>A file whose tracks share the samples.</summary>
    public static byte[] File(params Mp4Track[] tracks) => File([], tracks);

    public static byte[] File(byte[] more, params Mp4Track[] tracks) =>
        Join(Start(tracks[0].Sample), Box("moov", [Header, .. tracks.Select(Track), more]));

    /// <summary>What stands before the index.</summary>
    public static byte[] Start(byte[] samples) => Join(Box("ftyp", Text("qt  "), U32(0), Text("qt  ")), Box("mdat", samples));

    public static byte[] Header { get; } = Full("mvhd", Zeros(8), U32(1000), U32(2000), U32(0x10000), U16(0x100), Zeros(10), Matrix(), Zeros(24), U32(2));

    /// <summary>A movie header as QuickTime compresses it.</summary>
    public static byte[] Compressed(byte[] header, long? says = null)
    {
        using var small = new MemoryStream();
        using (var zip = new ZLibStream(small, CompressionLevel.SmallestSize))
        {
            zip.Write(header);
        }

        return Box("moov", Box("cmov", Box("dcom", Text("zlib")), Box("cmvd", U32(says ?? header.Length), small.ToArray())));
    }

    public static byte[] Track(Mp4Track track) => Box(
        "trak",
        Box("tkhd", U32(3), Zeros(8), U32(1), Zeros(4), U32(track.Duration), Zeros(16), Matrix(), U32((long)track.Width << 16), U32((long)track.Height << 16)),
        track.Edits.Length == 0 ? [] : Box("edts", track.Edits),
        Box(
            "mdia",
            Full("mdhd", Zeros(8), U32(track.Timescale), U32(track.Duration), Zeros(4)),
            Full("hdlr", Zeros(4), Text("vide"), Zeros(13)),
            Box("minf", Box("vmhd", U32(1), Zeros(8)), Box("dinf", track.Source ?? Source(Box("url ", U32(1)))), Table(track))));

    /// <summary>Where a track says that its samples are.</summary>
    public static byte[] Source(byte[] entry) => Full("dref", U32(1), entry);

    /// <summary>A table whose entries are pairs of numbers.</summary>
    public static byte[] Pairs(string type, params (long First, long Second)[] pairs) =>
        Full(type, [U32(pairs.Length), .. pairs.Select(pair => Join(U32(pair.First), U32(pair.Second)))]);

    private static byte[] Table(Mp4Track track) => Box(
        "stbl",
        Full("stsd", U32(1), Box(
            track.Codec,
            Zeros(6), U16(1), Zeros(16), U16(track.Width), U16(track.Height), U32(0x480000), U32(0x480000), U32(0), U16(1), Zeros(32), U16(24), U16(0xFFFF),
            track.BesideCodec)),
        track.TimeTable ?? Pairs("stts", (track.Count, 1000)),
        track.OffsetTable,
        track.ChunkTable ?? Full("stsc", U32(1), U32(1), U32(1), U32(1)),
        track.SizeTable ?? Full("stsz", U32(track.Sample.Length), U32(track.Count)),
        // Each chunk is the same sample.
        track.PlaceTable ?? Full("stco", U32(track.Count), U32(Data).Times(track.Count)));

    private static byte[] Matrix() => Join(U32(0x10000), Zeros(12), U32(0x10000), Zeros(12), U32(0x40000000));
}
