using System.Globalization;

namespace SnapshotTasks;

/// <summary>How ffprobe and ffmpeg are called: so that hostile media cannot make them read, fetch or allocate what they should not.</summary>
internal static class FfmpegArguments
{
    // Containers of video. Not here: playlists and scripts (hls, dash, concat, sdp, imf), which make ffmpeg open other
    // files and addresses, sequences of images, devices and generators.
    private const string Formats =
        "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,flv,asf,ogg,mxf,gif,nut,ivf,rm,dv,m4v,h264,hevc,obu,vc1";

    /// <summary>How many tracks are read: more than a whole broadcast multiplex has.</summary>
    public const int MostTracks = 250;

    // ffmpeg goes back 3/23 s before every seek in a video that is reordered, for demuxers that seek by decoding time.
    private const long GoesBack = 130_435;

    // How far before a key frame of MPEG-TS a seek has to lead for its packets to come whole.
    private const long BeforePackets = 700_000;

    // More than as many pictures are not displayed between one and the next that is decoded.
    private const int Reordered = 20;

    // A time is written in microseconds, where the clock may tick between two: a little later is the same place.
    private const long Rounding = 20;

    private static readonly string[] Guarded =
    [
        "-protocol_whitelist", "file",
        "-format_whitelist", Formats,
        "-max_pixels", Text(Video.MaxPixels),
        "-max_streams", Text(MostTracks),
    ];

    // Enough for a slide a minute, or a picture that comes long after the sound.
    private static readonly string[] Sparse = ["-analyzeduration", "120M", "-probesize", "200M"];

    /// <summary>ffprobe describes a file and its first pictures.</summary>
    public static IReadOnlyList<string> Describe(MediaInput input, bool sparse) =>
    [
        "-v", "error", "-threads", "1", .. Guarded, .. sparse ? Sparse : [],
        "-select_streams", "v", "-read_intervals", sparse ? "%+#600" : "%+#10",
        "-show_entries", Description.Entries, "-of", "json",
        Input(input),
    ];

    /// <summary>ffprobe shows the key frame to which a seek to each time leads, and the packets from the last key frame on; or all packets.</summary>
    /// <param name="video">The video.</param>
    /// <param name="times">The times; none for all packets.</param>
    /// <param name="allTracks">Whether the packets of other tracks are shown as well.</param>
    /// <param name="towards">Whether the packets from the key frame to the time are shown, and where in the file they are.</param>
    public static IReadOnlyList<string> Look(Video video, IReadOnlyList<long>? times, bool allTracks = false, bool towards = false) =>
    [
        "-v", "error", .. Guarded, .. video.IsSparse ? Sparse : [],
        .. allTracks ? Array.Empty<string>() : ["-select_streams", Text(video.Track)],
        .. times is null
            ? Array.Empty<string>()
            : ["-read_intervals", string.Join(',', times.Select(time => $"{Clock.Seconds(time)}%{(towards ? Clock.Seconds(time + (Reordered * video.Distance)) : "+#1")}").Append("1000000000%"))],
        "-show_entries", towards ? SnapshotTasks.Look.EntriesWithPlaces : SnapshotTasks.Look.Entries, "-of", "csv=p=0",
        Input(video.Input),
    ];

    /// <summary>ffmpeg says of the first frames whether they are interlaced, as it sees them.</summary>
    public static IReadOnlyList<string> JudgeLines(Video video) =>
    [
        "-nostdin", "-v", "error", .. Guarded, .. video.IsSparse ? Sparse : [], "-threads", "1", "-an", "-sn", "-dn", "-i", Input(video.Input),
        "-map", $"0:{Text(video.Track)}", "-vf", "idet,metadata=mode=print:file=-", "-frames:v", "40", "-f", "null", "-",
    ];

    /// <summary>ffmpeg takes pictures: each take reads its own input, and writes pictures and time stamps to files named after its number.</summary>
    public static IReadOnlyList<string> Take(Video video, IReadOnlyList<TakeOutput> takes, Reading reading) =>
    [
        "-nostdin", "-v", "error", "-y",
        "-filter_threads", "1",
        // A change of size or format must not restart the filters, which count from the first frame.
        "-reinit_filter", "0",
        // Times are those of the file, gaps included; only where parts were joined does ffmpeg put them one after the other.
        .. reading.Joined ? ["-dts_delta_threshold", "100000000"] : (string[])["-copyts"],
        .. takes.SelectMany(output => (string[])
        [
            .. Guarded, .. video.IsSparse ? Sparse : [],
            "-threads", Text(reading.Threads),
            .. output.Take.Referenced is not null ? ["-skip_frame", "noref"] : Array.Empty<string>(),
            .. video.Decoder is { } decoder ? ["-c:v", decoder] : Array.Empty<string>(),
            // Not accurate, which means from the key frame before: the frame displayed at a time begins before it.
            .. output.Take.Seek is { } seek ? ["-seek_timestamp", "1", "-noaccurate_seek", "-ss", Clock.Seconds(PlaceOf(video, seek))] : Array.Empty<string>(),
            "-an", "-sn", "-dn",
            "-i", Input(video.Input),
        ]),
        .. takes.Index().SelectMany(output => (string[])
        [
            "-map", $"{Text(output.Index)}:{Text(video.Track)}",
            "-vf", string.Join(',', output.Item.Filters),
            "-fps_mode", "passthrough",
            "-frames:v", Text(output.Item.Most),
            "-q:v", "2", "-c:v", "mjpeg", "-threads", "1",
            // Relative to the working directory: a percent sign in the path would be read as part of the pattern.
            "-f", "image2", output.Item.Pattern,
        ]),
    ];

    private static long PlaceOf(Video video, long seek) => video.Container switch
    {
        { Seeking: Seeking.ByAllPackets } => seek - BeforePackets,
        { SeeksDisplayed: false } when video.Reorders => seek + GoesBack + Rounding,
        _ => seek + Rounding,
    };

    private static string Input(MediaInput input) => $"file:{input.Name}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>How the inputs of one run are read.</summary>
/// <param name="Threads">How many threads decode each.</param>
/// <param name="Joined">Whether the clock begins anew on the way.</param>
internal sealed record Reading(int Threads, bool Joined = false)
{
    /// <summary>What a time is.</summary>
    public TimeKind Time { get; init; } = TimeKind.OfFile;
}

/// <summary>What a time is while a video is read.</summary>
internal enum TimeKind
{
    /// <summary>What the file's own clock shows.</summary>
    OfFile,

    /// <summary>What has passed since the first frame that came.</summary>
    SinceFirst,

    /// <summary>How many frames came before.</summary>
    Number,
}

/// <summary>One take as ffmpeg writes it.</summary>
/// <param name="Number">The number that names its files.</param>
/// <param name="Take">What is taken.</param>
/// <param name="Most">How many pictures there are at most.</param>
/// <param name="Filters">What leaves and makes them.</param>
internal sealed record TakeOutput(int Number, Take Take, int Most, IReadOnlyList<string> Filters)
{
    /// <summary>How ffmpeg names the pictures.</summary>
    public string Pattern => $"take{Number}-%05d.jpg";

    /// <summary>The file of a picture, by its place among the outputs.</summary>
    public string Picture(int output) => $"take{Number}-{(output + 1).ToString("00000", CultureInfo.InvariantCulture)}.jpg";

    /// <summary>The file of the time stamps of a take.</summary>
    public static string Stamps(int number) => $"take{number}.stamps";

    /// <summary>The file of how black the pictures of a take are.</summary>
    public static string Blackness(int number) => $"take{number}.black";
}
