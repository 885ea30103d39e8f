namespace SnapshotTasks.Storage;

/// <summary>From where on claims look for tasks: what has passed is not read again, although a database may keep its entries for long.</summary>
/// <remarks>
/// A floor alone would leave tasks below it for ever: one that was accepted earlier and committed later, one whose claim was rolled
/// back. So one scan a second begins at the beginning, a look, also while all others find enough, and so does one that follows a scan
/// that found too few. A look that took long is not repeated for ten times as long. One is shared by all that claim in a process.
/// </remarks>
internal sealed class ClaimFloor(TimeProvider time)
{
    private const int Rest = 10;
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(10);

    // Leases are granted and given back at the time of their decision, which commits soon after.
    private static readonly TimeSpan UntilCommitted = TimeSpan.FromMinutes(1);

    private readonly Lock guard = new();
    private ClaimScan floor = ClaimScan.Everything;
    private int looks;
    private long looked;
    private TimeSpan untilNext;
    private TimeSpan untilNextOfFew;

    /// <summary>Where a claim is to look.</summary>
    public ClaimScan Begin()
    {
        lock (guard)
        {
            return time.GetElapsedTime(looked) >= untilNext ? Look() : floor with { Looks = looks, Began = time.GetTimestamp() };
        }
    }

    /// <summary>The look that is to follow a scan which found too few; none when the last one took so long that it is too soon.</summary>
    public ClaimScan? LookAfter(ClaimScan scan)
    {
        lock (guard)
        {
            return !scan.IsLook && time.GetElapsedTime(looked) >= untilNextOfFew ? Look() : null;
        }
    }

    /// <summary>A look has read everything.</summary>
    /// <param name="look">The look.</param>
    /// <param name="firstExpiry">When the first of all leases expires; none when nothing runs.</param>
    /// <param name="now">The store's time after that.</param>
    public void Looked(ClaimScan look, DateTimeOffset? firstExpiry, DateTimeOffset now)
    {
        lock (guard)
        {
            var settled = now - UntilCommitted;
            floor = floor with { Expiry = firstExpiry < settled ? firstExpiry.Value : settled };
            looked = time.GetTimestamp();
            var took = time.GetElapsedTime(look.Began, looked);
            untilNextOfFew = took < Long ? TimeSpan.Zero : took * Rest;
            untilNext = untilNextOfFew > BetweenLooks ? untilNextOfFew : BetweenLooks;
        }
    }

    /// <summary>A claim is known to have committed.</summary>
    /// <param name="scan">Where it had looked.</param>
    /// <param name="last">The last queued task that it has started.</param>
    public void Committed(ClaimScan scan, ClaimPosition last)
    {
        lock (guard)
        {
            // A scan that began before a look may have begun above what that has found.
            if (scan.Looks == looks && (scan.IsLook || last.CompareTo(floor.After) > 0))
            {
                floor = floor with { After = last };
                looks += scan.IsLook ? 1 : 0;
            }
        }
    }

    // Others may look meanwhile only when this one is lost.
    private ClaimScan Look()
    {
        (looked, untilNext, untilNextOfFew) = (time.GetTimestamp(), BetweenLooks, BetweenLooks);
        return ClaimScan.Everything with { Looks = looks, Began = looked };
    }
}

/// <summary>The place of a task in the queue.</summary>
internal readonly record struct ClaimPosition(DateTimeOffset CreatedAt, TaskId Id) : IComparable<ClaimPosition>
{
    public int CompareTo(ClaimPosition other) => (CreatedAt, Id).CompareTo((other.CreatedAt, other.Id));
}

/// <summary>Where a claim looks for tasks.</summary>
/// <param name="After">The place in the queue after which it looks.</param>
/// <param name="Expiry">The expiry of leases from which on it looks.</param>
/// <param name="Looks">How many looks had committed before.</param>
/// <param name="Began">When it began, as a time stamp.</param>
internal sealed record ClaimScan(ClaimPosition After, DateTimeOffset Expiry, int Looks = 0, long Began = 0)
{
    public static ClaimScan Everything { get; } = new(new(DateTimeOffset.MinValue, default), DateTimeOffset.MinValue);

    /// <summary>Whether it begins at the beginning.</summary>
    public bool IsLook => After == Everything.After && Expiry == Everything.Expiry;
}
