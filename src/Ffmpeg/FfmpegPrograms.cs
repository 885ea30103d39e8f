using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Calls ffprobe and ffmpeg, and says what went wrong when they could not do it.</summary>
internal sealed class FfmpegPrograms(ILogger log) : IDisposable
{
    private readonly string ffmpeg = ChildProcesses.Find("ffmpeg", "ffmpeg");
    private readonly string ffprobe = ChildProcesses.Find("ffprobe", "ffmpeg");
    private readonly ChildProcesses children = new();

    /// <summary>Describes a file by what it says of itself and by its first pictures.</summary>
    public async Task<Video> DescribeAsync(TaskId task, string path, CancellationToken stop)
    {
        try
        {
            using var usual = await DescribeAsync(task, path, sparse: false, stop);
            if (!usual.IsIncomplete)
            {
                return await WithLinesJudgedAsync(task, usual.Choose(), stop);
            }

            using var longer = await DescribeAsync(task, path, sparse: true, stop);
            return await WithLinesJudgedAsync(task, longer.Choose(), stop);
        }
        catch (JsonException exception)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input cannot be described.", exception);
        }
    }

    /// <summary>Looks at the packets of the video, or of all tracks: at those to which seeks to some times lead and at the last ones, or at all.</summary>
    public async Task<Look> LookAsync(TaskId task, Video video, IReadOnlyList<long>? times, CancellationToken stop, bool allTracks = false)
    {
        var look = new Look(video.Distance, whole: times is null);
        var ears = new ChildEars(look.Add, [.. Complaints.OfCutFiles, .. Complaints.OfMemory]);
        var result = await RunAsync(task, video.Path, ffprobe, FfmpegArguments.Look(video, times, allTracks), Path.GetTempPath(), ears, stop);
        look.Complete(isCut: Complaints.OfCutFiles.Any(result.Said.Contains));
        return look;
    }

    /// <summary>Takes pictures into a folder.</summary>
    public Task<ChildResult> TakeAsync(TaskId task, Video video, IReadOnlyList<TakeOutput> takes, Reading reading, string folder, CancellationToken stop) =>
        RunAsync(task, video.Path, ffmpeg, FfmpegArguments.Take(video, takes, reading), folder, new ChildEars(null, [.. Complaints.OfCutFiles, .. Complaints.OfMemory]), stop);

    public void Dispose() => children.Dispose();

    private async Task<Description> DescribeAsync(TaskId task, string path, bool sparse, CancellationToken stop)
    {
        var described = await RunAsync(task, path, ffprobe, FfmpegArguments.Describe(path, sparse), Path.GetTempPath(), new ChildEars(null, Complaints.OfMemory), stop);
        return described.ExitCode == 0 ? new Description(path, described.Output, sparse) : throw Complaints.OfInput(path, described.Errors);
    }

    // Flags alone lie, and eyes alone are fooled: lines are interlaced where both say so.
    private async Task<Video> WithLinesJudgedAsync(TaskId task, Video video, CancellationToken stop)
    {
        if (!video.IsInterlaced)
        {
            return video;
        }

        var judged = await RunAsync(task, video.Path, ffmpeg, FfmpegArguments.JudgeLines(video), Path.GetTempPath(), new ChildEars(null, Complaints.OfMemory), stop);
        return video with { IsInterlaced = !LineJudgement.SaysProgressive(judged.Output) };
    }

    private async Task<ChildResult> RunAsync(
        TaskId task, string path, string program, IReadOnlyList<string> arguments, string directory, ChildEars ears, CancellationToken stop)
    {
        var result = await children.RunAsync(program, arguments, directory, stop, ears);

        // The place of the input is nobody's business who reads logs, and must not be taken for a cause.
        result = result with { Errors = result.Errors.Replace(path, "input", StringComparison.Ordinal) };
        var name = Path.GetFileName(program);
        log.ChildEnded(result.ExitCode == 0 ? LogLevel.Debug : LogLevel.Information, name, task, result.ExitCode, result.Errors);
        return Complaints.OfMemory.Any(result.Said.Contains)
            ? throw new CaptureFailedException(FailureCode.SystemError, "The video takes more memory than a capture may have.")
            : result.ExitCode is > 128 and <= 192
                ? throw new CaptureFailedException(FailureCode.SystemError, $"{name} was ended by signal {result.ExitCode - 128}.")
                : result;
    }
}
