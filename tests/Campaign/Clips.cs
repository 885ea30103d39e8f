using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>The videos of a campaign, so small that hundreds of tasks take a minute.</summary>
internal static class Clips
{
    public const string Short = "short.mp4", Long = "long.mp4";

    private const string Passing = "comes-and-goes";

    /// <summary>How many pictures the long one has at one for each second: enough to be killed in while they are flushed and renamed.</summary>
    public const int LongSeconds = 120;

    public static async Task MakeAsync(string media)
    {
        var folder = Directory.CreateDirectory(Path.Combine(media, BucketOf(Subject.Long))).FullName;
        await MakeAsync(Path.Combine(folder, Short), 1);
        await MakeAsync(Path.Combine(folder, Long), LongSeconds);
        File.Copy(Path.Combine(folder, Short), Path.Combine(Directory.CreateDirectory(Path.Combine(media, Passing)).FullName, Short));
    }

    public static string NameOf(Subject subject) => subject == Subject.Long ? Long : Short;

    public static string BucketOf(Subject subject) => subject switch
    {
        Subject.Long or Subject.Short => "videos",
        Subject.Passing => Passing,
        Subject.Hopeless => "never-there",
    };

    /// <summary>Takes away the bucket that comes and goes, as when it is unmounted.</summary>
    public static void TakeBucket(string media) => Directory.Move(Path.Combine(media, Passing), AwayFrom(media));

    public static void BringBucket(string media) => Directory.Move(AwayFrom(media), Path.Combine(media, Passing));

    private static string AwayFrom(string media) => $"{media}-{Passing}";

    private static async Task MakeAsync(string path, int seconds)
    {
        using var ffmpeg = Process.Start("ffmpeg",
            ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", $"testsrc2=size=64x48:rate=2:duration={seconds}",
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path]);
        await ffmpeg.WaitForExitAsync();
        if (ffmpeg.ExitCode != 0)
        {
            throw new InvalidOperationException($"ffmpeg did not make {path}.");
        }
    }
}
