using System.Diagnostics;

namespace SnapshotTasks.Tests;

/// <summary>Videos made by ffmpeg for one run of the tests.</summary>
internal static class SampleClips
{
    /// <summary>A clip whose capture takes a few seconds.</summary>
    public static async Task LongAsync(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var ffmpeg = Process.Start("ffmpeg",
            ["-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "testsrc2=size=1280x720:rate=25:duration=60",
                "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path]);
        await ffmpeg.WaitForExitAsync();
        ffmpeg.ExitCode.Should().Be(0);
    }
}
