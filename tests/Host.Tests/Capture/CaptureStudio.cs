using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

/// <summary>A media root with one bucket, and a capture that works on it.</summary>
public sealed class CaptureStudio : IDisposable
{
    public const string BucketName = "bucket";

    private readonly FfmpegCapture capture;
    private long tasks;

    public CaptureStudio(WorkerOptions? options = null)
    {
        capture = new(Media, Options.Create(options ?? new WorkerOptions()), NullLogger<FfmpegCapture>.Instance);
        Directory.CreateDirectory(Bucket);
    }

    internal MediaFolder Media => new(Options.Create(new FfmpegOptions { MediaRoot = Root }));

    public string Root { get; } = Directory.CreateTempSubdirectory("snapshot-studio-").FullName;

    /// <summary>A folder that is no bucket's.</summary>
    public string Elsewhere { get; } = Directory.CreateTempSubdirectory("snapshot-elsewhere-").FullName;

    public string Bucket => Path.Combine(Root, BucketName);

    public static Sampling Every(double seconds, double start = 0, double duration = 0) =>
        Sampling.Every(TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(duration));

    public static Sampling At(params double[] seconds) => Sampling.At([.. seconds.Select(TimeSpan.FromSeconds)]);

    public static SnapshotRequest Request(Sampling sampling, string output = "out", string input = "video.mp4", string? name = null) =>
        new(new(BucketName, "here", input), new(BucketName, "here", output), sampling) { OutputFileName = name };

    public CaptureStudio With(string clip, string name = "video.mp4")
    {
        File.Copy(clip, PathOf(name));
        return this;
    }

    public string PathOf(string name) => Path.Combine(Bucket, name);

    /// <summary>The paths of everything in the bucket, and behind links in it.</summary>
    public IEnumerable<string> Content() =>
        Directory.EnumerateFileSystemEntries(Bucket, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Select(path => Path.GetRelativePath(Bucket, path)).Order(StringComparer.Ordinal);

    /// <summary>A task as a worker has claimed it.</summary>
    public async Task<SnapshotTask> ClaimedAsync(SnapshotRequest request)
    {
        var store = new InMemoryTaskStore(TimeProvider.System);
        for (var skipped = Interlocked.Increment(ref tasks); skipped > 0; skipped--)
        {
            await store.AddAsync(new NewTask(new ProjectId("project"), request));
        }

        return (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1), 1000)))[^1].Task;
    }

    public Task<CaptureResult> TakeAsync(Sampling sampling, string output = "out", string input = "video.mp4", string? name = null) =>
        TakeAsync(Request(sampling, output, input, name));

    public async Task<CaptureResult> TakeAsync(SnapshotRequest request) =>
        await TakeAsync(new CaptureRun(await ClaimedAsync(request), _ => Task.CompletedTask), TestContext.Current.CancellationToken);

    public Task<CaptureResult> TakeAsync(CaptureRun run, CancellationToken stop) => capture.CaptureAsync(run, stop);

    public void GiveUp(SnapshotTask task) => capture.GivenUp(task);

    /// <summary>The frames of the counting clip that a result's pictures show.</summary>
    public int[] FramesShown(CaptureResult result, string output = "out")
    {
        result.Failure.Should().BeNull();
        return CaptureClips.FramesShownBy(result.Pictures.Select(name => Path.Combine(Bucket, output, name)));
    }

    public void Dispose()
    {
        capture.Dispose();
        Directory.Delete(Root, recursive: true);
        Directory.Delete(Elsewhere, recursive: true);
    }
}
