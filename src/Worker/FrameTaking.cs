namespace SnapshotTasks;

/// <summary>Takes the frames of a plan into a folder, picture k for the k-th time and the last frame after them.</summary>
internal sealed class FrameTaking(Ffmpeg ffmpeg, TaskId task, Video video, PictureFolder folder)
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    // How far before the end a frame is looked for when nothing was found nearer to it.
    private static readonly TimeSpan[] StepsBack = [TimeSpan.Zero, TimeSpan.FromSeconds(60), TimeSpan.MaxValue];

    private TimeSpan Length => video.Length!.Value;

    public async Task TakeAsync(Sampling sampling, SamplingPlan plan, CancellationToken stop)
    {
        switch (sampling.Kind)
        {
            case SamplingKind.Interval:
                await TakeFramesAsync(new(plan.Times[0], sampling.Interval, plan.Times.Count, 0), TimeSpan.Zero, stop);
                break;
            case SamplingKind.Points:
                foreach (var (number, time) in plan.Times.Index())
                {
                    await TakeFramesAsync(new(time, Second, 1, number), TimeSpan.Zero, stop);
                }

                break;
        }

        // Streams end a little before their stated length, and the last frame is displayed until then.
        var missing = Enumerable.Range(0, plan.Count).Where(number => !folder.Has(number)).ToList();
        if (missing.Count > 0)
        {
            await TakeLastFrameAsync(missing[0], plan.Count, stop);
            missing.Skip(1).ToList().ForEach(number => File.Copy(folder.PathOf(missing[0]), folder.PathOf(number)));
        }
    }

    private async Task TakeLastFrameAsync(int number, int spare, CancellationToken stop)
    {
        var complaints = "";
        foreach (var back in StepsBack)
        {
            complaints += await TakeFramesAsync(new(Length + Second, Second, 1, number, HoldLast: true), back, stop);
            if (folder.Has(number))
            {
                if (complaints.Length > 0)
                {
                    await RefuseCutOffAsync(spare, stop);
                }

                return;
            }
        }

        throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
    }

    // A frame held for long is a slide show; held for long after complaints, it is what is left of a damaged file.
    private async Task RefuseCutOffAsync(int spare, CancellationToken stop)
    {
        var nearEnd = Length > Second ? Length - Second : TimeSpan.Zero;
        await TakeFramesAsync(new(nearEnd, Second, 1, spare), TimeSpan.Zero, stop);
        if (!folder.Has(spare))
        {
            throw new CaptureFailedException(
                FailureCode.InvalidInputData, $"The video is damaged: it ends before the {Length.TotalSeconds:0.###} s that it says it lasts.");
        }
    }

    private Task<string> TakeFramesAsync(Frames frames, TimeSpan back, CancellationToken stop) =>
        ffmpeg.TakeAsync(task, video, frames, back, folder.Directory, stop);
}
