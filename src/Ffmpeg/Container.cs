namespace SnapshotTasks;

/// <summary>How a place in a file is found.</summary>
internal enum Seeking
{
    /// <summary>By the key frames that the demuxer knows, or learns as it seeks.</summary>
    ByKeyFrames,

    /// <summary>By the time stamps of all packets: a seek by itself leads nowhere certain.</summary>
    ByAllPackets,

    /// <summary>Not at all.</summary>
    Never,
}

/// <summary>What the demuxers of ffmpeg differ in; everything else is the same for all.</summary>
/// <param name="Seeking">How a place is found.</param>
/// <param name="StartsWithPicture">Whether its times count from its first picture, because its clock begins anywhere.</param>
internal sealed record Container(Seeking Seeking, bool StartsWithPicture)
{
    /// <summary>Whether parts may be joined so that the clock of each begins anew.</summary>
    public bool IsJoinable { get; private init; }

    /// <summary>Whether a seek wants the time at which a picture is displayed, so that ffmpeg does not go back for reordering.</summary>
    public bool SeeksDisplayed { get; private init; }

    /// <summary>Whether a packet stands in the file as it is decoded, where the demuxer says that it does.</summary>
    public bool TellsPlaces { get; private init; }

    /// <summary>Whether a seek to before the first picture leads to after it.</summary>
    public bool SkipsFirst { get; private init; }

    /// <summary>Whether a length that is not reached is always a file that was cut off; else it may be a header that lies.</summary>
    public bool StatesTruly { get; private init; }

    /// <summary>The one that ffprobe names, which may be a list of names.</summary>
    public static Container Named(string format) => format.Split(',')[0] switch
    {
        "mov" => new(Seeking.ByKeyFrames, false) { SeeksDisplayed = true, TellsPlaces = true },
        "matroska" or "asf" or "ogg" or "mxf" or "nut" or "ivf" => new(Seeking.ByKeyFrames, false),
        "avi" => new(Seeking.ByKeyFrames, true) { SkipsFirst = true },
        "flv" => new(Seeking.ByKeyFrames, false) { SkipsFirst = true, StatesTruly = true },
        "mpegts" => new(Seeking.ByAllPackets, true) { IsJoinable = true },
        "mpeg" => new(Seeking.Never, true) { IsJoinable = true },
        _ => new(Seeking.Never, true),
    };
}
