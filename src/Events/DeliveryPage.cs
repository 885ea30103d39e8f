namespace SnapshotTasks;

/// <summary>What one step has before it: parked events that are due and the next ones, in which order they may be tried, and what to write of them.</summary>
/// <remarks>Without effects. Of each task one event at a time is handed out, the next one only when the one before was delivered.</remarks>
internal sealed class DeliveryPage
{
    private readonly long settled;
    private readonly List<PendingDelivery> next = [];
    private readonly List<PendingDelivery> due = [];
    private readonly Queue<PendingDelivery> readyNext = new();
    private readonly Queue<PendingDelivery> readyDue = new();
    private readonly Dictionary<TaskId, Queue<PendingDelivery>> followers = [];
    private long highest;
    private bool dueFirst;

    /// <param name="due">Parked events that are due, each the first of its task.</param>
    /// <param name="next">The next events, in their order.</param>
    /// <param name="settled">The number up to which there are no other ones.</param>
    /// <param name="parked">Tasks with parked events, or with events that are still on their way.</param>
    /// <param name="wants">Whether the receiver wants an event.</param>
    public DeliveryPage(
        IEnumerable<ParkedEvent> due, IEnumerable<RecordedEvent> next, long settled, IReadOnlySet<TaskId> parked, Func<RecordedEvent, bool> wants)
    {
        this.settled = settled;
        foreach (var each in due)
        {
            var pending = new PendingDelivery(each.Event, each.Attempts) { IsParked = true };
            this.due.Add(pending);
            Ready(pending, readyDue, wants(each.Event));
        }

        foreach (var happened in next.Where(wants))
        {
            var pending = new PendingDelivery(happened, 0);
            this.next.Add(pending);
            if (parked.Contains(happened.Task))
            {
                pending.State = DeliveryState.Behind;
            }
            else if (followers.TryGetValue(happened.Task, out var earlier))
            {
                earlier.Enqueue(pending);
            }
            else
            {
                followers.Add(happened.Task, new());
                readyNext.Enqueue(pending);
            }
        }

        OldestAt = this.next.FirstOrDefault()?.Event.At;
    }

    /// <summary>When the first of the next events happened; none when there is none.</summary>
    public DateTimeOffset? OldestAt { get; }

    /// <summary>Whether something is left that could be tried now.</summary>
    public bool HasReady => readyNext.Count + readyDue.Count > 0;

    /// <summary>The next event to try; none when there is none now.</summary>
    /// <param name="untried">Whether one that was never tried goes before those that were; otherwise they take turns.</param>
    public PendingDelivery? Take(bool untried)
    {
        dueFirst = !untried && !dueFirst;
        var (first, second) = dueFirst ? (readyDue, readyNext) : (readyNext, readyDue);
        if (!first.TryDequeue(out var taken) && !second.TryDequeue(out taken))
        {
            return null;
        }

        taken.State = DeliveryState.InTheAir;
        if (!taken.IsParked)
        {
            highest = Math.Max(highest, taken.Event.Number);
        }

        return taken;
    }

    /// <summary>An event was delivered: the next of its task may be tried.</summary>
    public void Delivered(PendingDelivery delivered)
    {
        delivered.State = DeliveryState.Delivered;
        if (!delivered.IsParked && followers[delivered.Event.Task].TryDequeue(out var follower))
        {
            readyNext.Enqueue(follower);
        }
    }

    /// <summary>All that there is.</summary>
    public IEnumerable<PendingDelivery> All => due.Concat(next);

    /// <summary>What to write: the position, and which events up to it are still to be delivered, on their way, broken off, or behind another one of their task.</summary>
    public (long Position, IReadOnlyList<EventKey> Behind) Settle()
    {
        List<EventKey> behind = [];
        HashSet<TaskId> blocked = [];

        // What lies above everything that was tried is left for the next step, which reads it again. What lies below it and was not
        // delivered is parked: were the position left there, all that was delivered above it would be delivered again.
        foreach (var each in next.Where(each => each.State != DeliveryState.Delivered))
        {
            if (each.State == DeliveryState.Waiting && each.Event.Number > highest && !blocked.Contains(each.Event.Task))
            {
                return (each.Event.Number - 1, behind);
            }

            blocked.Add(each.Event.Task);
            if (each.State != DeliveryState.Failed)
            {
                behind.Add(EventKey.Of(each.Event));
            }
        }

        return (settled, behind);
    }

    private static void Ready(PendingDelivery pending, Queue<PendingDelivery> queue, bool isWanted)
    {
        if (isWanted)
        {
            queue.Enqueue(pending);
        }
        else
        {
            pending.State = DeliveryState.Delivered;
        }
    }
}
