using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks.Tests;

/// <summary>What nobody refers to is left out by the decoder where only pictures are wanted that others refer to.</summary>
public sealed class CaptureReferenceTests(CaptureClips clips) : IDisposable
{
    // In the first of its groups, before the end of which it is as regular.
    private const int Frames = 48;
    private const long Distance = 40_000;

    private readonly CaptureStudio studio = new();

    private string Clip => clips.Made(
        "references.mp4", $"-f lavfi -i {CaptureClips.Bars("25", 20)} -c:v libx264 -g 50 -keyint_min 50 -sc_threshold 0 -bf 3 -x264-params b-pyramid=none:b-adapt=0 OUT");

    public void Dispose() => studio.Dispose();

    // Without a pyramid, others refer to three of four pictures never: I B B B P B B B P ...
    [Fact]
    public async Task It_is_told_of_each_picture_whether_others_refer_to_it()
    {
        await UseAsync((video, look, _) =>
        {
            var told = Enumerable.Range(0, Frames).Where(frame => References.Told(video, look, At(frame)).Referenced is not null).ToList();
            told.Should().Equal(Enumerable.Range(0, Frames).Where(frame => frame % 4 == 0));
            References.Told(video, look, Take.At(null, [0, 4 * Distance])).Referenced.Should().Equal(0, 4 * Distance);
            References.Told(video, look, Take.At(null, [0, 5 * Distance])).Referenced.Should().BeNull("one of them is left out otherwise");
            References.Told(video, look, new Take(null, [0], null)).Referenced.Should().BeNull("the last picture of all may be any");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task The_pictures_are_the_same_byte_by_byte()
    {
        await UseAsync(async (_, _, runs) =>
        {
            List<Take> all = [At(8), At(28), At(44)];
            var full = await BytesAsync(runs, all);
            var fewer = await BytesAsync(runs, [.. all.Select(take => take with { Referenced = take.Wanted })]);

            fewer.Should().BeEquivalentTo(full, options => options.WithStrictOrdering());
        });
    }

    [Fact]
    public async Task What_is_taken_for_referenced_wrongly_does_not_come_and_every_time_shows_its_own_picture()
    {
        await UseAsync(async (_, _, runs) =>
        {
            var shown = (await runs.TakeAsync([At(42) with { Referenced = [42 * Distance] }], new(1), TestContext.Current.CancellationToken))[0];
            shown!.StampOf(0).Should().Be(40 * Distance, "the decoder has left it out, and the stamps say so");
        });

        studio.With(Clip);
        var result = await studio.TakeAsync(CaptureStudio.At(0.34, 4.82, 9.3, 13.78));
        result.Failure.Should().BeNull();
        CaptureClips.NumbersShownBy(result.Pictures.Select(name => studio.PathOf($"out/{name}"))).Should().Equal(8, 120, 232, 344);
    }

    [Fact]
    public async Task A_look_that_would_read_more_than_half_of_the_video_is_given_up()
    {
        using var input = new MediaInput(File.OpenHandle(Clip), Clip);
        using var programs = new FfmpegPrograms(new WorkerOptions().MaxOutput, NullLogger.Instance);
        var stop = TestContext.Current.CancellationToken;
        var video = await programs.DescribeAsync(new TaskId(1), input, stop);

        (await programs.LookTowardsAsync(new TaskId(1), video, [.. Enumerable.Range(0, 20).Select(second => second * Clock.Second)], stop)).Should().BeNull();
    }

    private static Take At(int frame) => Take.At(null, [frame * Distance]);

    private async Task<IReadOnlyList<byte[]>> BytesAsync(TakeRuns runs, IReadOnlyList<Take> takes)
    {
        var shown = await runs.TakeAsync(takes, new(1), TestContext.Current.CancellationToken);
        return [.. shown.Select(one => File.ReadAllBytes(Path.Combine(studio.Elsewhere, one!.At(0).File)))];
    }

    private async Task UseAsync(Func<Video, Look, TakeRuns, Task> use)
    {
        using var input = new MediaInput(File.OpenHandle(Clip), Clip);
        using var programs = new FfmpegPrograms(new WorkerOptions().MaxOutput, NullLogger.Instance);
        var stop = TestContext.Current.CancellationToken;
        var video = await programs.DescribeAsync(new TaskId(1), input, stop);

        var look = await programs.LookTowardsAsync(new TaskId(1), video, [(Frames - 1) * Distance], stop);
        await use(video, look!, new TakeRuns(programs, new TaskId(1), video, new PictureLook(160, 128, null), studio.Elsewhere, 1));
    }
}
