namespace SnapshotTasks;

/// <summary>The filters that give a frame the shape and the colours of a picture: JPEG readers take square pixels, BT.601 with its full range, and sRGB.</summary>
internal static class PictureFilters
{
    // Brightness of the reference white of BT.2408, in candela for each square metre.
    private const string White = "203";

    // What is untagged and larger than this is meant as BT.709, by the rule of players.
    private const int LargestWidthOfBt601 = 1279, LargestHeightOfBt601 = 576;

    /// <summary>The filters of pictures of a size; <paramref name="blackness"/> is what stands before the picture becomes one, if anything.</summary>
    public static IEnumerable<string> For(Video video, int width, int height, params IEnumerable<string> blackness)
    {
        var colours = video.Colours;
        var scaled = $"zscale=w={width}:h={height}:filter=bicubic";
        var source = $"min={MatrixOf(video)}:rin={(colours.HasAlpha ? "full" : RangeOf(colours))}";
        var measured = blackness.ToList();
        // The last format has its full range in its name; the test of blackness knows it only without, and then the range is a property.
        string[] end = measured.Count > 0 ? ["format=yuv420p", .. measured, "format=yuvj420p"] : ["format=yuvj420p"];
        string[] odd = width % 2 + (height % 2) > 0 ? ["format=yuvj444p"] : [];
        return
        [
            .. Prepared(video),
            .. colours.IsHdr ? ToneMapped(colours, $"{scaled}:{source}")
                : colours.IsWide ? Narrowed(colours, $"{scaled}:{source}")
                : [$"{scaled}:{source}:m=170m:r=full"],
            .. odd,
            .. end,
            "setsar=1",
        ];
    }

    // What the scaler takes: red, green and blue in planes, nothing to be seen through, no half of a colour at an odd edge.
    private static IEnumerable<string> Prepared(Video video)
    {
        var colours = video.Colours;
        return colours.HasAlpha ? [.. OpaqueRgb(video)]
            : colours is { IsRgb: true, IsPlanarRgb: false } ? ["format=gbrp"]
            : !colours.IsRgb && !colours.IsGray && video.Stored.Width % 2 + (video.Stored.Height % 2) > 0 ? [colours.IsDeep ? "format=yuv444p12le" : "format=yuv444p"]
            : [];
    }

    // On black, which is what transparent parts are multiplied to.
    private static IEnumerable<string> OpaqueRgb(Video video) =>
    [
        .. video.Colours is { IsRgb: false, IsGray: false } ? [$"zscale=min={YuvMatrixOf(video)}:rin={RangeOf(video.Colours)}:m=gbr:r=full"] : Array.Empty<string>(),
        "format=gbrap",
        "premultiply=inplace=1",
        "format=gbrp",
    ];

    // What a frame is when it is scaled.
    private static string MatrixOf(Video video) => video.Colours.IsRgb || video.Colours.HasAlpha ? "gbr" : YuvMatrixOf(video);

    private static string YuvMatrixOf(Video video) => video.Colours switch
    {
        { Matrix: "bt709" } => "709",
        { Matrix: "bt2020nc" or "bt2020c" } => "2020_ncl",
        { Matrix: "smpte240m" } => "240m",
        { Matrix: "fcc" } => "fcc",
        { Matrix: "ycgco" } => "ycgco",
        { Matrix: null } when video.Stored.Width > LargestWidthOfBt601 || video.Stored.Height > LargestHeightOfBt601 => "709",
        _ => "170m",
    };

    private static string RangeOf(Colours colours) =>
        colours.IsRgb || colours.IsFull == true || colours.Pixels.StartsWith("yuvj", StringComparison.Ordinal) || (colours is { IsGray: true, IsFull: null })
            ? "full"
            : "limited";

    private static string[] ToneMapped(Colours colours, string scaled) =>
    [
        $"{scaled}:pin=2020:tin={colours.Transfer}:t=linear:npl={White}:p=709:m=gbr",
        "format=gbrpf32le",
        "tonemap=mobius:param=0.6:desat=0",
        "zscale=t=iec61966-2-1:m=170m:r=full",
    ];

    private static string[] Narrowed(Colours colours, string scaled) =>
    [
        $"{scaled}:pin={colours.Primaries}:tin=709:t=linear:p=709:m=gbr",
        "format=gbrpf32le",
        "zscale=t=709:m=170m:r=full",
    ];
}
