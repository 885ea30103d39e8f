namespace SnapshotTasks;

/// <summary>How the pictures of a task look.</summary>
/// <param name="Width">Their width.</param>
/// <param name="Height">Their height.</param>
/// <param name="Black">Which frames are skipped as black.</param>
internal sealed record PictureLook(int Width, int Height, BlackFrames? Black)
{
    public PictureLook((int Width, int Height) size, BlackFrames? black)
        : this(size.Width, size.Height, black)
    {
    }
}

/// <summary>Takes the frames of a plan into a folder, picture k for the k-th time and the last frame after them.</summary>
internal sealed class FrameTaking(Ffmpeg ffmpeg, TaskId task, Video video, PictureLook look, PictureFiles pictures)
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
                await TakeDisplayedAsync(FramesAt(plan.Times[0], sampling.Interval, plan.Times.Count, 0), plan.Count, stop);
                break;
            case SamplingKind.Points:
                foreach (var (number, time) in plan.Times.Index())
                {
                    await TakeDisplayedAsync(FramesAt(time, Second, 1, number), plan.Count, stop);
                }

                break;
        }

        // Streams end a little before their stated length, and the last frame is displayed until then.
        var missing = Enumerable.Range(0, plan.Count).Where(number => !pictures.Has(number)).ToList();
        if (missing.Count > 0)
        {
            await TakeLastFrameAsync(missing[0], plan.Count, stop);
            missing.Skip(1).ToList().ForEach(number => File.Copy(pictures.PathOf(missing[0]), pictures.PathOf(number)));
        }
    }

    /// <summary>Takes the frames displayed at some times; black ones are replaced by what comes after them, through files from a spare number on.</summary>
    private async Task TakeDisplayedAsync(Frames frames, int spare, CancellationToken stop)
    {
        var taken = await TakeFramesAsync(frames with { Black = look.Black }, TimeSpan.Zero, stop);
        if (look.Black is null)
        {
            return;
        }

        // ffmpeg looks a little further than it takes.
        var black = Frames.TimeStampsIn(taken.Output).Where(number => number < frames.Count).Select(number => (int)number).ToList();
        if (black.Count > 0)
        {
            await ReplaceBlackAsync(frames, black, spare, stop);
        }
    }

    // A second reading from the first black picture on. It takes one frame at most in each interval, so that it has found
    // one after the last black picture, and ends, as soon as it has taken one more than there are intervals up to that.
    private async Task ReplaceBlackAsync(Frames frames, List<int> black, int spare, CancellationToken stop)
    {
        var start = frames.Start + (black[0] * frames.Interval);
        var later = FramesAt(start, frames.Interval, black[^1] - black[0] + 1, spare) with { Black = look.Black, FirstNotBlack = true };
        var times = Frames.TimeStampsIn((await TakeFramesAsync(later, TimeSpan.Zero, stop)).Output);
        var found = 0;
        foreach (var number in black)
        {
            var wanted = Frames.Microseconds((number - black[0]) * frames.Interval);
            while (found < times.Count && times[found] < wanted)
            {
                found++;
            }

            if (found < times.Count && found < later.Count)
            {
                File.Copy(pictures.PathOf(spare + found), pictures.PathOf(frames.FirstNumber + number), overwrite: true);
            }
        }
    }

    private async Task TakeLastFrameAsync(int number, int spare, CancellationToken stop)
    {
        var complaints = "";
        foreach (var back in StepsBack)
        {
            complaints += (await TakeFramesAsync(FramesAt(Length + Second, Second, 1, number) with { HoldLast = true }, back, stop)).Errors;
            if (pictures.Has(number))
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
        File.Delete(pictures.PathOf(spare));
        await TakeFramesAsync(FramesAt(nearEnd, Second, 1, spare), TimeSpan.Zero, stop);
        if (!pictures.Has(spare))
        {
            throw new CaptureFailedException(
                FailureCode.InvalidInputData, $"The video is damaged: it ends before the {Length.TotalSeconds:0.###} s that it says it lasts.");
        }
    }

    private Frames FramesAt(TimeSpan start, TimeSpan interval, int count, int firstNumber) =>
        new(start, interval, count, firstNumber, look.Width, look.Height);

    private Task<ChildResult> TakeFramesAsync(Frames frames, TimeSpan back, CancellationToken stop) =>
        ffmpeg.TakeAsync(task, video, frames, back, pictures.Directory, stop);
}
