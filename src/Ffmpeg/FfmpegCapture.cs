using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Takes pictures with ffmpeg.</summary>
internal sealed class FfmpegCapture(IMedia media, ILogger<FfmpegCapture> log) : ICapture, IDisposable
{
    private const int NoSpace = 28, QuotaExceeded = 122;

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
        var video = await ffmpeg.ProbeAsync(task.Id, await media.FetchAsync(task, stop), stop);
        var plan = request.Sampling.PlanFor(video.Length!.Value);
        if (plan.Failure is { } impossible)
        {
            return CaptureResult.Failed(impossible.Code, impossible.Reason);
        }

        var names = request.PictureNames(plan);
        IReadOnlyList<string> published = request.Archive ? [request.ArchiveName(task.Id)] : names;
        if (names.Count != names.Distinct().Count())
        {
            return CaptureResult.Failed(FailureCode.InvalidInputData, "Two points are in the same second, so their pictures would have the same name.");
        }

        var look = new PictureLook(SizeOf(request, video), request.Black);
        using var folder = await media.OpenAsync(task, published, stop);
        var pictures = new PictureFiles(folder.Directory);
        await new FrameTaking(ffmpeg, task.Id, video, look, pictures).TakeAsync(request.Sampling, plan, stop);
        for (var number = 0; number < names.Count; number++)
        {
            stop.ThrowIfCancellationRequested();
            JpegFile.Keep(pictures.PathOf(number), look.Width, look.Height);
        }

        IReadOnlyList<string> files = request.Archive
            ? [await pictures.PackAsync(names, stop)]
            : [.. Enumerable.Range(0, names.Count).Select(PictureFiles.NameOf)];
        await run.RenewAsync(stop);
        await folder.PublishAsync(files, stop);
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
}
