using System.Globalization;
using System.Text.Json;

namespace SnapshotTasks;

/// <summary>A video as ffprobe describes it.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Format">Its container, in ffmpeg's word.</param>
/// <param name="Stream">The index of its video stream.</param>
/// <param name="Width">How wide it is shown, in pixels.</param>
/// <param name="Height">How high it is shown, in pixels.</param>
/// <param name="Length">How long it lasts; none when the container does not say.</param>
internal sealed record Video(string Path, string Format, int Stream, int Width, int Height, TimeSpan? Length)
{
    /// <summary>The most pixels of a frame: enough for 8K and more, and a bound on what a hostile header can make ffmpeg allocate.</summary>
    public const int MaxPixels = 100_000_000;

    /// <summary>Reads ffprobe's JSON.</summary>
    /// <exception cref="CaptureFailedException">There is no video in it that can be taken pictures of.</exception>
    public static Video Read(string path, string json)
    {
        using var document = JsonDocument.Parse(json);
        if (!document.RootElement.TryGetProperty("format", out var format) || !document.RootElement.TryGetProperty("streams", out var streams))
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input is not a video in a known format.");
        }

        var stream = streams.EnumerateArray().FirstOrDefault(IsMovingPicture);
        if (stream.ValueKind == JsonValueKind.Undefined)
        {
            throw new CaptureFailedException(FailureCode.InvalidFormat, "The input has no video stream.");
        }

        if (Text(stream, "codec_name") is null or "unknown" || Number(stream, "width") <= 0 || Number(stream, "height") <= 0)
        {
            throw new CaptureFailedException(FailureCode.InvalidCodec, $"The video cannot be decoded: its codec is not known, or its frames have more than {MaxPixels / 1_000_000} million pixels.");
        }

        var (width, height) = IsTurned(stream)
            ? (Number(stream, "height"), Number(stream, "width"))
            : (Number(stream, "width"), Number(stream, "height"));
        return (long)width * height > MaxPixels
            ? throw new CaptureFailedException(
                FailureCode.InvalidInputData, $"The video's frames have {width} x {height} pixels, at most {MaxPixels / 1_000_000} million are taken.")
            : new(path, Text(format, "format_name") ?? "", Number(stream, "index"), width, height, DurationOf(stream) ?? DurationOf(format));
    }

    // A cover picture in a file of music is a video stream too, in ffmpeg's eyes.
    private static bool IsMovingPicture(JsonElement stream) =>
        Text(stream, "codec_type") == "video"
        && !(stream.TryGetProperty("disposition", out var disposition) && Number(disposition, "attached_pic") == 1);

    private static bool IsTurned(JsonElement stream) =>
        stream.TryGetProperty("side_data_list", out var list)
        && list.EnumerateArray().Any(data =>
            data.TryGetProperty("rotation", out var rotation)
            && rotation.TryGetDouble(out var degrees)
            && Math.Abs(Math.Abs(degrees % 180) - 90) < 1);

    private static TimeSpan? DurationOf(JsonElement element) =>
        decimal.TryParse(Text(element, "duration"), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)
        && seconds is > 0 and < 1_000_000_000
            ? TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond))
            : null;

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int Number(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.TryGetInt32(out var number) ? number : 0;
}
