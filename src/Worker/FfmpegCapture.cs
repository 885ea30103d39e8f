using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Takes pictures with ffmpeg, from and to folders below the media root.</summary>
internal sealed class FfmpegCapture(IOptions<WorkerOptions> options, ILogger<FfmpegCapture> log) : ICapture, IDisposable
{
    private const int NoSpace = 28, QuotaExceeded = 122;

    // What Linux file systems take, in bytes of UTF-8.
    private const int MaxNameLength = 255;

    private readonly MediaFolder media = new(options.Value.MediaRoot);
    private readonly Ffmpeg ffmpeg = new(log);

    /// <inheritdoc/>
    public async Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
    {
        try
        {
            return await TakeAsync(run, stop);
        }
        catch (CaptureFailedException failed)
        {
            stop.ThrowIfCancellationRequested();
            return CaptureResult.Failed(failed.Code, failed.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The message has paths of this machine: it goes to the log, not to the caller.
            stop.ThrowIfCancellationRequested();
            log.NotWritten(exception, run.Task.Id, run.Task.Project);
            return CaptureResult.Failed(
                FailureCode.SystemError,
                exception.HResult is NoSpace or QuotaExceeded ? "There is no space left for the pictures." : "The pictures cannot be written.");
        }
    }

    public void Dispose() => ffmpeg.Dispose();

    private async Task<CaptureResult> TakeAsync(CaptureRun run, CancellationToken stop)
    {
        var (task, request) = (run.Task, run.Task.Request);
        var video = await ffmpeg.ProbeAsync(task.Id, media.OpenInput(request.Input), stop);
        var plan = request.Sampling.PlanFor(video.Length!.Value);
        if (plan.Failure is { } impossible)
        {
            return CaptureResult.Failed(impossible.Code, impossible.Reason);
        }

        var names = request.PictureNames(plan);
        IReadOnlyList<string> published = request.Archive ? [request.ArchiveName(task.Id)] : names;
        RefuseUnusable(published, media.PathOf(request.Output), video.Path);
        var look = new PictureLook(SizeOf(request, video), request.Black);

        using var folder = PictureFolder.Create(media, task);
        await new FrameTaking(ffmpeg, task.Id, video, look, folder).TakeAsync(request.Sampling, plan, stop);
        for (var number = 0; number < names.Count; number++)
        {
            stop.ThrowIfCancellationRequested();
            JpegFile.Keep(folder.PathOf(number), look.Width, look.Height);
        }

        if (request.Archive)
        {
            await folder.PackAsync(names, stop);
        }

        await run.RenewAsync(stop);
        stop.ThrowIfCancellationRequested();
        folder.Publish(published);
        return CaptureResult.Taken(published);
    }

    private static (int Width, int Height) SizeOf(SnapshotRequest request, Video video)
    {
        var (width, height) = request.Size?.Of(video.Width, video.Height) ?? (video.Width, video.Height);
        return Math.Max(width, height) <= JpegFile.MaxSide && (long)width * height <= Video.MaxPixels
            ? (width, height)
            : throw new CaptureFailedException(
                FailureCode.InvalidInputData,
                $"A video of {video.Width} x {video.Height} pixels would give pictures of {width} x {height}, which is too large.");
    }

    private static void RefuseUnusable(IReadOnlyList<string> names, string output, string input)
    {
        if (names.FirstOrDefault(name => !MediaObject.IsSegment(name) || Encoding.UTF8.GetByteCount(name) > MaxNameLength) is { } name)
        {
            throw new CaptureFailedException(
                FailureCode.SystemError, $"The picture cannot be written: its name has {Encoding.UTF8.GetByteCount(name)} bytes, at most {MaxNameLength} are possible.");
        }

        if (names.Count != names.Distinct().Count())
        {
            throw new CaptureFailedException(FailureCode.InvalidInputData, "Two points are in the same second, so their pictures would have the same name.");
        }

        if (names.Any(name => string.Equals(Path.Combine(output, name), input, StringComparison.OrdinalIgnoreCase)))
        {
            throw new CaptureFailedException(FailureCode.InvalidInputData, "A picture would overwrite the input file: choose another name or directory.");
        }
    }
}
