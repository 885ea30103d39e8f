using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Calls ffprobe and ffmpeg so that hostile media cannot make them read, fetch or allocate what they should not.</summary>
internal sealed class Ffmpeg(ILogger log) : IDisposable
{
    // Containers of video. Not here: playlists and scripts (hls, dash, concat, sdp, imf), which make ffmpeg open other
    // files and addresses, sequences of images, devices and generators.
    private const string Formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,gif,nut,ivf,rm,dv,m4v,h264,hevc,obu,vc1";

    private static readonly TimeSpan Preroll = TimeSpan.FromSeconds(10);

    private static readonly string[] Guarded =
    [
        "-protocol_whitelist", "file",
        "-format_whitelist", Formats,
        "-max_pixels", Video.MaxPixels.ToString(CultureInfo.InvariantCulture),
    ];

    private readonly string ffmpeg = ChildProcesses.Find("ffmpeg", "ffmpeg");
    private readonly string ffprobe = ChildProcesses.Find("ffprobe", "ffmpeg");
    private readonly ChildProcesses children = new();

    /// <summary>A time as ffmpeg reads it.</summary>
    public static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.######", CultureInfo.InvariantCulture);

    /// <summary>Describes a file.</summary>
    public async Task<Video> ProbeAsync(TaskId task, string path, CancellationToken stop)
    {
        string[] arguments =
        [
            "-v", "error",
            .. Guarded,
            "-of", "json",
            "-show_entries",
            "format=duration,format_name:stream=index,codec_type,codec_name,width,height,duration:stream_disposition=attached_pic:stream_side_data=rotation",
            $"file:{path}",
        ];
        var probed = await RunAsync(task, ffprobe, arguments, Path.GetTempPath(), stop);
        if (probed.ExitCode != 0)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input is not a video in a known format.");
        }

        try
        {
            var video = Video.Read(path, probed.Output);
            return video.Length is null ? video with { Length = await MeasureAsync(task, video, stop) } : video;
        }
        catch (JsonException exception)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input cannot be described.", exception);
        }
    }

    /// <summary>Writes frames to numbered files; the answer is what ffmpeg printed and complained about.</summary>
    public async Task<ChildResult> TakeAsync(TaskId task, Video video, Frames frames, TimeSpan back, string directory, CancellationToken stop)
    {
        var seek = TimeSpan.FromTicks(Math.Max(0, (frames.Start - Max(back, PrerollOf(video))).Ticks));
        string[] arguments =
        [
            "-nostdin", "-v", "error", "-y",
            .. Guarded,
            // Not accurate, which means from the key frame before: the frame displayed at a time begins before it.
            .. seek > TimeSpan.Zero ? ["-noaccurate_seek", "-ss", Seconds(seek)] : Array.Empty<string>(),
            // A change of size or format must not restart the filters, which count from zero.
            "-reinit_filter", "0",
            "-an", "-sn", "-dn",
            "-i", $"file:{video.Path}",
            "-map", $"0:{video.Stream}",
            "-vf", string.Join(',', frames.Filters(seek)),
            "-fps_mode", "passthrough",
            "-frames:v", frames.Count.ToString(CultureInfo.InvariantCulture),
            "-q:v", "2",
            "-f", "image2", "-c:v", "mjpeg",
            "-start_number", frames.FirstNumber.ToString(CultureInfo.InvariantCulture),
            // Relative to the working directory: a percent sign in the path would be read as part of the pattern.
            PictureFiles.Pattern,
        ];
        var taken = await RunAsync(task, ffmpeg, arguments, directory, stop);
        return taken.ExitCode == 0 ? taken : throw FailureOf(video, taken);
    }

    public void Dispose() => children.Dispose();

    // Reading to the end is the only way to know, for example for a recording that a browser has streamed.
    private async Task<TimeSpan> MeasureAsync(TaskId task, Video video, CancellationToken stop)
    {
        string[] arguments =
        [
            "-nostdin", "-v", "error", "-nostats", "-stats_period", "60", "-progress", "pipe:1",
            .. Guarded,
            "-an", "-sn", "-dn",
            "-i", $"file:{video.Path}",
            "-map", $"0:{video.Stream}",
            "-c", "copy",
            "-f", "null", "-",
        ];
        var read = await RunAsync(task, ffmpeg, arguments, Path.GetTempPath(), stop);
        var last = read.Output.Split('\n').LastOrDefault(line => line.StartsWith("out_time_us=", StringComparison.Ordinal)) ?? "";
        return read.ExitCode == 0 && long.TryParse(last.AsSpan(last.IndexOf('=') + 1), CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0
            ? TimeSpan.FromMicroseconds(microseconds)
            : throw new CaptureFailedException(FailureCode.InvalidInputData, "The video does not say how long it is.");
    }

    private async Task<ChildResult> RunAsync(TaskId task, string program, string[] arguments, string directory, CancellationToken stop)
    {
        var result = await children.RunAsync(program, arguments, directory, stop);
        log.ChildEnded(Path.GetFileName(program), task, result.ExitCode, result.Errors);
        return result.ExitCode is > 128 and <= 192
            ? throw new CaptureFailedException(
                FailureCode.SystemError, $"{Path.GetFileName(program)} was ended by signal {result.ExitCode - 128}.")
            : result;
    }

    private static CaptureFailedException FailureOf(Video video, ChildResult result)
    {
        // The name of the input is part of what ffmpeg says, and must not be taken for a cause.
        var said = result.Errors.Replace(video.Path, "", StringComparison.Ordinal);
        return said.Contains("No space left on device", StringComparison.Ordinal) || said.Contains("Disk quota exceeded", StringComparison.Ordinal)
            ? new(FailureCode.SystemError, "There is no space left for the pictures.")
            : said.Contains("Could not open file", StringComparison.Ordinal) || said.Contains("Read-only file system", StringComparison.Ordinal)
                ? new(FailureCode.SystemError, "The pictures cannot be written.")
                : new(FailureCode.InvalidCodec, "The video cannot be decoded.");
    }

    // These have an index of key frames, or make one as they read. In others a seek leads into the middle of a group of
    // pictures, and the decoder would begin after the wanted time.
    private static TimeSpan PrerollOf(Video video) =>
        video.Format.StartsWith("mov,", StringComparison.Ordinal) || video.Format.StartsWith("matroska,", StringComparison.Ordinal)
            ? TimeSpan.Zero
            : Preroll;

    private static TimeSpan Max(TimeSpan one, TimeSpan other) => one > other ? one : other;
}
