namespace SnapshotTasks.Tests;

public sealed class CaptureFailureTests(CaptureClips clips) : IDisposable
{
    private const string TooLarge = "The video cannot be decoded: its frames have no size, or more than 100 million pixels.";
    private const string Playlist = "The input is a playlist or a script that names other files, not a video.";

    private static readonly string TooLong = new('n', 256);

    private readonly CaptureStudio studio = new();

    public static TheoryData<string, FailureCode, string> Inputs => new()
    {
        { "nothing", FailureCode.InputNotFound, "The input file does not exist." },
        { "a directory", FailureCode.InputUnreadable, "The input is not a regular file." },
        { "a FIFO", FailureCode.InputUnreadable, "The input is not a regular file." },
        { "an empty file", FailureCode.InputUnreadable, "The input file is empty." },
        { "a link to a file", FailureCode.InputUnreadable, "*symbolic link*" },
        { "a text", FailureCode.InvalidFormat, "The input is not a video in a known format." },
        { "noise", FailureCode.InvalidFormat, "The input is not a video in a known format." },
        { "a video without its index", FailureCode.InvalidFormat, "The video is unfinished or cut off: its index is missing." },
        { "an HLS playlist", FailureCode.InvalidFormat, Playlist },
        { "a concat script", FailureCode.InvalidFormat, Playlist },
        { "a picture", FailureCode.InvalidFormat, "The input is not a video in a known format." },
        { "sound", FailureCode.InvalidFormat, "The input has no video stream." },
        { "sound with a cover picture", FailureCode.InvalidFormat, "The input has no video stream." },
        { "a picture bomb", FailureCode.InvalidCodec, TooLarge },
        { "a huge picture", FailureCode.InvalidCodec, TooLarge },
        { "an unknown codec", FailureCode.InvalidCodec, "The video cannot be decoded: its codec is not known." },
    };

    public static TheoryData<string, FailureCode, string> Requests => new()
    {
        { "a point past the end", FailureCode.InvalidInputData, "The point 6 s is past the end of the video, which lasts 6 s." },
        { "a start past the end", FailureCode.InvalidInputData, "start_time 7 s is past the end of the video, which lasts 6 s." },
        { "two points in a millisecond", FailureCode.InvalidInputData, "Two points are in the same millisecond*" },
        { "a name too long", FailureCode.SystemError, "*its name has 260 bytes, at most 255 are possible." },
        { "a directory name too long", FailureCode.SystemError, "The pictures cannot be written." },
        { "the input itself", FailureCode.InvalidInputData, "A picture would overwrite the input file*" },
        { "a file for a directory", FailureCode.SystemError, "The output path does not lead to a directory." },
        { "a link for a directory", FailureCode.SystemError, "*symbolic link*" },
        { "a directory for a picture", FailureCode.InvalidInputData, "There is already something named 2.jpg that is neither a picture nor an archive*" },
    };

    public void Dispose() => studio.Dispose();

