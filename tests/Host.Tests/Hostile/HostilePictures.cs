using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>Times that no clock shows, and pictures that are too large, too small or too many.</summary>
internal static class HostilePictures
{
    /// <summary>Each kind, and how it is made.</summary>
    public static IEnumerable<(string Kind, Func<HostileClips, HostileTargets, byte[]> Make)> All() => [.. Times(), .. Pictures()];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Times() =>
    [
        ("times near 2^63", (clips, _) => MkvMaker.Clip(MkvMaker.Cluster(1UL << 56, clips.Jpeg), MkvMaker.Cluster(long.MaxValue, clips.Jpeg), MkvMaker.Cluster(ulong.MaxValue, clips.Jpeg))),
        ("times that go up to 2^63", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 64).Select(power => MkvMaker.Cluster(1UL << power, clips.Jpeg)))),
        ("times from 2^63 down", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 64).Select(power => MkvMaker.Cluster(1UL << (63 - power), clips.Jpeg)))),
        ("times before 0", (clips, _) => MkvMaker.Clip(MkvMaker.Element(
            0x1F43B675, MkvMaker.Number(0xE7, 0), Join(Enumerable.Range(0, 20).Select(number => MkvMaker.Block(clips.Jpeg, -30_000 + (number * 1000))))))),
        ("times that go back", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 20).Select(number => MkvMaker.Cluster((ulong)(20 - number) * 100, clips.Jpeg)))),
        ("times that are all the same", (clips, _) => MkvMaker.Clip(Enumerable.Repeat(MkvMaker.Cluster(0, clips.Jpeg), 500))),
        ("gaps of a century", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 5).Select(number => MkvMaker.Cluster((ulong)number * 3_155_760_000_000, clips.Jpeg)))),
        ("gaps of thirty years", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 2).Select(number => MkvMaker.Cluster((ulong)number * 900_000_000_000, clips.Jpeg)))),
        ("a length of a million hours", (clips, _) => MkvMaker.File(Join(MkvMaker.Number(0x2AD7B1, 1_000_000), MkvMaker.Float(0x4489, 3.6e12)), [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(900, clips.Jpeg))),
        ("a length that is no number", (clips, _) => MkvMaker.File(Join(MkvMaker.Number(0x2AD7B1, 1_000_000), MkvMaker.Float(0x4489, double.NaN)), [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(900, clips.Jpeg))),
        ("a length below 0", (clips, _) => MkvMaker.File(Join(MkvMaker.Number(0x2AD7B1, 1_000_000), MkvMaker.Float(0x4489, -1e12)), [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(900, clips.Jpeg))),
        ("a clock that stands still", (clips, _) => MkvMaker.File(MkvMaker.Number(0x2AD7B1, 0), [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(900, clips.Jpeg))),
        ("a clock that ticks once in a century", (clips, _) => MkvMaker.File(MkvMaker.Number(0x2AD7B1, 1UL << 63), [], MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(9, clips.Jpeg))),
        ("a frame that lasts 9,999 s", (clips, _) => MkvMaker.Clip(MkvMaker.Cluster(0, clips.Jpeg), MkvMaker.Cluster(9_999_000, clips.Jpeg))),
        ("samples that last 136 years", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Timescale = 1, Duration = uint.MaxValue, TimeTable = Mp4Maker.Pairs("stts", (1, uint.MaxValue), (1, uint.MaxValue)) })),
        ("4,000,000,000 samples in a time table", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { TimeTable = Mp4Maker.Pairs("stts", (uint.MaxValue, 0), (uint.MaxValue, 1)) })),
        ("a movie clock that stands still", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Timescale = 0 })),
        ("a movie clock of 4 GHz", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Timescale = uint.MaxValue })),
        ("samples displayed 2^31 later and earlier", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { OffsetTable = Mp4Maker.Pairs("ctts", (1, 0x7FFFFFFF), (1, 0x80000000)) })),
    ];

    private static IEnumerable<(string, Func<HostileClips, HostileTargets, byte[]>)> Pictures() =>
    [
        ("frames without a size", (clips, _) => MkvMaker.File([], MkvMaker.Track(width: 0, height: 0), MkvMaker.Cluster(0, Noise(100), Noise(100)))),
        ("frames of one pixel", (clips, _) => MkvMaker.File([], MkvMaker.Track(width: 1, height: 1), MkvMaker.Cluster(0, clips.Sizes[4]), MkvMaker.Cluster(500, clips.Sizes[4]))),
        ("frames of 65,535 x 65,535 pixels", (clips, _) => MkvMaker.File(
            [], MkvMaker.Track(width: 65_535, height: 65_535), MkvMaker.Cluster(0, clips.Jpeg.Over(clips.Jpeg.AsSpan().IndexOf((byte[])[0xFF, 0xC0]) + 5, 0xFF, 0xFF, 0xFF, 0xFF)))),
        ("frames of 65,535 x 1 pixels", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Width = 65_535, Height = 1 })),
        ("a screen of GIF of 65,535 x 65,535 pixels", (clips, _) => clips.Gif.Over(6, 0xFF, 0xFF, 0xFF, 0xFF)),
        ("a GIF whose frames lie outside", (clips, _) => clips.Gif.OverAll("!", 9, 0xFF, 0xFF, 0xFF, 0xFF)),
        ("another size in every frame", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 60).Select(number => MkvMaker.Cluster((ulong)number * 50, clips.Sizes[number % clips.Sizes.Count])))),
        ("pixels 2^31 times as wide as high", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { Codec = "mp4v", BesideCodec = Mp4Maker.Box("pasp", U32(0x7FFFFFFF), U32(1)) })),
        ("pixels 2^31 times as high as wide", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { BesideCodec = Mp4Maker.Box("pasp", U32(1), U32(0x7FFFFFFF)) })),
        ("pixels a thousand times as wide as high", (clips, _) => Mp4Maker.File(new Mp4Track(clips.Jpeg) { BesideCodec = Mp4Maker.Box("pasp", U32(1000), U32(1)) })),
        ("twenty tracks that share one huge sample", (clips, _) => Mp4Maker.File([.. Enumerable.Repeat(new Mp4Track(clips.LargeJpeg) { Width = 6000, Height = 4000 }, 20)])),
        ("a hundred tracks that share one sample", (clips, _) => Mp4Maker.File([.. Enumerable.Repeat(new Mp4Track(clips.Jpeg), 100)])),
        ("frames that need the sixteen before", (clips, _) => clips.Referring),
        ("a PNG of little bytes and many pixels", (clips, _) => clips.LargePng),
        ("noise at every point", (clips, _) => clips.Noisy),
        ("frames that are noise", (_, _) => MkvMaker.Clip(Enumerable.Range(0, 20).Select(number => MkvMaker.Cluster((ulong)number * 100, Noise(5000, number))))),
        ("one good frame among noise", (clips, _) => MkvMaker.Clip(Enumerable.Range(0, 20).Select(number => MkvMaker.Cluster((ulong)number * 100, number == 10 ? clips.Jpeg : Noise(5000, number))))),
        ("a JPEG without an end", (clips, _) => MkvMaker.Clip(MkvMaker.Cluster(0, clips.Jpeg[..(clips.Jpeg.Length / 2)]), MkvMaker.Cluster(500, clips.Jpeg[..^2]))),
    ];
}
