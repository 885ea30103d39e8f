using System.Text.Json;

namespace SnapshotTasks;

/// <summary>What the numbers of a frame mean.</summary>
/// <param name="Pixels">Its pixel format, in ffmpeg's word.</param>
/// <param name="Matrix">How brightness and colour were made of red, green and blue; none when the video does not say.</param>
/// <param name="IsFull">Whether black is 0 and white the largest number; none when the video does not say.</param>
/// <param name="Primaries">Which red, green and blue; none when the video does not say.</param>
/// <param name="Transfer">How numbers become light; none when the video does not say.</param>
internal sealed record Colours(string Pixels, string? Matrix, bool? IsFull, string? Primaries, string? Transfer)
{
    private static readonly string[] Packed = ["rgb", "bgr", "argb", "abgr", "rgba", "bgra", "0rgb", "0bgr", "x2rgb", "x2bgr", "gbr", "pal8", "monow", "monob"];

    /// <summary>Reads the tags of a frame, and of its track where the frame has none.</summary>
    public static Colours Read(JsonElement frame, JsonElement track) => new(
        frame.Text("pix_fmt") ?? track.Text("pix_fmt") ?? "yuv420p",
        frame.Text("color_space") ?? track.Text("color_space"),
        (frame.Text("color_range") ?? track.Text("color_range")) switch { "pc" => true, "tv" => false, _ => null },
        frame.Text("color_primaries") ?? track.Text("color_primaries"),
        frame.Text("color_transfer") ?? track.Text("color_transfer"));

    /// <summary>Whether it is red, green and blue already.</summary>
    public bool IsRgb => Packed.Any(name => Pixels.StartsWith(name, StringComparison.Ordinal));

    /// <summary>Whether red, green and blue lie in planes of their own, as the scaler wants them.</summary>
    public bool IsPlanarRgb => Pixels.StartsWith("gbr", StringComparison.Ordinal);

    /// <summary>Whether it has no colours.</summary>
    public bool IsGray => Pixels.StartsWith("gray", StringComparison.Ordinal) || Pixels is "ya8" || Pixels.StartsWith("ya16", StringComparison.Ordinal);

    /// <summary>Whether parts of it can be seen through.</summary>
    public bool HasAlpha =>
        Pixels is "pal8" || Pixels.StartsWith("yuva", StringComparison.Ordinal) || Pixels.StartsWith("gbrap", StringComparison.Ordinal)
        || Pixels.StartsWith("ya", StringComparison.Ordinal)
        || Pixels.StartsWith("rgba", StringComparison.Ordinal) || Pixels.StartsWith("bgra", StringComparison.Ordinal)
        || Pixels is "argb" or "abgr";

    /// <summary>Whether it has more than 8 bits.</summary>
    public bool IsDeep => Pixels.EndsWith("le", StringComparison.Ordinal) || Pixels.EndsWith("be", StringComparison.Ordinal);

    /// <summary>Whether it is meant for screens that are brighter than those of JPEG readers.</summary>
    public bool IsHdr => Transfer is "smpte2084" or "arib-std-b67";

    /// <summary>Whether its red, green and blue are tagged as others than those of JPEG readers, and wider.</summary>
    public bool IsWide => Primaries is "smpte431" or "smpte432" or "bt2020";
}