    [Theory, MemberData(nameof(Inputs))]
    public async Task An_input_that_is_no_video_fails_with_its_reason_and_leaves_nothing_behind(string input, FailureCode code, string reason)
    {
        Place(input, studio.PathOf("video.mp4"));
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(0)), code, reason);
    }

    [Theory, MemberData(nameof(Requests))]
    public async Task A_request_that_cannot_be_met_fails_with_its_reason_and_leaves_nothing_behind(string what, FailureCode code, string reason)
    {
        studio.With(clips.CountingMp4);
        Directory.CreateDirectory(studio.PathOf("taken/2.jpg"));
        studio.With(clips.CountingMp4, "taken/video.jpg");
        Directory.CreateSymbolicLink(studio.PathOf("link"), studio.Elsewhere);
        await FailsAsync(
            what switch
            {
                "a point past the end" => CaptureStudio.Request(CaptureStudio.At(0, 6)),
                "a start past the end" => CaptureStudio.Request(CaptureStudio.Every(1, start: 7)),
                "two points in a millisecond" => CaptureStudio.Request(CaptureStudio.At(1.2001, 1.2002)),
                "a name too long" => CaptureStudio.Request(CaptureStudio.At(1), name: TooLong),
                "a directory name too long" => CaptureStudio.Request(CaptureStudio.At(1), output: TooLong),
                "the input itself" => CaptureStudio.Request(CaptureStudio.At(1), "taken", "taken/video.jpg", "video.jpg"),
                "a file for a directory" => CaptureStudio.Request(CaptureStudio.At(1), output: "video.mp4/deeper"),
                "a link for a directory" => CaptureStudio.Request(CaptureStudio.At(1), output: "link/out"),
                _ => CaptureStudio.Request(CaptureStudio.At(1, 2), output: "taken"),
            },
            code,
            reason);
    }

    [Fact]
    public async Task An_input_behind_a_link_or_a_file_is_refused()
    {
        studio.With(clips.CountingMp4);
        File.Copy(clips.CountingMp4, Path.Combine(studio.Elsewhere, "video.mp4"));
        Directory.CreateSymbolicLink(studio.PathOf("link"), studio.Elsewhere);
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(0), input: "link/video.mp4"), FailureCode.InputUnreadable, "*symbolic link*");
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(0), input: "video.mp4/x"), FailureCode.InputNotFound, "*does not exist.");
    }

    [Theory, InlineData("../bucket/video.mp4"), InlineData("//etc/passwd"), InlineData("./video.mp4"), InlineData("a//video.mp4")]
    public async Task A_name_that_submission_would_refuse_is_refused_here_too(string path)
    {
        studio.With(clips.CountingMp4);
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(0), input: path), FailureCode.InputUnreadable, "*leads out of its place.");
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(0), output: path), FailureCode.SystemError, "*leads out of its place.");
    }

    [Fact]
    public async Task A_damaged_video_gives_the_pictures_it_has_and_no_others()
    {
        studio.With(clips.CutOff);
        const string Reason = "The video is damaged: it can be read up to 2.8 s, and ends before the 6 s that it says it lasts.";
        await FailsAsync(CaptureStudio.Request(CaptureStudio.At(1, 5)), FailureCode.InvalidInputData, Reason);
        await FailsAsync(CaptureStudio.Request(CaptureStudio.Every(1)), FailureCode.InvalidInputData, Reason);
        await FailsAsync(CaptureStudio.Request(CaptureStudio.Every(100)), FailureCode.InvalidInputData, Reason);
        (await studio.TakeAsync(CaptureStudio.At(0, 1))).Pictures.Should().Equal("0.jpg", "1.jpg");
    }

    private void Place(string what, string path)
    {
        switch (what)
        {
            case "nothing":
                break;
            case "a directory":
                Directory.CreateDirectory(path);
                break;
            case "a FIFO":
                CaptureClips.Shell($"mkfifo {path}");
                break;
            case "a link to a file":
                File.CreateSymbolicLink(path, clips.CountingMp4);
                break;
            case "an empty file":
                File.WriteAllText(path, "");
                break;
            case "a text":
                File.WriteAllText(path, string.Join('\n', Enumerable.Repeat("This is not a video.", 100)));
                break;
            case "noise":
                var noise = new byte[20_000];
                new Random(1).NextBytes(noise);
                File.WriteAllBytes(path, noise);
                break;
            case "a video without its index":
                var whole = File.ReadAllBytes(clips.Turned);
                File.WriteAllBytes(path, whole[..(whole.Length / 2)]);
                break;
            // The file they lead to is a FIFO: whoever opened it would wait for ever.
            case "an HLS playlist":
                CaptureClips.Shell($"mkfifo {studio.PathOf("secret.ts")}");
                File.WriteAllText(path, "#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\nsecret.ts\n#EXT-X-ENDLIST\n");
                break;
            case "a concat script":
                CaptureClips.Shell($"mkfifo {studio.PathOf("secret.ts")}");
                File.WriteAllText(path, "ffconcat version 1.0\nfile secret.ts\n");
                break;
            default:
                File.Copy(
                    what switch
                    {
                        "a picture" => clips.Still,
                        "sound" => clips.SoundOnly,
                        "sound with a cover picture" => clips.SoundWithCover,
                        "a picture bomb" => clips.Bomb,
                        "a huge picture" => clips.Huge,
                        _ => clips.UnknownCodec,
                    },
                    path);
                break;
        }
    }

    private async Task FailsAsync(SnapshotRequest request, FailureCode code, string reason)
    {
        var before = studio.Content().ToList();

        var failure = (await studio.TakeAsync(request)).Failure;

        failure.Should().NotBeNull();
        failure!.Reason.Should().Match(reason).And.NotContain(studio.Root);
        failure.Code.Should().Be(code);
        studio.Content().Should().Equal(before);
    }
}
