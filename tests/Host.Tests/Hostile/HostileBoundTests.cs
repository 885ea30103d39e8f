using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

public sealed class HostileBoundTests(CaptureClips clips)
{
    private const string TooMuch = "The pictures take more than the 1000000 bytes that a task may write.";

    private static readonly WorkerOptions Little = new() { MaxOutput = 1_000_000 };

    private readonly HostileClips honest = new(clips);

    [Fact]
    public async Task Noise_at_every_point_is_stopped_at_the_bytes_that_a_task_may_write()
    {
        await using var studio = With(honest.Noisy, Little);

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(0.1)));

        Fails(result, TooMuch);
        IsAsBefore(studio);
    }

    [Fact]
    public async Task One_picture_larger_than_all_may_be_is_stopped_there_too()
    {
        await using var studio = With(honest.Noisy, Little);

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(1)) with { Size = new(3840, 2160) });

        Fails(result, TooMuch);
        IsAsBefore(studio);
    }

    [Fact]
    public async Task A_frame_that_is_shown_at_thousands_of_points_is_on_disk_once()
    {
        await using var studio = With(Lasting(), Little);

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(3.5)));

        result.Pictures.Should().HaveCountGreaterThan(2800);
        FilesIn(studio.Studio.PathOf("out")).Should().Be(2);
    }

    [Fact]
    public async Task An_archive_of_one_frame_at_thousands_of_points_is_refused_before_it_is_written()
    {
        await using var studio = With(Lasting(), Little);

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.Every(3.5)) with { Archive = true });

        Fails(result, TooMuch);
        IsAsBefore(studio);
    }

    [Fact]
    public async Task A_capture_is_stopped_while_it_gives_one_frame_many_names()
    {
        await using var studio = With(Lasting());
        using var stopping = new CancellationTokenSource();
        var media = new StoppingMedia(studio.Studio.Media, stopping, after: 1000);
        using var capture = new FfmpegCapture(media, Options.Create(new WorkerOptions()), NullLogger<FfmpegCapture>.Instance);
        var task = await studio.Studio.ClaimedAsync(CaptureStudio.Request(CaptureStudio.Every(3.5)));

        await capture.Invoking(it => it.CaptureAsync(new CaptureRun(task, _ => Task.CompletedTask), stopping.Token)).Should().ThrowAsync<OperationCanceledException>();

        media.Links.Should().Be(1000);
        IsAsBefore(studio);
    }

    [Fact]
    public void Packets_are_looked_at_only_so_far_because_little_files_can_have_any_number()
    {
        var look = new Look(40_000, whole: true);
        for (var packet = 0; packet < Look.MostPackets; packet++)
        {
            look.Add("1.000000,1.000000,0.040000,K_");
        }

        look.IsTooLong.Should().BeFalse();
        look.Add("9.000000,9.000000,0.040000,K_");

        look.IsTooLong.Should().BeTrue();
        look.End.Should().Be(1_040_000, "what comes then is not kept");
    }

    [Fact]
    public async Task A_video_of_more_tracks_than_are_read_is_told_so()
    {
        await using var studio = With(HostileMedia.All.Single(kind => kind.Kind == "10,000 tracks").Make(honest, new("", 0)));

        var result = await studio.TakeAsync(CaptureStudio.Request(CaptureStudio.At(0)));

        result.Failure.Should().Be(new Failure(FailureCode.InvalidFormat, "The input has more than 250 tracks."));
        IsAsBefore(studio);
    }

    [Fact]
    public void Hundreds_of_thousands_of_packets_without_a_time_are_spread_out_at_once()
    {
        const int count = 400_000;
        var look = new Look(40_000, whole: true);
        look.Add("1.000000,1.000000,0.040000,K_");
        for (var packet = 1; packet < count; packet++)
        {
            look.Add("N/A,N/A,N/A,__");
        }

        var began = Stopwatch.StartNew();
        look.Complete();

        began.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(10));
        look.Spread.Should().HaveCount(count);
        look.Spread![^1].Should().Be(1_000_000 + (40_000L * (count - 1)));
    }

    [Fact]
    public void What_a_video_says_is_not_taken_for_a_launcher_that_failed()
    {
        Complaints.IsOfLauncher("setpriv: failed to execute ffprobe: No such file or directory\n").Should().BeTrue();
        Complaints.IsOfLauncher("14181: 1: exec: /opt/ffprobe: not found\n").Should().BeTrue();
        Complaints.IsOfLauncher("[mov @ 0x1] The title is a\nsetpriv: failed to execute ffprobe\n").Should().BeFalse();
    }

    private static void Fails(CaptureResult result, string reason) => result.Failure.Should().Be(new Failure(FailureCode.SystemError, reason));

    private static void IsAsBefore(HostileStudio studio)
    {
        studio.IsQuiet();
        studio.Studio.Content().Should().Equal("canary.ts", "video.mp4");
    }

    // How many files there are, whatever the number of their names.
    private static int FilesIn(string folder)
    {
        CaptureClips.Shell($"ls -i {folder} | awk '{{ print $1 }}' | sort -u | wc -l > {folder}.count");
        return int.Parse(File.ReadAllText($"{folder}.count"), CultureInfo.InvariantCulture);
    }

    private byte[] Lasting() => MkvMaker.Clip(MkvMaker.Cluster(0, honest.Jpeg), MkvMaker.Cluster(9_999_000, honest.Jpeg));

    private HostileStudio With(byte[] video, WorkerOptions? options = null)
    {
        var studio = new HostileStudio(honest, options);
        File.WriteAllBytes(studio.Studio.PathOf("video.mp4"), video);
        return studio;
    }

    /// <summary>Stops a capture when it has given so many names.</summary>
    private sealed class StoppingMedia(IMedia media, CancellationTokenSource stopping, int after) : IMedia
    {
        public int Links { get; private set; }

        public ValueTask<MediaInput> FetchAsync(SnapshotTask task, CancellationToken stop) => media.FetchAsync(task, stop);

        public async ValueTask<IPictureFolder> OpenAsync(SnapshotTask task, CancellationToken stop) => new StoppingFolder(this, await media.OpenAsync(task, stop));

        public IEnumerable<AttemptFolder> FindAttempts() => media.FindAttempts();

        private void Count()
        {
            if (++Links == after)
            {
                stopping.Cancel();
            }
        }

        private sealed class StoppingFolder(StoppingMedia media, IPictureFolder folder) : IPictureFolder
        {
            public string Directory => folder.Directory;

            public void Link(string file, string second)
            {
                folder.Link(file, second);
                media.Count();
            }

            public Task PublishAsync(IReadOnlyList<Publication> publications, CancellationToken stop) => folder.PublishAsync(publications, stop);

            public void Dispose() => folder.Dispose();
        }
    }
}
