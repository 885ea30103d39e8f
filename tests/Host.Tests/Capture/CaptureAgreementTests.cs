using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks.Tests;

/// <summary>However a video is read, a time shows the same frame: points of one task, points of their own, and reading through.</summary>
public sealed class CaptureAgreementTests(CaptureClips clips) : IDisposable
{
    private readonly CaptureStudio studio = new();

    // Containers, groups, rates and offsets, each with several of the others.
    public static TheoryData<string, string, string, double> Videos => new()
    {
        { "mp4", "-c:v libx264 -g 12 -bf 2", "25", 0 },
        { "mp4", "-c:v libx264 -g 250 -bf 3", "24000/1001", 3.7 },
        { "mov", "-c:v libx264 -g 50 -x264-params open-gop=1:bframes=5", "10", 0 },
        { "mp4", "-c:v libx264 -x264-params intra-refresh=1:keyint=25 -bf 0", "25", 0 },
        { "mkv", "-c:v libx264 -g 50 -bf 3", "30000/1001", 3.7 },
        { "mkv", "-c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=40", "25", 0 },
        { "webm", "-c:v libvpx -b:v 500k -cpu-used 8 -g 30", "15", 0 },
        { "avi", "-c:v mpeg4 -q:v 3 -g 12", "25", 0 },
        { "avi", "-c:v mjpeg -q:v 3", "12.5", 0 },
        { "ts", "-c:v libx264 -g 12 -bf 2", "25", 3.7 },
        { "ts", "-c:v libx264 -g 250 -bf 2", "25", 0 },
        { "ts", "-c:v libx265 -preset ultrafast -x265-params log-level=0:keyint=25", "25", 0 },
        { "ts", "-c:v mpeg2video -q:v 3 -g 12 -bf 2", "25", 0 },
        { "mpg", "-c:v mpeg2video -q:v 3 -g 12 -bf 2", "25", 0 },
        { "flv", "-c:v flv -q:v 3 -g 25", "25", 0 },
        { "ogv", "-c:v libtheora -q:v 8 -g 64", "10", 0 },
        { "mxf", "-c:v mpeg2video -q:v 3 -g 12 -bf 2", "25", 0 },
        { "nut", "-c:v libx264 -g 50 -bf 2", "25", 0 },
    };

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Videos))]
    public async Task Seeking_and_reading_through_take_the_same_frames(string container, string encoder, string rate, double offset)
    {
        var stop = TestContext.Current.CancellationToken;
        var name = $"agreement-{string.Concat($"{encoder}-{rate}-{offset}".Where(char.IsLetterOrDigit))}.{container}";
        var clip = clips.Made(name, FormattableString.Invariant($"-f lavfi -i {CaptureClips.Bars(rate, 12)} {encoder} -output_ts_offset {offset} OUT"));
        studio.With(clip);
        var random = new Random(name.Length);
        double[] points = [.. Enumerable.Range(0, 8).Select(second => second + (random.Next(1000) / 1000d))];

        var through = await ThroughAsync(clip, points, stop);

        (await NumbersAsync(CaptureStudio.At(points))).Should().Equal(through);
        foreach (var index in new[] { 1, 4, 7 })
        {
            (await NumbersAsync(CaptureStudio.At(points[index]))).Should().Equal(through[index]);
        }

        (await NumbersAsync(CaptureStudio.Every(3, start: 1, duration: 9))).Should().Equal(await ThroughAsync(clip, [1, 4, 7], stop));
    }

    // The plainest way: all frames are decoded, and those wanted are taken.
    private async Task<IReadOnlyList<int>> ThroughAsync(string clip, double[] points, CancellationToken stop)
    {
        using var programs = new FfmpegPrograms(new WorkerOptions().MaxOutput, NullLogger.Instance);
        var task = new TaskId(1);
        using var input = new MediaInput(File.OpenHandle(clip), clip);
        var video = await programs.DescribeAsync(task, input, stop);
        var folder = Directory.CreateDirectory(Path.Combine(studio.Elsewhere, Guid.NewGuid().ToString("N"))).FullName;
        var runs = new TakeRuns(programs, task, video, new PictureLook(160, 128, null), folder, 1);
        var origin = video.Container.StartsWithPicture ? 0 : video.Origin;
        var take = new Take(null, [.. points.Select(point => Math.Max(origin == 0 ? 0 : video.First, origin + (long)Math.Round(point * Clock.Second)))], null);
        var reading = new Reading(1) { Time = video.Container.StartsWithPicture ? TimeKind.SinceFirst : TimeKind.OfFile };
        var shown = (await runs.TakeAsync([take], reading, stop))[0]!;
        return CaptureClips.NumbersShownBy(points.Select((_, index) => Path.Combine(folder, shown.At(index).File)));
    }

    private async Task<IReadOnlyList<int>> NumbersAsync(Sampling sampling)
    {
        var result = await studio.TakeAsync(sampling);
        result.Failure.Should().BeNull();
        return CaptureClips.NumbersShownBy(result.Pictures.Select(name => studio.PathOf($"out/{name}")));
    }
}
