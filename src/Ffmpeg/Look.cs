namespace SnapshotTasks;

/// <summary>What the packets of a video say: where a seek lands, when its pictures are displayed, and where it ends.</summary>
internal sealed class Look
{
    /// <summary>How many packets are looked at: those of a day of video at 50 pictures a second, and of no more, because files of a few KB can have any number.</summary>
    public const int MostPackets = 4_320_000;

    private readonly List<long> keys = [];
    private readonly List<PlacedPicture> placed = [];
    private readonly List<long> stamps = [];
    private readonly bool whole;
    private readonly bool places;
    private readonly long most;
    private readonly long usualDistance;
    private int decoded;
    private long lastDecoding = long.MinValue;
    private readonly List<long?> inOrder = [];
    private long? end;
    private int packets;

    /// <param name="usualDistance">From one picture to the next, where packets do not say.</param>
    /// <param name="whole">Whether all packets are looked at.</param>
    /// <param name="places">Whether packets say where in the file they are.</param>
    /// <param name="most">How many packets are looked at.</param>
    public Look(long usualDistance, bool whole = false, bool places = false, long most = MostPackets) =>
        (this.usualDistance, this.whole, this.places, this.most) = (usualDistance, whole, places, most);

    /// <summary>What ffprobe is to show, a line for each packet.</summary>
    public const string Entries = "packet=pts_time,dts_time,duration_time,flags";

    /// <summary>What ffprobe is to show where packets say where in the file they are.</summary>
    public const string EntriesWithPlaces = "packet=pts_time,dts_time,duration_time,size,pos,flags";

    /// <summary>Where it ends, if anything was seen.</summary>
    public long? End => end;

    /// <summary>Whether the clock begins anew on the way, because parts were joined.</summary>
    public bool IsJoined { get; private set; }

    /// <summary>When each picture is displayed, in order, if every packet says so and the clock only goes forward.</summary>
    public IReadOnlyList<long>? Stamps { get; private set; }

    /// <summary>
    /// When each picture is displayed, where only some packets say so and pictures are decoded in the order of their display: those between
    /// two that are known are spread out evenly, because a program stream has one stamp for all the pictures that begin in a packet of it.
    /// </summary>
    public IReadOnlyList<long>? Spread { get; private set; }

    /// <summary>Adds a packet that ffprobe has shown.</summary>
    public void Add(string line)
    {
        var fields = line.Split(',');
        var flags = places ? 5 : 3;
        if (fields.Length <= flags || ++packets > most)
        {
            return;
        }

        var (displayed, decoding) = (Clock.Read(fields[0]), Clock.Read(fields[1]));
        if (fields[flags].StartsWith('K') && (displayed ?? decoding) is { } key)
        {
            keys.Add(key);
        }

        if ((displayed ?? decoding) is { } time)
        {
            end = Math.Max(end ?? long.MinValue, time + (Clock.Read(fields[2]) is { } duration and > 0 ? duration : usualDistance));
        }

        if (whole)
        {
            AddToTable(displayed, decoding);
        }

        if (places && displayed is { } stamp && int.TryParse(fields[3], out var size) && long.TryParse(fields[4], out var position))
        {
            placed.Add(new(stamp, position, size));
        }
    }

    /// <summary>Whether there are more packets than are looked at.</summary>
    public bool IsTooLong => packets > most;

    /// <summary>Whether the file ends before what it promises.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Ends the look; a table of stamps is one only when nothing is missing in it.</summary>
    public void Complete(bool isCut = false)
    {
        IsCut = isCut;
        keys.Sort();
        placed.Sort((one, other) => one.Stamp.CompareTo(other.Stamp));
        if (whole && !IsJoined && stamps.Count > 0)
        {
            if (stamps.Count == inOrder.Count && decoded == inOrder.Count)
            {
                stamps.Sort();
                Stamps = stamps;
            }
            else if (stamps.Zip(stamps.Skip(1)).All(pair => pair.First < pair.Second))
            {
                Spread = SpreadOut();
            }
        }
    }

    /// <summary>The last key frame displayed at a time or before; none when the video has to be read from its start.</summary>
    public long? KeyAt(long time) => keys.BinarySearch(time) switch
    {
        >= 0 => time,
        -1 => null,
        var found => keys[~found - 1],
    };

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

    /// <summary>The picture displayed at a time and its place in the file, if that is known: no other can lie between it and the time.</summary>
    public PlacedPicture? PictureAt(long time)
    {
        var after = placed.FindIndex(picture => picture.Stamp > time);
        return (after < 0 ? placed.LastOrDefault() : after == 0 ? null : placed[after - 1]) is { } last && time < last.Stamp + usualDistance ? last : null;
    }

    private List<long> SpreadOut()
    {
        var spread = new List<long>();
        var next = 0;
        for (var at = 0; at < inOrder.Count; at++)
        {
            // Looked for once for all that lie before it: a file may have millions without a stamp.
            next = next >= 0 && next <= at ? inOrder.FindIndex(at, stamp => stamp is not null) : next;
            spread.Add(inOrder[at] ?? (spread.Count == 0 ? inOrder[next]!.Value - (next * usualDistance)
                : next < 0 ? spread[^1] + usualDistance
                : spread[^1] + ((inOrder[next]!.Value - spread[^1]) / (next - at + 1))));
        }

        return spread;
    }

    private void AddToTable(long? displayed, long? decoding)
    {
        inOrder.Add(displayed);
        if (displayed is { } stamp)
        {
            stamps.Add(stamp);
        }

        if (decoding is { } now)
        {
            decoded++;
            IsJoined |= now < lastDecoding;
            lastDecoding = now;
        }
    }
}

/// <summary>A picture and where its packet is.</summary>
/// <param name="Stamp">When it is displayed.</param>
/// <param name="Position">Where in the file its packet begins.</param>
/// <param name="Size">How many bytes that has.</param>
internal sealed record PlacedPicture(long Stamp, long Position, int Size);
