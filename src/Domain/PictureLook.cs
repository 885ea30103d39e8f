namespace SnapshotTasks;

/// <summary>How large pictures are, in pixels; 0 leaves a measure open, and with all of them open a picture is as large as the video.</summary>
/// <param name="Width">The width.</param>
/// <param name="Height">The height.</param>
/// <param name="MaxLength">The longer side; it does not count when both width and height are given.</param>
/// <remarks>
/// Both width and height: exactly these, the proportions of the video are not kept. Otherwise the one measure that is given,
/// and the other side follows the proportions of the video. What is asked for is what is made, also when that enlarges.
/// </remarks>
public sealed record PictureSize(int Width = 0, int Height = 0, int MaxLength = 0)
{
    /// <summary>The smallest width and height that can be asked for.</summary>
    public const int MinSide = 97;

    /// <summary>The largest width that can be asked for.</summary>
    public const int MaxWidth = 3840;

    /// <summary>The largest height that can be asked for.</summary>
    public const int MaxHeight = 2160;

    /// <summary>The smallest and the largest longer side that can be asked for.</summary>
    public const int MinMaxLength = 240, MaxMaxLength = 3840;

    /// <summary>The width and height of the pictures of a video that is shown in this width and height.</summary>
    public (int Width, int Height) Of(int width, int height) => (Width, Height, MaxLength) switch
    {
        ( > 0, > 0, _) => (Width, Height),
        (_, _, > 0) when width >= height => (MaxLength, Scaled(height, MaxLength, width)),
        (_, _, > 0) => (Scaled(width, MaxLength, height), MaxLength),
        ( > 0, _, _) => (Width, Scaled(height, Width, width)),
        (_, > 0, _) => (Scaled(width, Height, height), Height),
        _ => (width, height),
    };

    // To the nearest pixel, and no side vanishes.
    private static int Scaled(int side, int by, int of) => (int)Math.Clamp((((long)side * by * 2) + of) / (of * 2L), 1, int.MaxValue);
}

/// <summary>Which frames count as black: a black one is skipped, the next one that is not black is taken.</summary>
/// <param name="Amount">The share of pixels, in percent, from which on a frame is black.</param>
/// <param name="Threshold">The brightness below which a pixel counts, from 0 to 255 as the picture shows it.</param>
/// <remarks>
/// The picture keeps the name of the time it was planned for. When no later frame is other than black, it is taken as it is:
/// the names that a request leads to never depend on what the video shows.
/// </remarks>
public sealed record BlackFrames(int Amount, int Threshold)
{
    /// <summary>The largest share, in percent.</summary>
    public const int MaxAmount = 100;

    /// <summary>The largest brightness.</summary>
    public const int MaxThreshold = 255;
}
