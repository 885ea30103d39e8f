using System.Globalization;

namespace SnapshotTasks;

/// <summary>Which picture shows which time: read from the time stamps of all frames that a take has decoded.</summary>
internal sealed class Stamps
{
    private readonly List<long> outputs = [];
    private readonly int?[] shown;
    private readonly Take take;

    private Stamps(Take take) => (this.take, shown) = (take, new int?[take.Wanted.Count]);

    /// <summary>The time stamp of the first frame, if there was one.</summary>
    public long? First { get; private set; }

    /// <summary>The time stamp of the latest frame that was read for a picture.</summary>
    public long? Last { get; private set; }

    /// <summary>Whether it was read to the end of the video.</summary>
    public bool IsAtEnd { get; private set; } = true;

    /// <summary>The time stamps of the pictures, in the order in which ffmpeg writes them; the last one is the last frame that was read.</summary>
    public IReadOnlyList<long> Outputs => outputs;

    /// <summary>Reads what ffmpeg has printed of each frame.</summary>
    public static Stamps Read(IEnumerable<string> lines, Take take)
    {
        var stamps = new Stamps(take);
        foreach (var line in lines)
        {
            if (StampIn(line) is { } stamp && !stamps.Follow(stamp))
            {
                break;
            }
        }

        stamps.End();
        return stamps;
    }

    /// <summary>Reads the stamp of a printed line; none when it is of something else.</summary>
    public static long? StampIn(string line)
    {
        const string Mark = " pts:";
        var at = line.IndexOf(Mark, StringComparison.Ordinal);
        if (at < 0)
        {
            return null;
        }

        var number = line.AsSpan(at + Mark.Length);
        var end = number.IndexOf(' ');
        return long.TryParse(end < 0 ? number : number[..end], CultureInfo.InvariantCulture, out var stamp) ? stamp : null;
    }

    /// <summary>The picture, by its place in the outputs, that shows what is displayed at the wanted time of an index.</summary>
    public int? OutputOf(int wanted) => shown[wanted];

    // As the filters do: a frame that comes after a wanted time ends the slot whose last frame is displayed then.
    private bool Follow(long stamp)
    {
        if (stamp >= take.Until)
        {
            IsAtEnd = false;
            return false;
        }

        if (Last is { } previous && Assign(previous, stamp))
        {
            outputs.Add(previous);
        }

        First ??= stamp;
        Last = stamp;
        return true;
    }

    private void End()
    {
        if (Last is { } last)
        {
            Assign(last, long.MaxValue);
            outputs.Add(last);
        }
    }

    private bool Assign(long from, long until)
    {
        var index = FirstWantedAt(from);
        var any = false;
        for (; index < shown.Length && take.Wanted[index] < until; index++)
        {
            shown[index] ??= outputs.Count;
            any = true;
        }

        return any;
    }

    private int FirstWantedAt(long time)
    {
        var (low, high) = (0, take.Wanted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = take.Wanted[middle] < time ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
