namespace SnapshotTasks;

/// <summary>What the packets of a video say: where a seek lands, when its pictures are displayed, and where it ends.</summary>
internal sealed class Look
{
    private readonly SortedSet<long> keys = [];
    private readonly List<long> stamps = [];
    private readonly bool whole;
    private long lastDecoding = long.MinValue;
    private bool stamped = true;
    private long? end;

    /// <param name="whole">Whether all packets are looked at.</param>
    public Look(bool whole = false) => this.whole = whole;

    /// <summary>What ffprobe is to show, a line for each packet.</summary>
    public const string Entries = "packet=pts_time,dts_time,duration_time,flags";

    /// <summary>Where it ends, if anything was seen.</summary>
    public long? End => end;

    /// <summary>Whether the clock begins anew on the way, because parts were joined.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>When each picture is displayed, in order, if every packet says so and the clock only goes forward.</summary>
    public IReadOnlyList<long>? Stamps { get; private set; }

    /// <summary>Adds a packet that ffprobe has shown.</summary>
    public void Add(string line, long usualDistance)
    {
        var fields = line.Split(',');
        if (fields.Length < 4)
        {
            return;
        }

        var (displayed, decoded) = (Clock.Read(fields[0]), Clock.Read(fields[1]));
        if (fields[3].StartsWith('K') && (displayed ?? decoded) is { } key)
        {
            keys.Add(key);
        }

        if ((displayed ?? decoded) is { } time)
        {
            end = Math.Max(end ?? long.MinValue, time + (Clock.Read(fields[2]) is { } duration and > 0 ? duration : usualDistance));
        }

        if (whole)
        {
            AddToTable(displayed, decoded);
        }
    }

    /// <summary>Whether the file ends before what it promises.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Ends the look; a table of stamps is one only when nothing is missing in it.</summary>
    public void Complete(bool isCut = false)
    {
        IsCut = isCut;
        if (whole && !IsJoined && stamped && stamps.Count > 0)
        {
            stamps.Sort();
            Stamps = stamps;
        }
    }

    /// <summary>The last key frame displayed at a time or before; none when the video has to be read from its start.</summary>
    public long? KeyAt(long time) => keys.Count > 0 && keys.Min <= time ? keys.GetViewBetween(long.MinValue, time).Max : null;

    /// <summary>The time of the picture displayed at a time, if that is known.</summary>
    public long? StampAt(long time)
    {
        if (Stamps is null)
        {
            return null;
        }

        var found = stamps.BinarySearch(time);
        return found >= 0 ? time : stamps[Math.Max(0, ~found - 1)];
    }

    private void AddToTable(long? displayed, long? decoded)
    {
        stamped &= displayed is not null && decoded is not null;
        if (displayed is { } stamp)
        {
            stamps.Add(stamp);
        }

        if (decoded is { } now)
        {
            IsJoined |= now < lastDecoding;
            lastDecoding = now;
        }
    }
}
