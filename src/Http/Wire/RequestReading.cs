using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;

namespace SnapshotTasks;

/// <summary>Reads a create's body as what is asked for.</summary>
/// <remarks>
/// Ranges are the commands' to check. Here is what only the wire knows: defaults, what belongs together, and which
/// fields count for which type; those of another are ignored, as clients leave old ones set.
/// </remarks>
internal static class RequestReading
{
    /// <summary>The header with the caller's name for a create.</summary>
    public const string KeyHeader = "Idempotency-Key";

    private const int DefaultInterval = 12, Jpg = 1;

    public static SnapshotRequest RequestOf(CreateThumbnailsBody body)
    {
        var para = Required(body.ThumbnailPara, "thumbnail_para");
        var sampling = SamplingOf(para, IsSync(body));
        if (para.Percent is not null)
        {
            throw WireException.Invalid("thumbnail_para.percent is no longer supported: use type TIME with time, or DOTS with dots.");
        }

        if (para.Format is not (null or Jpg))
        {
            throw WireException.Invalid("thumbnail_para.format must be 1, which is JPG.");
        }

        return new(MediaOf(body.Input, "input"), MediaOf(body.Output, "output"), sampling)
        {
            UserData = body.UserData,
            OutputFileName = string.IsNullOrEmpty(para.OutputFilename) ? null : para.OutputFilename,
            Size = SizeOf(para),
            Black = BlackOf(para),
            Archive = Flag(body.Tar, "tar", 1) == 0,
        };
    }

    /// <summary>The caller's name for a create, as sent. Two of them are refused: joined, they would be a third that nobody chose.</summary>
    public static string? KeyOf(IHeaderDictionary headers) => headers[KeyHeader] switch
    {
        [] => null,
        [var key] => key,
        _ => throw WireException.Invalid($"{KeyHeader} must be sent once."),
    };

    /// <summary>Whether the picture is wanted now.</summary>
    public static bool IsSync(CreateThumbnailsBody body) => Flag(body.Sync, "sync", 0) == 1;

    /// <summary>A number that is 0 or 1.</summary>
    public static int Flag(int? value, string field, int otherwise) => value switch
    {
        null => otherwise,
        0 or 1 => value.Value,
        _ => throw WireException.Invalid($"{field} must be 0 or 1."),
    };

    private static Sampling SamplingOf(ThumbnailPara para, bool sync) => para.Type switch
    {
        null or "TIME" when sync => throw WireException.Invalid("thumbnail_para.type must be DOTS or DOTS_MS when sync is 1, with exactly one point."),
        null or "TIME" => Sampling.Every(
            TimeSpan.FromSeconds(para.Time ?? DefaultInterval),
            TimeSpan.FromSeconds(para.StartTime ?? 0),
            TimeSpan.FromSeconds(para.Duration ?? 0)),
        "DOTS" => Sampling.At([.. (para.Dots ?? []).Select(second => TimeSpan.FromSeconds(second))]),
        "DOTS_MS" when !sync => throw WireException.Invalid("thumbnail_para.type DOTS_MS is for sync 1 only: without sync, use DOTS."),
        "DOTS_MS" => para.DotsMs is [>= 0 and var millisecond]
            ? Sampling.At(TimeSpan.FromMilliseconds(millisecond))
            : throw WireException.Invalid("thumbnail_para.dots_ms must have exactly one point, which is not negative."),
        "PERCENT" => throw WireException.Invalid("thumbnail_para.type PERCENT is no longer supported: use TIME with time, or DOTS with dots."),
        _ => throw WireException.Invalid("thumbnail_para.type must be TIME, DOTS or DOTS_MS."),
    };

    private static PictureSize? SizeOf(ThumbnailPara para)
    {
        var size = new PictureSize(para.Width ?? 0, para.Height ?? 0, para.MaxLength ?? 0);
        return size == new PictureSize() ? null : size;
    }

    private static BlackFrames? BlackOf(ThumbnailPara para) => (para.Amount, para.Threshold) switch
    {
        ({ } amount, { } threshold) => new(amount, threshold),
        (null, null) => null,
        _ => throw WireException.Invalid("thumbnail_para.amount and thumbnail_para.threshold must be given both, or none of them."),
    };

    private static MediaObject MediaOf(ObsObject? place, string name)
    {
        Required(place, name);
        return new(
            Required(place.Bucket, $"{name}.bucket"),
            Required(place.Location, $"{name}.location"),
            Required(place.Object, $"{name}.object"),
            place.FileName);
    }

    private static T Required<T>([NotNull] T? value, string field)
        where T : class => value ?? throw WireException.Invalid($"{field} is required.");
}
