using System.Globalization;

namespace SnapshotTasks;

/// <summary>Which frames one run of ffmpeg takes, and how large.</summary>
/// <param name="Start">The time of the first.</param>
/// <param name="Interval">From one to the next.</param>
/// <param name="Count">How many, at most.</param>
/// <param name="FirstNumber">The number in the file name of the first.</param>
/// <param name="Width">The width of the pictures.</param>
/// <param name="Height">The height of the pictures.</param>
internal sealed record Frames(TimeSpan Start, TimeSpan Interval, int Count, int FirstNumber, int Width, int Height)
{
    private const string Blackness = "lavfi.blackframe.pblack";

    // Prints the time stamps of the frames that have the mark, and then what it says.
    private const string Print = $"metadata=mode=print:key={Blackness}:file=-";

    /// <summary>Whether the last frame is held for ever, so that a time after it shows it.</summary>
    public bool HoldLast { get; init; }

    /// <summary>Which frames are black; with it, ffmpeg prints time stamps.</summary>
    public BlackFrames? Black { get; init; }

    /// <summary>
    /// Whether the first frame of each interval that is not black is taken, and the time of each printed in microseconds
    /// after the start; otherwise the frame displayed at each time, and the number of each that is black is printed.
    /// </summary>
    public bool FirstNotBlack { get; init; }

    /// <summary>The filters that leave these frames of a video that is read from <paramref name="seek"/> on.</summary>
    public IEnumerable<string> Filters(TimeSpan seek) =>
    [
        // Makes the first wanted time zero.
        .. Start > seek ? [$"setpts=PTS-{Ffmpeg.Seconds(Start - seek)}/TB"] : Array.Empty<string>(),
        .. HoldLast ? ["tpad=stop=-1:stop_mode=clone"] : Array.Empty<string>(),
        .. FirstNotBlack ? FirstNotBlackFilters() : DisplayedFilters(),
    ];

    /// <summary>Reads the time stamps that ffmpeg has printed.</summary>
    public static IReadOnlyList<long> TimeStampsIn(string output) =>
    [
        .. output.Split('\n')
            .Select(line => line.Split("pts:", 2))
            .Where(parts => parts.Length == 2)
            .Select(parts => long.Parse(parts[1].AsSpan(0, parts[1].IndexOf(' ')), CultureInfo.InvariantCulture)),
    ];

    /// <summary>The number of microseconds in which ffmpeg prints times.</summary>
    public static long Microseconds(TimeSpan time) => time.Ticks / TimeSpan.TicksPerMicrosecond;

    // The same size for all, also when the stream changes it on its way.
    private string Scale => $"scale={Width}:{Height}";

    // The brightness that the picture will have, from 0 to 255 whatever the video's own range.
    private string ScaleToTest => $"{Scale}:out_range=pc,format=yuv420p";

    private IEnumerable<string> DisplayedFilters() =>
    [
        // Rounding up gives every frame the first time it is displayed at: of those with the same, the last one stays.
        $"fps=fps=1000/{Milliseconds(Interval)}:start_time=0:round=up",
        .. Black is null ? [Scale] : (string[])[ScaleToTest, $"blackframe=amount={Black.Amount}:threshold={Black.Threshold}", Print],
    ];

    private IEnumerable<string> FirstNotBlackFilters()
    {
        var interval = Microseconds(Interval);
        return
        [
            ScaleToTest,
            // Marks every frame with its share of black, in whole percent, of which those below the limit pass. The half keeps
            // clear of the limit itself, which some versions count as less.
            $"blackframe=amount=0:threshold={Black!.Threshold}",
            $"metadata=mode=select:key={Blackness}:value={Black.Amount - 1}.5:function=less",
            "settb=AVTB",
            $"select='gte(pts,0)*(isnan(prev_selected_pts)+gt(floor(pts/{interval}),floor(prev_selected_pts/{interval})))'",
            Print,
        ];
    }

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
}
