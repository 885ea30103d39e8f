namespace SnapshotTasks.Tests;

/// <summary>The picture of a time is the frame that is displayed then, in every kind of file.</summary>
public sealed class CaptureMomentTests(CaptureClips clips) : IDisposable
{
    private const string Quick = "-preset ultrafast";

    private readonly CaptureStudio studio = new();

    public static TheoryData<string, string[], double[], int[]> Kinds => new()
    {
        { "a clock that ticks once a frame.avi", [$"-f lavfi -i {CaptureClips.Bars("1", 16)} -c:v mjpeg OUT"], [0.5, 1.5, 12.6], [0, 1, 12] },
        { "a rate that is no whole number.avi", [$"-f lavfi -i {CaptureClips.Bars("24000/1001", 12)} -c:v mpeg4 -q:v 3 -g 48 OUT"], [1, 2, 5, 10, 11], [23, 47, 119, 239, 263] },
        { "long groups.ts", [$"-f lavfi -i {CaptureClips.Bars("15", 40)} -c:v libx264 -sc_threshold 0 OUT"], [5, 12, 14, 18, 38], [75, 180, 210, 270, 570] },
        { "a single group.ts", [$"-f lavfi -i {CaptureClips.Bars("5", 60)} -c:v libx264 {Quick} -g 9999 -sc_threshold 0 OUT"], [9, 35, 59], [45, 175, 295] },
        { "long groups.ogv", [$"-f lavfi -i {CaptureClips.Bars("10", 40)} -c:v libtheora -q:v 8 -g 250 OUT"], [3, 18, 21, 36], [30, 180, 210, 360] },
        { "no clock.h264", [$"-f lavfi -i {CaptureClips.Bars("25", 20)} -c:v libx264 -g 25 OUT"], [5, 11, 19.9], [125, 275, 497] },
        { "no clock.hevc", [$"-f lavfi -i {CaptureClips.Bars("25", 12)} -c:v libx265 {Quick} -x265-params log-level=0:keyint=25 OUT"], [5, 11], [125, 275] },
        {
            "a picture that comes late.mp4",
            [
                $"-f lavfi -i {CaptureClips.Bars("25", 8)} -c:v libx264 -g 25 PART.mp4",
                "-itsoffset 2 -i PART.mp4 -f lavfi -i sine=d=10 -map 0 -map 1 -c:v copy -c:a aac OUT",
            ],
            [0, 5, 8.5, 9.5], [0, 75, 162, 187]
        },
        {
            "sound before the picture.webm",
            [$"-f lavfi -i {CaptureClips.Bars("25", 6)} -itsoffset 0.0065 -f lavfi -i sine=d=6:r=48000 -c:v libvpx -b:v 500k -cpu-used 8 -g 25 -c:a libopus OUT"],
            [1, 2, 5], [25, 50, 125]
        },
        {
            "sound before the picture.ts",
            [
                $"-f lavfi -i {CaptureClips.Bars("25", 16)} -c:v libx264 -g 25 -bf 0 PART.ts",
                "-itsoffset 2 -i PART.ts -f lavfi -i sine=d=18 -map 0 -map 1 -c:v copy -c:a aac OUT",
            ],
            [1, 8, 11, 15], [25, 200, 275, 375]
        },
        {
            "sound before the picture.mpg",
            [
                $"-f lavfi -i {CaptureClips.Bars("25", 16)} -c:v mpeg2video -q:v 3 -g 12 -bf 0 PART.mpg",
                "-itsoffset 2 -i PART.mpg -f lavfi -i sine=d=18 -map 0 -map 1 -c:v copy -c:a mp2 OUT",
            ],
            [1, 8, 11, 15], [25, 200, 275, 375]
        },
        { "joined parts.ts", Joined("ts", "-c:v libx264 -g 25"), [5, 15, 25], [125, 1125, 2125] },
        { "joined parts.mpg", Joined("mpg", "-c:v mpeg2video -q:v 3 -g 12"), [5, 15, 25], [125, 1125, 2125] },
        { "a long gap.ts", [Standing("-c:v libx264 -bf 0 -g 25")], [5, 14, 16, 40, 70], [125, 149, 375, 750, 1500] },
        { "a long gap.mpg", [Standing("-c:v mpeg2video -q:v 3 -bf 0 -g 12")], [5, 14, 16, 40, 70], [125, 149, 375, 750, 1500] },
        { "a long gap.mkv", [Standing("-c:v libx264 -bf 0 -g 25")], [5, 14, 16, 40, 70], [125, 149, 375, 750, 1500] },
        {
            "open groups.mp4",
            [$"-f lavfi -i {CaptureClips.Bars("25", 8)} -c:v libx265 -x265-params log-level=0:keyint=60:min-keyint=60:bframes=6:b-adapt=0 OUT"],
            [2.28, 3.36, 4.68], [57, 84, 117]
        },
        { "a clock that wraps.ts", [$"-f lavfi -i {CaptureClips.Bars("25", 16)} -c:v libx264 {Quick} -g 25 -output_ts_offset 95433.7 -muxdelay 0 OUT"], [5, 9, 10, 11, 15], [125, 225, 250, 275, 375] },
        { "a slide each 12 s.ts", [$"-f lavfi -i {CaptureClips.Bars("1/12", 96)} -f lavfi -i sine=d=96 -c:v libx264 -g 1 -c:a aac OUT"], [0, 11, 13, 95], [0, 0, 1, 7] },
        { "a length that is not stated.mkv", [$"-f lavfi -i {CaptureClips.Bars("25", 10)} -c:v libx264 -g 50 PART.mkv", "cat PART.mkv | ffmpeg -v error -i pipe:0 -c copy -f matroska pipe:1 > OUT"], [9.8, 9.9], [245, 247] },
    };

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Kinds))]
    public async Task Points_together_and_each_by_itself_show_the_frame_displayed_then(string kind, string[] commands, double[] points, int[] frames)
    {
        studio.With(Clip(kind, commands));
        if (points.Select(Math.Floor).Distinct().Count() == points.Length)
        {
            (await NumbersAsync(CaptureStudio.At(points))).Should().Equal(frames);
        }

        (await NumbersAsync(CaptureStudio.At(points[^1]))).Should().Equal(frames[^1..]);
    }

    [Fact]
    public async Task An_unfinished_recording_has_as_many_pictures_as_it_lasts_and_not_as_its_header_says()
    {
        studio.With(Clip("unfinished.avi", [$"-f lavfi -i {CaptureClips.Bars("25", 10)} -c:v mpeg4 PART.avi", "cat PART.avi | ffmpeg -v error -i pipe:0 -c copy -f avi pipe:1 > OUT"]));

        (await NumbersAsync(CaptureStudio.Every(1))).Should().StartWith(Enumerable.Range(0, 10).Select(second => second * 25)).And.HaveCountLessThan(12);
    }

    [Fact]
    public async Task A_recording_that_was_cut_off_gives_what_there_is_and_says_where_it_ends()
    {
        var whole = await File.ReadAllBytesAsync(Clip("whole.flv", [$"-f lavfi -i {CaptureClips.Bars("25", 20)} -c:v flv -q:v 3 -g 25 OUT"]), TestContext.Current.CancellationToken);
        await File.WriteAllBytesAsync(studio.PathOf("video.mp4"), whole[..(whole.Length / 2)], TestContext.Current.CancellationToken);

        (await NumbersAsync(CaptureStudio.At(2))).Should().Equal(50);
        (await studio.TakeAsync(CaptureStudio.At(19))).Failure!.Reason.Should().Match("The video is damaged: it can be read up to * s, and ends before the 20 s that it says it lasts.");
        (await studio.TakeAsync(CaptureStudio.Every(2))).Failure!.Reason.Should().Contain("damaged");
    }

    [Fact]
    public async Task A_hole_in_a_file_shows_the_last_frame_before_it_and_no_frame_of_the_future()
    {
        var bytes = await File.ReadAllBytesAsync(Clip("hole.mkv", [$"-f lavfi -i {CaptureClips.Bars("25", 20)} -c:v libx264 -g 50 OUT"]), TestContext.Current.CancellationToken);
        bytes.AsSpan(bytes.Length * 45 / 100, bytes.Length / 10).Clear();
        await File.WriteAllBytesAsync(studio.PathOf("video.mp4"), bytes, TestContext.Current.CancellationToken);

        (await NumbersAsync(CaptureStudio.At(10))).Single().Should().BeLessThanOrEqualTo(250);
        (await NumbersAsync(CaptureStudio.At(18))).Should().Equal(450);
    }

    private static string[] Joined(string format, string encoder) =>
    [
        .. Enumerable.Range(0, 3).Select(part => $"-f lavfi -i {CaptureClips.Bars("25", 10, first: part * 1000)} {encoder} PART{part}.{format}"),
        $"cat PART0.{format} PART1.{format} PART2.{format} > OUT",
    ];

    // 25 frames a second for 6 s, then one every 15 s.
    private static string Standing(string encoder) =>
        $"-f lavfi -i {CaptureClips.Bars("25", 91)},select='lt(n\\,150)+not(mod(n\\,375))' -fps_mode vfr {encoder} OUT";

    private string Clip(string kind, string[] commands) => clips.Made(kind.Replace(' ', '-'), commands);

    private async Task<IReadOnlyList<int>> NumbersAsync(Sampling sampling)
    {
        var result = await studio.TakeAsync(sampling);
        result.Failure.Should().BeNull();
        return CaptureClips.NumbersShownBy(result.Pictures.Select(name => studio.PathOf($"out/{name}")));
    }
}
