using System.Formats.Tar;

namespace SnapshotTasks.Tests;

public sealed class CaptureLookTests(CaptureClips clips) : IDisposable
{
    // Of the counting clips, what has a brightness below these: their first 25 frames, and what is black in the blinking one.
    private static readonly BlackFrames Until25 = new(98, 16 + (3 * 25)), Blacks = new(98, 40);

    private readonly CaptureStudio studio = new();

    public static TheoryData<string, int, int, int, int, int> Sizes => new()
    {
        { "mp4", 0, 0, 0, 64, 48 },
        { "mp4", 320, 100, 0, 320, 100 },
        { "mp4", 320, 100, 960, 320, 100 },
        { "mp4", 0, 0, 240, 240, 180 },
        { "mp4", 320, 0, 240, 240, 180 },
        { "mp4", 321, 0, 0, 321, 241 }, // 240.75
        { "mp4", 0, 97, 0, 129, 97 }, // 129.33
        { "turned", 0, 0, 240, 180, 240 },
        { "turned", 320, 100, 0, 320, 100 },
        { "changing size", 0, 0, 300, 300, 225 },
    };

    public static TheoryData<string> Containers => ["mp4", "mkv", "ts", "mkv without length"];

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Sizes))]
    public async Task Pictures_have_the_size_asked_for_and_show_the_same_frames(string clip, int width, int height, int longer, int pictureWidth, int pictureHeight)
    {
        studio.With(Clip(clip));
        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(2, duration: 3)) with { Size = new(width, height, longer) });

        studio.FramesShown(result).Should().Equal(0, 20);
        result.Pictures.Select(SizeOf).Should().AllBeEquivalentTo((pictureWidth, pictureHeight));
    }

    [Fact]
    public async Task A_size_that_no_picture_can_have_fails_the_task()
    {
        studio.With(clips.Tower);
        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0)) with { Size = new(Width: 3840) });

        result.Failure.Should().Be(new Failure(
            FailureCode.InvalidInputData, "A video of 16 x 1600 pixels would give pictures of 3840 x 384000, which is too large."));
        studio.Content().Should().Equal("video.mp4");
    }

    [Theory, MemberData(nameof(Containers))]
    public async Task In_place_of_a_black_frame_the_next_one_that_is_not_black_is_taken_under_the_name_planned(string container)
    {
        studio.With(Clip(container));
        var every = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(2)) with { Black = Until25 });
        every.Pictures.Should().Equal("0.jpg", "2.jpg", "4.jpg", "6.jpg");
        studio.FramesShown(every).Should().Equal(25, 25, 40, 59);

        var points = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(1, 2, 3)) with { Black = Until25 });
        points.Pictures.Should().Equal("1.jpg", "2.jpg", "3.jpg");
        studio.FramesShown(points).Should().Equal(25, 25, 30);
    }

    [Fact]
    public async Task Every_black_stretch_of_a_video_is_skipped_to_its_own_end()
    {
        studio.With(clips.Blinking);
        studio.FramesShown(await TakeAsync(CaptureStudio.Every(1), Blacks)).Should().Equal(10, 10, 30, 30, 50, 50);
        studio.FramesShown(await TakeAsync(CaptureStudio.Every(1.5, start: 0.5, duration: 4), Blacks)).Should().Equal(10, 30, 35);
        studio.FramesShown(await TakeAsync(CaptureStudio.At(1.2, 2.95, 4.5), Blacks)).Should().Equal(12, 30, 50);
    }

    [Fact]
    public async Task When_nothing_but_black_follows_the_frame_is_taken_as_it_is()
    {
        studio.With(clips.Blinking);
        (await TakeAsync(CaptureStudio.Every(2), Blacks)).Pictures.Should().Equal("0.jpg", "2.jpg", "4.jpg", "6.jpg");
        studio.FramesShown(await TakeAsync(CaptureStudio.Every(2), Blacks)).Should().Equal(10, 30, 50, 0);
        studio.FramesShown(await TakeAsync(CaptureStudio.At(4.5, 5.6), Blacks)).Should().Equal(50, 0);
        studio.FramesShown(await TakeAsync(CaptureStudio.Every(2), new(0, 0))).Should().Equal([0, 0, 0, 0], "every frame has at least 0 % of black");
    }

    [Fact]
    public async Task A_frame_is_black_from_the_share_of_dark_pixels_on_that_is_given()
    {
        studio.With(clips.HalfBlack);
        var half = studio.FramesShown(await TakeAsync(CaptureStudio.At(1), new(51, 100))).Single();
        var bright = studio.FramesShown(await TakeAsync(CaptureStudio.At(1), new(50, 100))).Single();
        half.Should().BeInRange(35, 38);
        bright.Should().Be(73);
    }

    [Fact]
    public async Task Black_frames_are_skipped_in_pictures_of_another_size_and_of_a_video_that_changes_its_size()
    {
        studio.With(clips.ChangingSize);
        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(1, duration: 3)) with { Black = Until25, Size = new(200, 100) });

        studio.FramesShown(result).Should().Equal(25, 25, 25);
        result.Pictures.Select(SizeOf).Should().AllBeEquivalentTo((200, 100));
    }

    [Fact]
    public async Task An_archive_holds_the_pictures_and_is_all_there_is()
    {
        studio.With(clips.CountingMp4);
        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(2), name: "album") with { Archive = true });

        result.Pictures.Should().Equal("album.tar");
        studio.Content().Should().Equal("out", "out/album.tar", "video.mp4");
        CaptureClips.Shell($"tar -xf {studio.PathOf("out/album.tar")} -C {studio.Elsewhere}");
        string[] names = ["0.jpg", "2.jpg", "4.jpg", "6.jpg"];
        Directory.GetFiles(studio.Elsewhere).Select(Path.GetFileName).Should().BeEquivalentTo(names);
        CaptureClips.FramesShownBy(names.Select(name => Path.Combine(studio.Elsewhere, name))).Should().Equal(0, 20, 40, 59);
    }

    [Fact]
    public async Task An_archive_without_a_name_has_the_id_of_its_task_and_tells_nothing_of_this_machine()
    {
        studio.With(clips.CountingMp4);
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.At(1)) with { Archive = true });
        var result = await studio.TakeAsync(new CaptureRun(task, _ => Task.CompletedTask), CancellationToken.None);

        result.Pictures.Should().Equal($"{task.Id}.tar");
        await using var file = File.OpenRead(studio.PathOf($"out/{task.Id}.tar"));
        await using var tar = new TarReader(file);
        var picture = (PosixTarEntry)(await tar.GetNextEntryAsync(copyData: true))!;
        (picture.Name, picture.UserName, picture.GroupName, picture.Uid, picture.Gid).Should().Be(("1.jpg", "", "", 0, 0));
        picture.Mode.Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        (await tar.GetNextEntryAsync()).Should().BeNull();
    }

    [Fact]
    public async Task No_archive_is_visible_before_the_lease_was_renewed_for_it()
    {
        studio.With(clips.CountingMp4);
        string[] seen = ["nothing was asked"];
        var task = await studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(2), name: "album") with { Archive = true });
        var run = new CaptureRun(task, _ =>
        {
            seen = Directory.Exists(studio.PathOf("out")) ? Directory.GetFiles(studio.PathOf("out")) : [];
            return Task.FromException(new OperationCanceledException("The lease is lost."));
        });

        await FluentActions.Awaiting(() => studio.TakeAsync(run, CancellationToken.None)).Should().ThrowAsync<OperationCanceledException>();

        seen.Should().BeEmpty();
        studio.Content().Should().Equal("video.mp4");
    }

    [Fact]
    public async Task An_archive_does_not_overwrite_the_input()
    {
        studio.With(clips.CountingMp4, "video.tar");
        var request = CaptureStudio.Request(CaptureStudio.At(1), output: "x", input: "video.tar", name: "video") with { Archive = true };
        var result = await studio.TakeAsync(request with { Output = request.Output with { Path = "x" } });
        result.Pictures.Should().Equal("video.tar");

        Directory.CreateDirectory(studio.PathOf("in"));
        studio.With(clips.CountingMp4, "in/video.tar");
        var overwriting = CaptureStudio.Request(CaptureStudio.At(1), output: "in", input: "in/video.tar", name: "video") with { Archive = true };
        (await studio.TakeAsync(overwriting)).Failure!.Reason.Should().Contain("would overwrite the input file");
    }

    private Task<CaptureResult> TakeAsync(Sampling sampling, BlackFrames black) =>
        studio.TakeAsync(CaptureStudio.Request(sampling) with { Black = black });

    private (int Width, int Height)? SizeOf(string picture) => JpegFile.SizeOf(File.ReadAllBytes(studio.PathOf($"out/{picture}")));

    private string Clip(string name) => name switch
    {
        "mp4" => clips.CountingMp4,
        "mkv" => clips.CountingMkv,
        "ts" => clips.CountingTs,
        "turned" => clips.Turned,
        "changing size" => clips.ChangingSize,
        _ => clips.WithoutLength,
    };
}
