namespace SnapshotTasks;

/// <summary>Pictures that one input of ffmpeg gives.</summary>
/// <param name="Seek">Where it begins to read; none is at the start.</param>
/// <param name="Wanted">The times whose pictures are wanted, in order: arithmetic, or few.</param>
/// <param name="Until">From where on nothing is read any more; none is to the end.</param>
internal sealed record Take(long? Seek, IReadOnlyList<long> Wanted, long? Until)
{
    /// <summary>
    /// The time stamps of the wanted pictures where others refer to each of them, so that those to which nobody refers need not be decoded;
    /// none where that is not so, or not known.
    /// </summary>
    public IReadOnlyList<long>? Referenced { get; init; }

    /// <summary>Takes the pictures displayed at some times, and reads no further.</summary>
    public static Take At(long? seek, IReadOnlyList<long> wanted) => new(seek, wanted, wanted[^1] + 1);
}

/// <summary>Decides how pictures are got out of a video: by seeking to each, or by reading through.</summary>
internal static class Takes
{
    // What an input costs beside its decoding, as time of a video.
    private const long Opening = 150_000;

    // Below this share of reading through, seeking pays.
    private const double Worth = 0.9;

    /// <summary>The takes of some times, in order; a single one when the video is to be read through.</summary>
    /// <param name="video">The video.</param>
    /// <param name="look">Where seeks in it land.</param>
    /// <param name="wanted">The times, in order.</param>
    /// <param name="last">Whether the last picture of all is wanted as well.</param>
    public static IReadOnlyList<Take> Plan(Video video, Look look, IReadOnlyList<long> wanted, bool last)
    {
        var times = last ? [.. wanted, Math.Max(look.End!.Value - 1, wanted[^1])] : wanted;
        var groups = times.GroupBy(time => SeekTo(video, look, time)).Select(group => (Seek: group.Key, Times: group.ToList())).ToList();
        var seeking = groups.Sum(group => group.Times[^1] - (group.Seek ?? video.First) + Opening);
        var reading = times[^1] - video.First + Opening;
        if (groups.Count > 1 && seeking > Worth * reading)
        {
            return [new(null, wanted, last ? null : times[^1] + 1)];
        }

        return
        [
            .. groups.Select((group, index) => last && index == groups.Count - 1
                ? new Take(group.Seek, group.Times[..^1], null)
                : Take.At(group.Seek, group.Times)),
        ];
    }

    /// <summary>Where to seek for the picture displayed at a time; none is the start.</summary>
    public static long? SeekTo(Video video, Look look, long time)
    {
        // What is taken from interlaced lines needs the frame before, so the key frame itself is never the first.
        var key = look.KeyAt(time);
        if (key is { } found && video.IsInterlaced)
        {
            key = look.KeyAt(found - 1);
        }

        return key > video.First ? key : null;
    }

    /// <summary>Where to look for a picture when it was not found after a seek: further back, and at last from the start.</summary>
    public static IEnumerable<long?> FurtherBack(Video video, Look look, long seek)
    {
        long?[] places =
        [
            look.KeyAt(seek - 1000),
            video.Container.Seeking == Seeking.ByAllPackets ? seek - (3 * Clock.Second) : null,
            seek - (10 * Clock.Second),
            seek - (60 * Clock.Second),
        ];
        return places.Where(place => place > video.First && place < seek).Distinct().OrderDescending().Append(null);
    }
}
