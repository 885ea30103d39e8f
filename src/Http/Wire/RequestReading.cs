using Microsoft.AspNetCore.Http;
using static SnapshotTasks.CreateFields;

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

    public static SnapshotRequest RequestOf(WireValues body)
    {
        var para = body.Of(ThumbnailPara);
        var sampling = SamplingOf(para, IsOne(body, Sync));
        para.RefuseRetired();
        if (para.Of(Para.Format) != Para.Format.Default)
        {
            throw para.Invalid(Para.Format, "must be 1, which is JPG");
        }

        return new(MediaOf(body.Of(Input)), MediaOf(body.Of(Output)), sampling)
        {
            UserData = body.Of(UserData),
            OutputFileName = para.Of(Para.OutputFilename) is { Length: > 0 } name ? name : null,
            Size = SizeOf(para),
            Black = BlackOf(para),
            Archive = !IsOne(body, Tar),
        };
    }

    /// <summary>The caller's name for a create, as sent. Two of them are refused: joined, they would be a third that nobody chose.</summary>
    public static string? KeyOf(IHeaderDictionary headers) => headers[KeyHeader] switch
    {
        [] => null,
        [var key] => key,
        _ => throw WireException.Invalid($"{KeyHeader} must be sent once."),
    };

    /// <summary>Whether a number that must be 0 or 1 is 1.</summary>
    public static bool IsOne(WireValues body, NumberField field) => body.Of(field) switch
    {
        0 => false,
        1 => true,
        _ => throw body.Invalid(field, "must be 0 or 1"),
    };

    private static Sampling SamplingOf(WireValues para, bool sync) => para.Of(Para.Type) switch
    {
        null or "TIME" when sync => throw para.Invalid(Para.Type, "must be DOTS or DOTS_MS when sync is 1, with exactly one point"),
        null or "TIME" => Sampling.Every(Seconds(para.Of(Para.Time)), Seconds(para.Of(Para.StartTime)), Seconds(para.Of(Para.Duration))),
        "DOTS" => Sampling.At([.. para.Of(Para.Dots).Select(Seconds)]),
        "DOTS_MS" when !sync => throw para.Invalid(Para.Type, "DOTS_MS is for sync 1 only: without sync, use DOTS"),
        "DOTS_MS" => para.Of(Para.DotsMs) is [>= 0 and var millisecond]
            ? Sampling.At(TimeSpan.FromMilliseconds(millisecond))
            : throw para.Invalid(Para.DotsMs, "must have exactly one point, which is not negative"),
        "PERCENT" => throw para.Invalid(Para.Type, "PERCENT is no longer supported: use TIME with time, or DOTS with dots"),
        _ => throw para.Invalid(Para.Type, "must be TIME, DOTS or DOTS_MS"),
    };

    private static TimeSpan Seconds(int number) => TimeSpan.FromSeconds(number);

    private static PictureSize? SizeOf(WireValues para)
    {
        var size = new PictureSize(para.Of(Para.Width), para.Of(Para.Height), para.Of(Para.MaxLength));
        return size == new PictureSize() ? null : size;
    }

    private static BlackFrames? BlackOf(WireValues para) => (para.Of(Para.Amount), para.Of(Para.Threshold)) switch
    {
        (null, null) => null,
        var (amount, threshold) => new(amount ?? Para.UsualAmount, threshold ?? Para.UsualThreshold),
    };

    private static MediaObject MediaOf(WireValues place) =>
        new(place.Of(Place.Bucket)!, place.Of(Place.Location)!, place.Of(Place.Object)!, place.Of(Place.FileName));
}
