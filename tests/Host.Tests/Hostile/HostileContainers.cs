using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>Containers that lie: of sizes, places, counts and parts of themselves.</summary>
internal static class HostileContainers
{
    private const long Most = uint.MaxValue;

    /// <summary>Each kind, and how it is made.</summary>
    public static IEnumerable<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> All() =>
        [.. Mp4(), .. Mkv(), .. Others(), .. Streams()];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Mp4() =>
    [
        ("an MP4 cut in the middle", (clips, _) => clips.Streamable[..(clips.Streamable.Length / 2)]),
        ("an MP4 cut in its index", (clips, _) => clips.Streamable[..600]),
        ("an MP4 with noise behind it", (clips, _) => Join(clips.Mp4, Noise(100_000))),
        ("an MP4 behind noise", (clips, _) => Join(Noise(5000), clips.Mp4)),
        ("an MP4 behind an MP4", (clips, _) => Join(clips.Mp4, clips.Streamable)),
        ("an MP4 without an end", (clips, _) => clips.Mp4.OverAll("moov", -4, U32(0))),
        ("boxes of size 1", (clips, _) => clips.Mp4.OverAll("trak", -4, U32(1))),
        ("boxes of size 7", (clips, _) => clips.Mp4.OverAll("stbl", -4, U32(7))),
        ("boxes of 4 GB", (clips, _) => clips.Mp4.OverAll("stsd", -4, U32(Most))),
        ("a box of 2^63 bytes", (clips, _) => Join(Mp4Maker.Box("ftyp", Text("qt  "), U32(0)), Mp4Maker.Sized(1, "moov", U64(1UL << 63), Mp4Maker.Header))),
        ("boxes in boxes", (_, _) => Nested(5000)),
        ("an empty index", (_, _) => Join(Mp4Maker.Start([]), Mp4Maker.Box("moov"))),
        ("10,000 tracks", (clips, _) => Mp4Maker.File(Mp4Maker.Box("trak", Mp4Maker.Box("mdia")).Times(10_000), new Mp4Track(clips.Jpeg))),
        ("a compressed index that is a bomb", (_, _) => Join(Mp4Maker.Start([]), Mp4Maker.Compressed(Join(Mp4Maker.Box("moov", Zeros(64_000_000)))))),
        ("a compressed index of 10,000 tracks", (_, _) => Join(Mp4Maker.Start([]), Mp4Maker.Compressed(Mp4Maker.Box("moov", Mp4Maker.Header, Mp4Maker.Box("trak", Mp4Maker.Box("mdia")).Times(10_000))))),
        ("a compressed index that lies of its size", (_, _) => Join(Mp4Maker.Start([]), Mp4Maker.Compressed(Mp4Maker.Header, Most))),
        ("4,000,000,000 samples in a table", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { SizeTable = Mp4Maker.Full("stsz", U32(0), U32(Most)) })),
        ("500,000 samples of one byte", (clips, _) => Mp4Maker.File(Packed(clips.Jpeg, 1, 250, 2000))),
        ("a sample of 4 GB", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { SizeTable = Mp4Maker.Full("stsz", U32(0), U32(2), U32(Most), U32(0x7FFFFFFF)) })),
        ("samples beyond the end", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { PlaceTable = Mp4Maker.Full("stco", U32(2), U32(Most), U32(Most - 1)) })),
        ("samples at 2^63", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { PlaceTable = Mp4Maker.Full("co64", U32(2), U64(1UL << 63), U64(ulong.MaxValue)) })),
        ("chunks that lie", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { ChunkTable = Mp4Maker.Full("stsc", U32(2), U32(1), U32(Most), U32(1), U32(1), U32(0), U32(9)) })),
        ("100,000 edits", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Edits = Mp4Maker.Full("elst", U32(100_000), Join(U32(1), U32(0), U32(0x10000)).Times(100_000)) })),
        ("an edit at 2^63", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Edits = Mp4Maker.Box("elst", U32(0x1000000), U32(1), U64(ulong.MaxValue), U64(long.MaxValue), U32(0x10000)) })),
        ("fragments that begin anew", (clips, _) => Join(clips.Fragmented, clips.Fragmented, clips.Fragmented)),
        ("fragments that lie", (clips, _) => clips.Fragmented.OverAll("trun", 8, U32(0x00FFFFFF))),
        ("an index of segments that leads in a circle", (clips, _) => Join(Mp4Maker.Box("ftyp", Text("iso6"), U32(0)), Mp4Maker.Full(
            "sidx", U32(1), U32(1000), U32(0), U32(0), U16(0), U16(100), Join(U32(0x80000000), U32(Most), U32(0)).Times(100)), clips.Fragmented)),
        ("an encrypted video", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg)
        {
            Codec = "encv",
            BesideCodec = Mp4Maker.Box("sinf", Mp4Maker.Box("frma", Text("jpeg")), Mp4Maker.Full("schm", Text("cenc"), U32(0x10000)), Mp4Maker.Box("schi", Mp4Maker.Full("tenc", U32(0x108), Noise(16)))),
        })),
        ("megabytes of notes", (clips, _) => Mp4Maker.File(Mp4Maker.Box("udta", Mp4Maker.Box("name", Noise(3_000_000)), Mp4Maker.Box("meta", Noise(1_000_000))), new Mp4Track(clips.Jpeg))),
    ];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Mkv() =>
    [
        ("a Matroska file cut in the middle", (clips, _) => clips.Mkv[..(clips.Mkv.Length / 2)]),
        ("elements of unknown size in each other", (clips, _) => Join(MkvMaker.Head, Join(U32(0x18538067), [0xFF], U32(0x1F43B675), [0xFF]).Times(5000))),
        ("an element of 2^56 bytes", (clips, _) => Join(MkvMaker.Head, MkvMaker.Sized((1L << 56) - 2, 0x18538067, MkvMaker.Sized((1L << 55) - 1, 0x1654AE6B, MkvMaker.Track())))),
        ("5,000 tracks of Matroska", (clips, _) => MkvMaker.File([], Join(Enumerable.Range(1, 5000).Select(number => MkvMaker.Track(number))), MkvMaker.Cluster(0, clips.Jpeg))),
        ("notes in notes", (clips, _) => MkvMaker.File([], [], MkvMaker.Element(0x1254C367, MkvMaker.Element(0x7373, Notes(500))), MkvMaker.Cluster(0, clips.Jpeg))),
        ("megabytes of attachments", (clips, _) => MkvMaker.File([], [], MkvMaker.Element(0x1941A469, MkvMaker.Element(
            0x61A7, MkvMaker.Named(0x466E, "/dev/zero"), MkvMaker.Named(0x4660, "image/jpeg"), MkvMaker.Number(0x46AE, 1), MkvMaker.Element(0x465C, Noise(20_000))).Times(200)), MkvMaker.Cluster(0, clips.Jpeg))),
        ("20,000 chapters", (clips, _) => MkvMaker.File([], [], MkvMaker.Element(0x1043A770, MkvMaker.Element(
            0x45B9, MkvMaker.Element(0xB6, MkvMaker.Number(0x73C4, 1), MkvMaker.Number(0x91, ulong.MaxValue), MkvMaker.Number(0x92, 0)).Times(20_000))), MkvMaker.Cluster(0, clips.Jpeg))),
        ("frames that are bombs", (_, _) => MkvMaker.File([], MkvMaker.Zipped(), MkvMaker.Cluster(0, MkvMaker.Zip(Zeros(64_000_000)), MkvMaker.Zip(Zeros(64_000_000))))),
        ("400,000 frames of one byte in laces", (clips, _) => MkvMaker.Clip(MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Element(
            0x1F43B675, MkvMaker.Number(0xE7, 0), MkvMaker.Block([0xFF, .. Zeros(256)], lacing: 4).Times(1600)))),
        ("a lace that lies", (clips, _) => MkvMaker.Clip(MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Element(
            0x1F43B675, MkvMaker.Number(0xE7, 0), MkvMaker.Block([0xFF, .. Enumerable.Repeat((byte)0xFF, 2000)], lacing: 2).Times(50)))),
        ("places that lead to themselves", (clips, _) => MkvMaker.File([], [], MkvMaker.Element(0x114D9B74, MkvMaker.Element(
            0x4DBB, MkvMaker.Element(0x53AB, U32(0x114D9B74)), MkvMaker.Number(0x53AC, 0)).Times(1000)), MkvMaker.Cluster(0, clips.Jpeg))),
        ("an index that leads to itself", (clips, _) => MkvMaker.File([], [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(1000, clips.Jpeg), MkvMaker.Element(0x1C53BB6B, MkvMaker.Element(
            0xBB, MkvMaker.Number(0xB3, 500), MkvMaker.Element(0xB7, MkvMaker.Number(0xF7, 1), MkvMaker.Number(0xF1, 0))).Times(1000)))),
    ];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Others() =>
    [
        ("an AVI whose index lies", (clips, _) => clips.Avi.OverAll("idx1", 16, Noise(400))),
        ("an AVI whose list has 4 GB", (clips, _) => clips.Avi.OverAll("movi", -4, U32(Most))),
        ("an AVI whose frames have 4 GB", (clips, _) => clips.Avi.OverAll("00dc", 4, U32(Most))),
        ("an AVI without a rate", (clips, _) => clips.Avi.OverAll("strh", 28, Zeros(8))),
        ("an AVI of 4,000,000,000 frames a second", (clips, _) => clips.Avi.OverAll("strh", 28, 1, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xFF)),
        ("an AVI upside down", (clips, _) => clips.Avi.OverAll("strf", 16, 0, 0, 0, 0x80)),
        ("an FLV whose sizes lie", (clips, _) => clips.Flv.Over(14, 0xFF, 0xFF, 0xFF)),
        ("an FLV whose notes are in each other", (_, _) => Join(Text("FLV"), [1, 1, 0, 0, 0, 9, 0, 0, 0, 0, 18, 0x10, 0, 0], Zeros(7), [2, 0, 10], Text("onMetaData"), Join([3, 0, 1], Text("a")).Times(200_000))),
        ("an Ogg whose pages lie", (clips, _) => clips.Ogg.OverAll("OggS", 26, 0xFF, 0xFF, 0xFF)),
        ("an Ogg whose times are at 2^63", (clips, _) => clips.Ogg.OverAll("OggS", 6, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
        ("a NUT whose sizes lie", (clips, _) => clips.Nut.Over(40, Enumerable.Repeat((byte)0xFF, 12).ToArray())),
        ("an ASF whose objects have 2^63 bytes", (clips, _) => clips.Asf.Over(16, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F)),
        ("an ASF of little packets", (clips, _) => clips.Asf.Over([0xA1, 0xDC, 0xAB, 0x8C, 0x47, 0xA9], 92, 1, 0, 0, 0, 1, 0, 0, 0)),
        ("an IVF whose frames have 2^31 bytes", (clips, _) => clips.Ivf.Over(32, 0, 0, 0, 0x80)),
        ("an IVF whose header lies", (clips, _) => clips.Ivf.Over(6, 0xFF, 0xFF)),
        ("an MXF cut in the middle", (clips, _) => clips.Mxf[..(clips.Mxf.Length / 2)]),
        ("an MXF whose parts have 2^63 bytes", (clips, _) => clips.Mxf.Over(16, 0x88, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF)),
        ("noise behind a mark of each container", (_, _) => Join(Text("OggS"), Noise(2000), Text("RIFF"), Noise(2000), Text(".RMF"), Noise(5000), Text("nut/multimedia container\0"), Noise(5000))),
        ("a device's name", (_, _) => Text("/dev/video0\n/dev/zero\n")),
        ("one byte", (_, _) => [0x47]),
    ];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Streams() =>
    [
        ("a stream of 4,000 programs", (clips, _) => Join(HostileStreams.Programs(4000), clips.Ts)),
        ("a stream whose program is its list", (clips, _) => Join(HostileStreams.Programs(1, table: 0).Times(200), clips.Ts)),
        ("a stream of empty packets", (_, _) => Join([0x47, 0x1F, 0xFF, 0x10], Enumerable.Repeat((byte)0xFF, 184).ToArray()).Times(10_000)),
        ("a stream whose clock is noise", (clips, _) => HostileStreams.WithClocks(clips.Ts, Noise(6))),
        ("a stream in the wrong order", (clips, _) => Join(clips.Ts.Chunk(188).Reverse())),
        ("a stream joined a hundred times", (clips, _) => clips.Ts.Times(100)),
        ("a program stream joined fifty times", (clips, _) => clips.Ps.Times(50)),
        ("a program stream of lengths that lie", (clips, _) => clips.Ps.OverAll("\u0000\u0000\u0001", 4, 0xFF, 0xFF)),
        ("200,000 tiny units of H.264", (clips, _) => Join(clips.H264, Join([0, 0, 1, 9, 0x10], [0, 0, 1, 6, 5, 1, 0, 0x80]).Times(100_000))),
        ("4 MB of tiny units of H.264", (clips, _) => Join(clips.H264, Join([0, 0, 1, 12, 0x80]).Times(800_000))),
        ("units of H.264 without pictures", (_, _) => Join([0, 0, 0, 1, 0x67, 0x42, 0, 0x0A, 0xF8, 0x41, 0xA2], Join([0, 0, 0, 1, 0x68, 0xCE, 0x38, 0x80]).Times(20_000))),
    ];

    // Samples in chunks that are all the same, of a video that says it lasts longer than they do.
    private static Mp4Track Packed(byte[] samples, int size, int inChunk, int chunks) => new(samples, inChunk * chunks)
    {
        Timescale = 1_000_000,
        Duration = 2_000_000_000,
        TimeTable = Mp4Maker.Pairs("stts", ((long)inChunk * chunks, 1)),
        SizeTable = Mp4Maker.Full("stsz", U32(size), U32((long)inChunk * chunks)),
        ChunkTable = Mp4Maker.Full("stsc", U32(1), U32(1), U32(inChunk), U32(1)),
        PlaceTable = Mp4Maker.Full("stco", U32(chunks), U32(Mp4Maker.Data).Times(chunks)),
    };

    private static byte[] Nested(int depth)
    {
        var boxes = new byte[8 * depth];
        for (var level = 0; level < depth; level++)
        {
            Join(U32(8 * (depth - level)), Text(level == 0 ? "moov" : "udta")).CopyTo(boxes, 8 * level);
        }

        return Join(Mp4Maker.Start([]), boxes);
    }

    private static byte[] Notes(int depth)
    {
        byte[] note = [];
        for (var level = 0; level < depth; level++)
        {
            note = MkvMaker.Element(0x67C8, MkvMaker.Named(0x45A3, "A"), MkvMaker.Named(0x4487, "b"), note);
        }

        return note;
    }
}
