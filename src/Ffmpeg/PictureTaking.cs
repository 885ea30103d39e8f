namespace SnapshotTasks;

/// <summary>What has been taken.</summary>
/// <param name="Plan">The pictures, now that the length of the video is known.</param>
/// <param name="Pictures">The pictures, in the plan's order; several may share a file.</param>
internal sealed record Taken(SamplingPlan Plan, IReadOnlyList<Picture> Pictures)
{
    /// <summary>How the video was read.</summary>
    public Reading Reading { get; init; } = new(1);
}

/// <summary>Takes the pictures of a task: looks, takes by time stamps, checks those that came, looks further back, and at last reads through.</summary>
internal sealed class PictureTaking(TakeRuns runs, FfmpegPrograms programs, TaskId task, Video video)
{
    // More seeks than this are no cheaper to look for than all packets.
    private const int MostSeeksLookedFor = 500;

    // What is held for longer up to the end after a seek may be what is left of a damaged group.
    private const long LongHeld = 10 * Clock.Second;

    // A file that lacks less than this of what it states is whole.
    private const long Tolerance = Clock.Second;

    public async Task<Taken> TakeAsync(Sampling sampling, CancellationToken stop) => video.Container.Seeking switch
    {
        Seeking.ByKeyFrames when sampling.Kind == SamplingKind.Points && sampling.Points.Count == 1 && !video.IsInterlaced =>
            await TakeAtOnceAsync(sampling, stop) ?? await TakeByKeyFramesAsync(sampling, stop),
        Seeking.ByKeyFrames => await TakeByKeyFramesAsync(sampling, stop),
        Seeking.ByAllPackets => await TakeByAllPacketsAsync(sampling, stop),
        Seeking.Never => await ReadThroughAsync(sampling, video.Container.IsJoinable ? await programs.LookAsync(task, video, null, stop) : null, stop),
    };

    // One point needs no look, when what comes shows that it was right.
    private async Task<Taken?> TakeAtOnceAsync(Sampling sampling, CancellationToken stop)
    {
        var time = Wanted(sampling.Points[0]);
        var shown = (await runs.TakeAsync([Take.At(time > video.First ? time : null, [time])], new(1), stop))[0];
        return shown?.Stamps is { First: { } first, Last: { } last } && shown.IsWhole && first <= time && (!shown.Stamps.IsAtEnd || time < last + video.Distance)
            ? new(new SamplingPlan([sampling.Points[0]], null, null), [shown.At(0)])
            : null;
    }

    private async Task<Taken> TakeByKeyFramesAsync(Sampling sampling, CancellationToken stop)
    {
        var times = TimesToLookFor(sampling);
        var look = (times is not null && References.CanBeTold(video) ? await programs.LookTowardsAsync(task, video, times, stop) : null)
            ?? await programs.LookAsync(task, video, times, stop);
        if (look.End is not { } seen || video.StatedEnd is null || IsShort(seen))
        {
            look = await programs.LookAsync(task, video, null, stop);
        }

        var end = look.End ?? throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
        var cut = IsShort(end) && (look.IsCut || (video.Container.StatesTruly && IsShort((await programs.LookAsync(task, video, null, stop, allTracks: true)).End ?? end)));
        return await TakePlannedAsync(sampling, look, end, cut, stop);
    }

    private async Task<Taken> TakeByAllPacketsAsync(Sampling sampling, CancellationToken stop)
    {
        var look = await programs.LookAsync(task, video, null, stop);
        return look.Stamps is null
            ? await ReadThroughAsync(sampling, look, stop)
            : await TakePlannedAsync(sampling, look, look.End!.Value, cut: false, stop);
    }

    private async Task<Taken> TakePlannedAsync(Sampling sampling, Look look, long end, bool cut, CancellationToken stop)
    {
        var plan = Plan(sampling, end, cut);
        if (plan.Failure is not null)
        {
            return new(plan, []);
        }

        IReadOnlyList<long> times = [.. plan.Times.Select(Wanted)];
        IReadOnlyList<Take> takes = [.. Takes.Plan(video, look, times, plan.LastFrameSecond is not null).Select(take => References.Told(video, look, take))];
        var shown = await runs.TakeAsync(takes, new(takes.Count == 1 ? runs.Threads : 1), stop);
        var pictures = new List<Picture>();
        foreach (var (take, first) in takes.Zip(shown))
        {
            var right = await FurtherBackUntilRightAsync(take, first, look, stop);
            pictures.AddRange(Enumerable.Range(0, take.Wanted.Count).Select(right.At));
            if (take.Until is null)
            {
                pictures.Add(right.Last);
            }
        }

        return new(plan, pictures);
    }

    private async Task<Shown> FurtherBackUntilRightAsync(Take take, Shown? shown, Look look, CancellationToken stop)
    {
        if (shown is not null && IsRight(take, shown, look, first: true))
        {
            return shown;
        }

        if (take.Referenced is not null)
        {
            take = take with { Referenced = null };
            return await FurtherBackUntilRightAsync(take, (await runs.TakeAsync([take], new(1), stop))[0], look, stop);
        }

        foreach (var place in take.Seek is { } seek ? Takes.FurtherBack(video, look, seek) : [])
        {
            shown = (await runs.TakeAsync([take with { Seek = place }], new(1), stop))[0] ?? shown;
            if (shown is not null && (place is null || IsRight(take, shown, look, first: false)))
            {
                break;
            }
        }

        return shown is { IsWhole: true } ? shown : throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
    }

