using System.Globalization;

namespace SnapshotTasks;

/// <summary>The filters that choose frames by their time stamps.</summary>
internal static class FrameFilters
{
    // From one slot to the next, in microseconds, and in seconds as the filter fps has it: no video is as long.
    private const string Slot = "10000000000000", SlotRate = "1/10000000";

    // More terms than this in a row are too deep for ffmpeg's expressions.
    private const int MostTerms = 50;

    /// <summary>
    /// Leaves the frame displayed at each wanted time of a take, once where it is displayed at several, and the last one that is read;
    /// prints the time stamps of all.
    /// </summary>
    /// <param name="video">The video.</param>
    /// <param name="take">What is wanted of it.</param>
    /// <param name="time">What a time is.</param>
    /// <param name="stamps">The file to print to.</param>
    public static IEnumerable<string> Displayed(Video video, Take take, TimeKind time, string stamps) =>
    [
        .. Read(video, take, time, stamps),
        .. take.Until is { } until ? [$"trim=end_pts={Text(until)}"] : Array.Empty<string>(),
        // A frame that comes after a wanted time opens a new slot, and of each slot its last frame stays: the one displayed then.
        $"setpts='if(isnan(PREV_OUTPTS),{Text(Clock.Second)},PREV_OUTPTS+{Slot}*gt({Hits(take.Wanted)},0))'",
        $"fps=fps={SlotRate}:round=near:eof_action=pass",
    ];

    /// <summary>Leaves the frames from a time on; prints the time stamps of all.</summary>
    public static IEnumerable<string> From(Video video, Take take, TimeKind time, string stamps) =>
        [.. Read(video, take, time, stamps), $"trim=start_pts={Text(take.Wanted[0])}"];

    private static IEnumerable<string> Read(Video video, Take take, TimeKind time, string stamps) =>
    [
        // After a seek into the middle of a group a decoder may show rubbish with good time stamps up to the next key frame; that of
        // H.264 waits by itself, also where there are no key frames.
        .. take.Seek is not null && video.Codec != "h264" ? ["select='if(key,st(0,1));ld(0)'"] : Array.Empty<string>(),
        .. video.IsInterlaced ? ["bwdif=mode=send_frame:parity=auto:deint=all"] : Array.Empty<string>(),
        "settb=AVTB",
        .. time switch
        {
            TimeKind.OfFile => Array.Empty<string>(),
            TimeKind.SinceFirst => ["setpts=PTS-STARTPTS"],
            TimeKind.Number => ["setpts=N"],
        },
        // Nothing is printed of a frame that has no metadata.
        "metadata=mode=add:key=n:value=0",
        $"metadata=mode=print:file={stamps}",
    ];

    // Whether any wanted time lies between the frame before, which is displayed then, and this one.
    private static string Hits(IReadOnlyList<long> wanted)
    {
        // Times before the first picture are all that of the first picture, which is then out of the step of the others.
        List<long> times = [.. wanted.Distinct()];
        return times.Count > 3 && IsRegular(times[1..])
            ? $"{Point(times[0])}+{Every(times[1], times[2] - times[1], times[^1])}"
            : times.Count == 0 ? "0" : string.Join('+', times.Select(Point).Chunk(MostTerms).Select(terms => $"({string.Join('+', terms)})"));
    }

    private static string Point(long time) => $"gte({Text(time)},PREV_INPTS)*lt({Text(time)},PTS)";

    private static string Every(long first, long interval, long last) =>
        $"gt(ceil((PTS-{Text(first)})/{Text(interval)}),max(0,ceil((PREV_INPTS-{Text(first)})/{Text(interval)})))*lte(PREV_INPTS,{Text(last)})";

    private static bool IsRegular(List<long> times) => times.Zip(times.Skip(1)).All(pair => pair.Second - pair.First == times[1] - times[0]);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
