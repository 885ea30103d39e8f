namespace SnapshotTasks.Tests;

public sealed class CapturePicturesTests(CaptureClips clips) : IDisposable
{
    private readonly CaptureStudio studio = new();

    public static TheoryData<string> Containers => ["mp4", "mkv", "ts", "mkv without length"];

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Containers))]
    public async Task Pictures_at_an_interval_show_the_frames_displayed_then_and_the_last_one(string container)
    {
        var result = await studio.With(Counting(container)).TakeAsync(CaptureStudio.Every(2));

        result.Pictures.Should().Equal("0.jpg", "2.jpg", "4.jpg", "6.jpg");
        studio.FramesShown(result).Should().Equal(0, 20, 40, 59);
    }

    [Theory, MemberData(nameof(Containers))]
    public async Task An_interval_begins_at_its_start_and_takes_the_last_frame_only_when_it_reaches_the_end(string container)
    {
        studio.With(Counting(container));
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.Every(2, start: 1, duration: 3))).Should().Equal(10, 30);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.Every(2, start: 3))).Should().Equal(30, 50);
    }

    [Theory, MemberData(nameof(Containers))]
    public async Task Pictures_at_points_show_the_frames_displayed_then(string container)
    {
        var result = await studio.With(Counting(container)).TakeAsync(CaptureStudio.At(5, 0, 3));

        result.Pictures.Should().Equal("0.jpg", "3.jpg", "5.jpg");
        studio.FramesShown(result).Should().Equal(0, 30, 50);
    }

    [Fact]
    public async Task A_time_between_two_frames_shows_the_earlier_one()
    {
        studio.With(clips.CountingMp4);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.At(1.99, 2.01))).Should().Equal(19, 20);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.Every(1.5, start: 0.25, duration: 4))).Should().Equal(2, 17, 32);
    }

    [Fact]
    public async Task A_point_after_the_last_frame_shows_the_last_frame() =>
        studio.FramesShown(await studio.With(clips.CountingMp4).TakeAsync(CaptureStudio.At(5.99))).Should().Equal(59);

    [Fact]
    public async Task A_slide_is_displayed_until_the_next_one()
    {
        studio.With(clips.Slides);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.Every(1))).Should().Equal(0, 0, 0, 25, 25, 50);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.At(2, 4))).Should().Equal(0, 25);
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.Every(1, start: 1, duration: 3))).Should().Equal(0, 0, 25);
    }

    [Fact]
    public async Task A_video_that_changes_its_size_gives_pictures_of_one_size_at_the_right_times()
    {
        var result = await studio.With(clips.ChangingSize).TakeAsync(CaptureStudio.Every(1));

        studio.FramesShown(result).Take(5).Should().Equal(0, 10, 20, 30, 40);
        result.Pictures.Select(SizeOf).Should().AllBeEquivalentTo((64, 48));
    }

    [Fact]
    public async Task A_turned_video_gives_turned_pictures_of_the_original_size()
    {
        var result = await studio.With(clips.Turned).TakeAsync(CaptureStudio.At(1));

        SizeOf(result.Pictures.Single()).Should().Be((48, 64));
    }

    [Fact]
    public async Task Pictures_are_named_by_their_second_and_the_file_name_asked_for()
    {
        studio.With(clips.CountingMp4);
        (await studio.TakeAsync(CaptureStudio.At(1), name: "cover")).Pictures.Should().Equal("cover.jpg");
        (await studio.TakeAsync(CaptureStudio.At(1), name: "cover.jpeg")).Pictures.Should().Equal("cover.jpeg");
        (await studio.TakeAsync(CaptureStudio.At(1, 2), name: "part")).Pictures.Should().Equal("part_1.jpg", "part_2.jpg");
        studio.Content().Should().Equal("out", "out/cover.jpeg", "out/cover.jpg", "out/part_1.jpg", "out/part_2.jpg", "video.mp4");
    }

    [Fact]
    public async Task Names_that_mean_something_to_ffmpeg_or_a_shell_are_names()
    {
        studio.With(clips.CountingMp4, "-i %d $(x) 'é.mp4");
        var result = await studio.TakeAsync(CaptureStudio.At(1, 2), "100%05d/-y;*/", "-i %d $(x) 'é.mp4", "-f %03d");

        result.Pictures.Should().Equal("-f %03d_1.jpg", "-f %03d_2.jpg");
        studio.FramesShown(result, "100%05d/-y;*").Should().Equal(10, 20);
    }

    [Fact]
    public async Task A_picture_replaces_the_one_of_the_same_name()
    {
        studio.With(clips.CountingMp4);
        await studio.TakeAsync(CaptureStudio.At(1), name: "cover");
        studio.FramesShown(await studio.TakeAsync(CaptureStudio.At(3), name: "cover")).Should().Equal(30);
    }

    [Fact]
    public async Task An_attempt_removes_what_earlier_ones_of_its_task_have_left_and_nothing_else()
    {
        studio.With(clips.CountingMp4);
        var task = (Rows.Of(await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.At(1)))) with { Attempt = 3 }).Restore();
        string[] others = [$"project-{task.Id}-4", $"project-{task.Id}0-1", $"project-{task.Id}-x", $"pro-{task.Id}-1"];
        var work = new DirectoryInfo(Path.Combine(studio.Root, ".snapshots"));
        CaptureClips.Shell($"mkdir -m 700 {work.FullName}");
        foreach (var name in others.Append($"project-{task.Id}-2").Append($"project-{task.Id}-3"))
        {
            await File.WriteAllTextAsync(Path.Combine(work.CreateSubdirectory(name).FullName, "00000.jpg"), "left", TestContext.Current.CancellationToken);
        }

        var result = await studio.TakeAsync(new CaptureRun(task, _ => Task.CompletedTask), TestContext.Current.CancellationToken);

        studio.FramesShown(result).Should().Equal(10);
        work.GetDirectories().Select(directory => directory.Name).Should().BeEquivalentTo(others);
    }

    [Fact]
    public async Task No_picture_is_visible_before_the_lease_was_renewed_for_it()
    {
        studio.With(clips.CountingMp4);
        string[] seen = [];
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(2)));
        var run = new CaptureRun(task, _ =>
        {
            seen = Directory.Exists(studio.PathOf("out")) ? Directory.GetFiles(studio.PathOf("out")) : [];
            return Task.FromException(new OperationCanceledException("The lease is lost."));
        });

        await FluentActions.Awaiting(() => studio.TakeAsync(run, TestContext.Current.CancellationToken)).Should().ThrowAsync<OperationCanceledException>();

        seen.Should().BeEmpty();
        studio.Content().Should().Equal("video.mp4");
    }

    private (int Width, int Height)? SizeOf(string picture) => JpegFile.SizeOf(File.ReadAllBytes(studio.PathOf($"out/{picture}")));

    private string Counting(string container) => container switch
    {
        "mp4" => clips.CountingMp4,
        "mkv" => clips.CountingMkv,
        "ts" => clips.CountingTs,
        _ => clips.WithoutLength,
    };
}
