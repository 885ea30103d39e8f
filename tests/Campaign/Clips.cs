using System.Diagnostics;

namespace SnapshotTasks.Campaign;

/// <summary>The videos of a campaign, so small that hundreds of tasks take a minute.</summary>
internal static class Clips
{
    public const string Bucket = "videos", Short = "short.mp4", Long = "long.mp4";

    /// <summary>How many pictures the long one has at one for each second: enough to be killed in while they are flushed and renamed.</summary>
    public const int LongSeconds = 120;

    public static async Task MakeAsync(string media)
    {
        var folder = Directory.CreateDirectory(Path.Combine(media, Bucket)).FullName;
        await MakeAsync(Path.Combine(folder, Short), 1);
        await MakeAsync(Path.Combine(folder, Long), LongSeconds);
    }

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
