namespace SnapshotTasks;

/// <summary>A lease as its holder times it: monotonically, and from before the claim or renewal was sent.</summary>
/// <remarks>So it ends here no later than in the store, however long the answer took and whatever the clocks say.</remarks>
internal sealed class HeldLease : IDisposable
{
    private readonly Lock renewal = new();
    private readonly TimeProvider time;
    private readonly TimeSpan duration;
    private readonly CancellationTokenSource lost;
    private long heldFrom = long.MinValue;

    public HeldLease(TimeSpan duration, TimeProvider time, long claimSentAt)
    {
        (this.duration, this.time) = (duration, time);
        lost = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        Extend(claimSentAt);
    }

    /// <summary>Fires when the lease is lost, or has not been renewed in time.</summary>
    public CancellationToken Lost => lost.Token;

    public bool IsLost => lost.IsCancellationRequested;

    /// <summary>The store has renewed it.</summary>
    public void Extend(long renewalSentAt)
    {
        lock (renewal)
        {
            // Renewals may overtake each other; an older one must not shorten the lease.
            if (renewalSentAt > heldFrom)
            {
                heldFrom = renewalSentAt;
                var left = duration - time.GetElapsedTime(renewalSentAt);
                lost.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
        }
    }

    /// <summary>The store has refused it.</summary>
    public void Lose() => lost.Cancel();

    public void Dispose() => lost.Dispose();
}
