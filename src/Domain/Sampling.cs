namespace SnapshotTasks;

/// <summary>The ways to choose when pictures are taken.</summary>
public enum SamplingKind
{
    /// <summary>Every so many seconds, and the last frame.</summary>
    Interval,

    /// <summary>At given times.</summary>
    Points,
}

/// <summary>When pictures are taken.</summary>
public sealed record Sampling
{
    /// <summary>The shortest and the longest interval, in seconds.</summary>
    public const int MinInterval = 1, MaxInterval = 100;

    /// <summary>The most points of a request.</summary>
    public const int MaxPoints = 10;

    /// <summary>The most pictures of a task.</summary>
    public const int MaxPictures = 10_000;

    /// <summary>The way the times are chosen.</summary>
    public required SamplingKind Kind { get; init; }

    /// <summary>From one picture to the next, for an interval.</summary>
    public TimeSpan Interval { get; init; }

    /// <summary>The time of the first picture, for an interval.</summary>
    public TimeSpan Start { get; init; }

    /// <summary>How much of the video from the start is sampled, for an interval; zero means to the end.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>The times of the pictures, for points.</summary>
    public IReadOnlyList<TimeSpan> Points { get; init; } = [];

    /// <summary>Takes a picture every interval from a start for a duration, and one of the last frame when that reaches the end.</summary>
    public static Sampling Every(TimeSpan interval, TimeSpan start = default, TimeSpan duration = default) =>
        new() { Kind = SamplingKind.Interval, Interval = interval, Start = start, Duration = duration };

    /// <summary>Takes a picture at each of the times.</summary>
    public static Sampling At(params IReadOnlyList<TimeSpan> points) => new() { Kind = SamplingKind.Points, Points = points };

    /// <summary>The times at which pictures of a video of this length are taken, or why there can be none.</summary>
    public SamplingPlan PlanFor(TimeSpan length) => Kind switch
    {
        SamplingKind.Interval => PlanInterval(length),
        SamplingKind.Points => PlanPoints(length),
    };

    private SamplingPlan PlanInterval(TimeSpan length)
    {
        if (Start >= length)
        {
            return SamplingPlan.PastTheEnd("start_time", Start, length);
        }

        var end = Duration > TimeSpan.Zero && Duration < length - Start ? Start + Duration : length;
        var count = (end - Start + Interval - TimeSpan.FromTicks(1)).Ticks / Interval.Ticks;
        if (count > MaxPictures)
        {
            return SamplingPlan.Impossible(
                $"The sampling would take {count} pictures of a video of {length.TotalSeconds:0.###} s, a task takes at most {MaxPictures}.");
        }

        var times = Enumerable.Range(0, (int)count).Select(i => Start + (i * Interval)).ToList();
        var isShown = (long)times[^1].TotalSeconds >= LastSecond(length);
        return new(times, end == length && !isShown ? (long)length.TotalSeconds : null, null);
    }

    private SamplingPlan PlanPoints(TimeSpan length)
    {
        var past = Points.Where(point => point >= length).ToList();
        return past.Count > 0
            ? SamplingPlan.PastTheEnd("The point", past[0], length)
            : new([.. Points.Distinct().Order()], null, null);
    }

    // The last frame of a video of 20 s lies within second 19, that of one of 20.04 s within second 20.
    private static long LastSecond(TimeSpan length) => (length.Ticks - 1) / TimeSpan.TicksPerSecond;
}

/// <summary>The pictures to take of a video whose length is known.</summary>
/// <param name="Times">When, in order.</param>
/// <param name="LastFrameSecond">The length in whole seconds, which names the last frame, when no regular picture lies within its second.</param>
/// <param name="Failure">Why there can be none.</param>
public sealed record SamplingPlan(IReadOnlyList<TimeSpan> Times, long? LastFrameSecond, Failure? Failure)
{
    /// <summary>How many pictures there are.</summary>
    public int Count => Times.Count + (LastFrameSecond is null ? 0 : 1);

    /// <summary>The second that names each picture: within which it lies, and for the last frame, after the others, the length.</summary>
    public IEnumerable<long> Seconds
    {
        get
        {
            var seconds = Times.Select(time => (long)time.TotalSeconds);
            return LastFrameSecond is { } last ? seconds.Append(last) : seconds;
        }
    }

    /// <summary>What names each picture of points: the second, and the milliseconds beyond it where it is no whole one.</summary>
    internal IEnumerable<string> Moments => Times.Select(time => time.Milliseconds == 0 ? $"{(long)time.TotalSeconds}" : $"{(long)time.TotalSeconds}_{time.Milliseconds}");

    internal static SamplingPlan PastTheEnd(string what, TimeSpan point, TimeSpan length) => Impossible(
        $"{what} {point.TotalSeconds:0.###} s is past the end of the video, which lasts {length.TotalSeconds:0.###} s.");

    internal static SamplingPlan Impossible(string reason) => new([], null, new Failure(FailureCode.InvalidInputData, reason));
}
