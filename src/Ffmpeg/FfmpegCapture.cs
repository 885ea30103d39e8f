using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Takes pictures with ffmpeg.</summary>
internal sealed class FfmpegCapture(
    IMedia media, IOptions<WorkerOptions> worker, ILogger<FfmpegCapture> log, IBucketAccess? buckets = null, BoxLevel most = BoxLevel.WithoutFiles) : ICapture, IDisposable
{
    private readonly FfmpegPrograms programs = new(worker.Value.MaxOutput, log, most);

    /// <summary>The box in which videos are read.</summary>
    public Box Box => programs.Box;

    /// <inheritdoc/>
    public string? Sandbox => Box.Level is { } level ? JsonNamingPolicy.SnakeCaseLower.ConvertName($"{level}") : null;

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
            return failed.Result;
        }
        catch (MachineFailedException exception)
        {
            stop.ThrowIfCancellationRequested();
            return CaptureResult.NotPossible(exception.Message);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The message has paths of this machine: it goes to the log, not to the caller.
            stop.ThrowIfCancellationRequested();
            log.NotWritten(exception, run.Task.Id, run.Task.Project);
            var reason = StorageErrors.IsOutOfSpace(exception) ? "There is no space left for the pictures." : "The pictures cannot be written.";
            return new CaptureFailedException(FailureCode.SystemError, reason) { MayPass = StorageErrors.MayPass(exception) }.Result;
        }
    }

    /// <inheritdoc/>
    public void GivenUp(SnapshotTask task)
    {
        foreach (var folder in media.FindAttempts().Where(folder => folder.Attempt.IsUpTo(Attempt.Of(task))))
        {
            folder.Remove();
        }
    }

    public void Dispose() => programs.Dispose();

    // So many that all captures together have a thread for each core.
    private int Threads => Math.Max(1, Environment.ProcessorCount / worker.Value.Concurrency);

    private async Task<CaptureResult> TakeAsync(CaptureRun run, CancellationToken stop)
    {
        var (task, request) = (run.Task, run.Task.Request);
        await RefuseForeignAsync(task, stop);
        using var input = await media.FetchAsync(task, stop);
        var video = await programs.DescribeAsync(task.Id, input, stop);
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
        IReadOnlyList<Publication> published = Separate(folder, pictures, names, look, stop);
        if (request.Archive)
        {
            var bytes = PictureArchive.SizeOf(published.Select(publication => new FileInfo(Path.Combine(folder.Directory, publication.File)).Length));
            if (OutputBound.Refusal(folder.Directory, bytes, worker.Value.MaxOutput) is { } tooMuch)
            {
                throw tooMuch;
            }

            published = [new(await PictureArchive.PackAsync(folder.Directory, published, stop), request.ArchiveName(task.Id))];
        }

        await run.RenewAsync(stop);
        await folder.PublishAsync(published, stop);
        return CaptureResult.Taken([.. published.Select(publication => publication.Name)]);
    }

    // Asked at submission as well; a bucket may have become another project's since, and a store may have tasks from elsewhere.
    private async ValueTask RefuseForeignAsync(SnapshotTask task, CancellationToken stop)
    {
        if (!await MayUseAsync(task.Project, task.Request.Input.Bucket, BucketUse.Read, stop))
        {
            throw new CaptureFailedException(FailureCode.InputUnreadable, "The input's bucket must be a bucket that this project may read.");
        }

        if (!await MayUseAsync(task.Project, task.Request.Output.Bucket, BucketUse.Write, stop))
        {
            throw new CaptureFailedException(FailureCode.SystemError, "The output's bucket must be a bucket that this project may write.");
        }
    }

    private async ValueTask<bool> MayUseAsync(ProjectId project, string bucket, BucketUse use, CancellationToken stop)
    {
        try
        {
            return buckets is null || await buckets.MayUseAsync(project, bucket, use, stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            // What the host asks, such as its database, is away: that ends no task.
            throw new MachineFailedException($"It cannot be found out whose bucket it is ({exception.GetType().Name}).", exception);
        }
    }

    // Where several times show the same picture, each has a name of its own.
    private static List<Publication> Separate(
        IPictureFolder folder, IReadOnlyList<Picture> pictures, IReadOnlyList<string> names, PictureLook look, CancellationToken stop)
    {
        var publications = new List<Publication>();
        var kept = new HashSet<string>();
        foreach (var (picture, name) in pictures.Zip(names))
        {
            stop.ThrowIfCancellationRequested();
            var file = picture.File;
            if (kept.Add(file))
            {
                JpegFile.Keep(Path.Combine(folder.Directory, file), look.Width, look.Height);
            }
            else
            {
                file = $"again{publications.Count}.jpg";
                folder.Link(picture.File, file);
            }

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