    private static bool IsRight(Take take, Shown shown, Look look, bool first) =>
        shown.IsWhole
        && (look.Stamps is null || Enumerable.Range(0, take.Wanted.Count).All(index => shown.StampOf(index) == look.StampAt(take.Wanted[index])))
        && (take.Referenced is null || take.Referenced.Index().All(picture => shown.StampOf(picture.Index) == picture.Item))
        && (!first || take.Seek is null || !shown.Stamps.IsAtEnd || (take.Wanted.Count > 0 ? take.Wanted[^1] : look.End!.Value) - shown.Stamps.Last <= LongHeld);

    // Times count from the first picture that comes, whatever its stamp, and the length is known at the end.
    private async Task<Taken> ReadThroughAsync(Sampling sampling, Look? look, CancellationToken stop)
    {
        if (look?.Spread is { } stamps)
        {
            return await TakeByNumberAsync(sampling, stamps, stop);
        }

        var (times, until) = Unbounded(sampling);
        var take = new Take(null, [.. times.Select(Clock.Of)], until);
        var reading = new Reading(runs.Threads, look?.IsJoined ?? false) { Time = TimeKind.SinceFirst };
        var shown = (await runs.TakeAsync([take], reading, stop))[0];
        if (shown is null)
        {
            throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
        }

        var end = shown.Stamps.IsAtEnd ? shown.Stamps.Last!.Value + video.Distance : until!.Value;
        var plan = sampling.PlanFor(Span(end));
        if (!shown.Stamps.IsAtEnd)
        {
            // It goes on beyond what is sampled, so that the last picture of all is not in it.
            plan = new SamplingPlan(plan.Times, null, plan.Failure);
        }

        return plan.Failure is null ? Taken(plan, shown, reading) : new(plan, []);
    }

    // Where frames come with guessed stamps, they are counted.
    private async Task<Taken> TakeByNumberAsync(Sampling sampling, IReadOnlyList<long> stamps, CancellationToken stop)
    {
        var plan = sampling.PlanFor(Span(stamps[^1] + video.Distance - stamps[0]));
        if (plan.Failure is not null)
        {
            return new(plan, []);
        }

        var numbers = new List<long>();
        var number = 0;
        foreach (var time in plan.Times)
        {
            while (number + 1 < stamps.Count && stamps[number + 1] <= stamps[0] + Clock.Of(time))
            {
                number++;
            }

            numbers.Add(number);
        }

        var reading = new Reading(runs.Threads) { Time = TimeKind.Number };
        var take = new Take(null, numbers, plan.LastFrameSecond is null ? numbers[^1] + 1 : null);
        var shown = (await runs.TakeAsync([take], reading, stop))[0];
        return shown is { IsWhole: true }
            ? Taken(plan, shown, reading)
            : throw new CaptureFailedException(FailureCode.InvalidCodec, "The video cannot be decoded.");
    }

    private static Taken Taken(SamplingPlan plan, Shown shown, Reading reading) => new(
        plan, [.. Enumerable.Range(0, plan.Times.Count).Select(shown.At), .. plan.LastFrameSecond is null ? Array.Empty<Picture>() : [shown.Last]])
    {
        Reading = reading,
    };

    // What is planned of a video to its end. A header that lies is not followed, but what it promises beyond the end shows the last picture.
    private SamplingPlan Plan(Sampling sampling, long end, bool cut)
    {
        var stated = Math.Max(end, video.StatedEnd ?? end);
        var plan = sampling.PlanFor(Span((sampling.Kind == SamplingKind.Points || cut ? stated : end) - video.Origin));
        var reaches = plan.LastFrameSecond is not null || (plan.Times.Count > 0 && Wanted(plan.Times[^1]) >= end);
        return cut && reaches
            ? new SamplingPlan([], null, new Failure(
                FailureCode.InvalidInputData,
                $"The video is damaged: it can be read up to {Span(end - video.Origin).TotalSeconds:0.###} s, and ends before the {Span(stated - video.Origin).TotalSeconds:0.###} s that it says it lasts."))
            : plan;
    }

    private bool IsShort(long end) => video.StatedEnd > end + Tolerance;

    // The times of which it is not known yet whether the video has them.
    private static (IReadOnlyList<TimeSpan> Times, long? Until) Unbounded(Sampling sampling)
    {
        if (sampling.Kind == SamplingKind.Points)
        {
            IReadOnlyList<TimeSpan> points = [.. sampling.Points.Distinct().Order()];
            return (points, Clock.Of(points[^1]) + 1);
        }

        var most = sampling.Duration > TimeSpan.Zero
            ? (int)Math.Min(Sampling.MaxPictures, Math.Ceiling(sampling.Duration / sampling.Interval))
            : Sampling.MaxPictures;
        return (
            [.. Enumerable.Range(0, most + 1).Select(number => sampling.Start + (number * sampling.Interval))],
            sampling.Duration > TimeSpan.Zero ? Clock.Of(sampling.Start + sampling.Duration) : null);
    }

    private IReadOnlyList<long>? TimesToLookFor(Sampling sampling)
    {
        if (sampling.Kind == SamplingKind.Points)
        {
            return [.. sampling.Points.Select(Wanted)];
        }

        var end = video.StatedEnd is { } stated ? Span(stated - video.Origin) : TimeSpan.MaxValue;
        if (sampling.Duration > TimeSpan.Zero && sampling.Start + sampling.Duration < end)
        {
            end = sampling.Start + sampling.Duration;
        }

        var count = (end - sampling.Start) / sampling.Interval;
        return count > MostSeeksLookedFor
            ? null
            : [.. Enumerable.Range(0, (int)Math.Ceiling(Math.Max(0, count))).Select(number => Wanted(sampling.Start + (number * sampling.Interval)))];
    }

    // Before its first picture a video shows its first picture.
    private long Wanted(TimeSpan time) => Math.Max(video.First, video.Origin + Clock.Of(time));

    private static TimeSpan Span(long time) => TimeSpan.FromMicroseconds(time);
}
