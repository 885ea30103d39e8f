namespace SnapshotTasks;

/// <summary>A video as its first pictures show it.</summary>
internal sealed record Video
{
    /// <summary>The most pixels of a frame: enough for 8K and more, and a bound on what a hostile header can make ffmpeg allocate.</summary>
    public const int MaxPixels = 100_000_000;

    /// <summary>What is read.</summary>
    public required MediaInput Input { get; init; }

    /// <summary>What holds it.</summary>
    public required Container Container { get; init; }

    /// <summary>The index of its track.</summary>
    public required int Track { get; init; }

    /// <summary>Its codec, in ffmpeg's word.</summary>
    public required string Codec { get; init; }

    /// <summary>How many pixels a frame has, before it is turned.</summary>
    public required (int Width, int Height) Stored { get; init; }

    /// <summary>How many square pixels it is shown in, turned as it is to be.</summary>
    public required (int Width, int Height) Shown { get; init; }

    /// <summary>What the numbers of its frames mean.</summary>
    public required Colours Colours { get; init; }

    /// <summary>Whether each frame holds two moments, in every other line.</summary>
    public bool IsInterlaced { get; init; }

    /// <summary>Whether any video track of the file is decoded in another order than it is displayed in.</summary>
    public bool Reorders { get; init; }

    /// <summary>The time of its first picture.</summary>
    public required long First { get; init; }

    /// <summary>The time that a player calls 0.</summary>
    public required long Origin { get; init; }

    /// <summary>Where it ends, says the file.</summary>
    public long? StatedEnd { get; init; }

    /// <summary>The usual time from one picture to the next.</summary>
    public long Distance { get; init; } = 40_000;

    /// <summary>The decoder to be used, where the usual one leaves something out.</summary>
    public string? Decoder { get; init; }

    /// <summary>Whether it takes more than the usual look to see what is in the file.</summary>
    public bool IsSparse { get; init; }
}
