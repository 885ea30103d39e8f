using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Takes pictures with ffmpeg.</summary>
internal sealed class FfmpegCapture(IMedia media, IOptions<WorkerOptions> worker, ILogger<FfmpegCapture> log) : ICapture, IDisposable
{
    private const int NoSpace = 28, QuotaExceeded = 122;

    private readonly FfmpegPrograms programs = new(log);

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

    public void Dispose() => programs.Dispose();

    // So many that all captures together have a thread for each core.
    private int Threads => Math.Max(1, Environment.ProcessorCount / worker.Value.Concurrency);

    private async Task<CaptureResult> TakeAsync(CaptureRun run, CancellationToken stop)
    {
        var (task, request) = (run.Task, run.Task.Request);
        var video = await programs.DescribeAsync(task.Id, await media.FetchAsync(task, stop), stop);
        var look = LookOf(request, video);
        using var folder = await media.OpenAsync(task, stop);
        var runs = new TakeRuns(programs, task.Id, video, look, folder.Directory, Threads);
        var taken = await new PictureTaking(runs, programs, task.Id, video).TakeAsync(request.Sampling, stop);
        if (taken.Plan.Failure is { } impossible)
        {
            return CaptureResult.Failed(impossible.Code, impossible.Reason);
        }

        var names = request.PictureNames(taken.Plan);
        if (names.Count != names.Distinct().Count())
        {
            return CaptureResult.Failed(FailureCode.InvalidInputData, "Two points are in the same millisecond, so their pictures would have the same name.");
        }

        var pictures = look.Black is { } black ? await BlackSkipping.SkipAsync(runs, black, taken.Pictures, taken.Reading, stop) : taken.Pictures;
        IReadOnlyList<Publication> published = Separate(folder.Directory, pictures, names, look, stop);
        if (request.Archive)
        {
            published = [new(await PictureArchive.PackAsync(folder.Directory, published, stop), request.ArchiveName(task.Id))];
        }

        await run.RenewAsync(stop);
        await folder.PublishAsync(published, stop);
        return CaptureResult.Taken([.. published.Select(publication => publication.Name)]);
    }

    // Where several times show the same picture, each has a file of its own.
    private static List<Publication> Separate(
        string folder, IReadOnlyList<Picture> pictures, IReadOnlyList<string> names, PictureLook look, CancellationToken stop)
    {
        var publications = new List<Publication>();
        var used = new HashSet<string>();
        foreach (var (picture, name) in pictures.Zip(names))
        {
            stop.ThrowIfCancellationRequested();
            var file = picture.File;
            if (!used.Add(file))
            {
                file = $"copy{publications.Count}.jpg";
                File.Copy(Path.Combine(folder, picture.File), Path.Combine(folder, file));
            }

            JpegFile.Keep(Path.Combine(folder, file), look.Width, look.Height);
            publications.Add(new(file, name));
        }

        return publications;
    }

    private static PictureLook LookOf(SnapshotRequest request, Video video)
    {
        var (width, height) = request.Size?.Of(video.Shown.Width, video.Shown.Height) ?? video.Shown;
        return Math.Max(width, height) <= JpegFile.MaxSide && (long)width * height <= Video.MaxPixels
            ? new(width, height, request.Black)
            : throw new CaptureFailedException(
                FailureCode.InvalidInputData,
                $"A video of {video.Shown.Width} x {video.Shown.Height} pixels would give pictures of {width} x {height}, which is too large.");
    }
}
