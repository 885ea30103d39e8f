namespace SnapshotTasks.Storage;

/// <summary>The lanes that have something to start, as far as this process knows, and from where on each is read.</summary>
/// <remarks>
/// What has passed is not read again, although a database may keep its entries for long: each lane has a floor, the last task of it whose
/// claim is known to have committed. That alone would leave out what others have queued, what was accepted earlier and committed later, and
/// what a claim that was rolled back had taken. So once a second, also while claims find enough, one begins with a look at all lanes and
/// leases, and so does one that has found too few. A look that took long is not repeated for ten times as long. One ring is shared by all that
/// claim in a process.
/// </remarks>
internal sealed class LaneRing(TimeProvider time)
{
    private const int Rest = 10;

    // More are not under way at once: those that were rolled back are still among them.
    private const int MostSearches = 16;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromMilliseconds(10);

    // Leases are granted and given back at the time of their decision, which commits soon after.
    private static readonly TimeSpan UntilCommitted = TimeSpan.FromMinutes(1);

    private readonly Lock guard = new();
    private readonly Dictionary<Lane, TaskId> floors = [];
    private readonly SortedSet<Lane> lanes = new(Lane.Ring);

    // Those that are not over are no reason to read a lane, but are read with it, should they be over by then.
    private readonly HashSet<Lane> deferring = [];
    private readonly List<ClaimSearch> underWay = [];
    private HeldBack heldBack = HeldBack.Nothing;
    private Turns turns;
    private DateTimeOffset expiry = DateTimeOffset.MinValue;
    private long looked;
    private TimeSpan untilNext;
    private TimeSpan untilNextOfFew;
    private bool isLookWanted;

    /// <summary>Begins the search for some tasks to claim.</summary>
    public ClaimSearch Begin(int count)
    {
        lock (guard)
        {
            var search = new ClaimSearch(turns, expiry, heldBack);
            underWay.Add(search);
            if (underWay.Count > MostSearches)
            {
                underWay[0].IsLate = true;
                underWay.RemoveAt(0);
            }

            if (isLookWanted || time.GetElapsedTime(looked) >= untilNext)
            {
                Look(search);
            }
            else
            {
                Ask(search, count);
            }

            return search;
        }
    }

    /// <summary>Says what a search that lacks some tasks reads next; false when there is nothing to read, or when it is too soon for another look.</summary>
    public bool GoOn(ClaimSearch search, int count)
    {
        lock (guard)
        {
            if (Ask(search, count))
            {
                return true;
            }

            if (search.HasLooked || time.GetElapsedTime(looked) < untilNextOfFew)
            {
                return false;
            }

            Look(search);
            return true;
        }
    }

    /// <summary>A search has looked at all lanes and leases.</summary>
    /// <param name="search">The search.</param>
    /// <param name="now">The store's time after that.</param>
    public void Looked(ClaimSearch search, DateTimeOffset now)
    {
        lock (guard)
        {
            var settled = now - UntilCommitted;
            expiry = search.FirstExpiry < settled ? search.FirstExpiry.Value : settled;
            deferring.Clear();
            deferring.UnionWith(search.Deferred.Keys);
            foreach (var lane in floors.Keys.Where(lane => !search.Heads.ContainsKey(lane) && !search.Entered.ContainsKey(lane)).ToList())
            {
                Leave(lane);
            }

            foreach (var lane in search.Deferred.Where(lane => lane.Value).Select(lane => lane.Key))
            {
                lanes.Add(lane);
                floors.TryAdd(lane, default);
            }

            foreach (var (lane, first) in search.Heads)
            {
                lanes.Add(lane);
                floors[lane] = search.Entered.TryGetValue(lane, out var entered) && entered < first ? Before(entered) : Before(first);
                Tell(lane, first);
            }

            var took = time.GetElapsedTime(looked);
            looked = time.GetTimestamp();
            untilNextOfFew = took < Long ? TimeSpan.Zero : took * Rest;
            untilNext = untilNextOfFew > BetweenLooks ? untilNextOfFew : BetweenLooks;
        }
    }

    /// <summary>A batch is known to have committed.</summary>
    /// <param name="search">Its search; none when it had no claim.</param>
    /// <param name="changes">What it has changed.</param>
    public void Committed(ClaimSearch? search, Changes changes)
    {
        lock (guard)
        {
            Enter(LaneNews.Of(changes));
            deferring.UnionWith(changes.Changed.Where(change => change.Task.Deferral is not null).Select(change => Lane.Of(change.Task)));
            heldBack = search?.HeldBack ?? heldBack;
            if (search is { IsLate: false })
            {
                underWay.Remove(search);
                Raise(search, changes);
            }
        }
    }

    /// <summary>Another process has queued something: the first task of each lane.</summary>
    public void Entered(IEnumerable<KeyValuePair<Lane, TaskId>> entered)
    {
        lock (guard)
        {
            Enter(entered);
        }
    }

    /// <summary>Has the next claim look at all lanes, however long the last look took, because another process has queued something.</summary>
    public void LookNext()
    {
        lock (guard)
        {
            isLookWanted = true;
        }
    }

    // What has entered a lane while it was read may lie below what was found there.
    private void Raise(ClaimSearch search, Changes changes)
    {
        var changed = changes.Changed.Select(change => change.Task.Id).ToHashSet();
        foreach (var asked in search.Asked.Where(asked => floors.ContainsKey(asked.Lane)))
        {
            TaskId? entered = search.Entered.TryGetValue(asked.Lane, out var first) ? first : null;
            if (asked.IsExhausted && entered is null && asked.Found.Concat(asked.FoundDeferred).All(changed.Contains))
            {
                Leave(asked.Lane);
            }
            else if (asked.Found.FindLast(changed.Contains) is var last && last > floors[asked.Lane])
            {
                floors[asked.Lane] = entered < last ? Before(entered.Value) : last;
            }
        }

        // Unless others have gone on from where this one was to end.
        turns = turns == search.ExpectedTurns ? changes.Turns : turns;
    }

    private void Enter(IEnumerable<KeyValuePair<Lane, TaskId>> entered)
    {
        foreach (var (lane, first) in entered)
        {
            lanes.Add(lane);
            floors[lane] = floors.TryGetValue(lane, out var floor) && floor < first ? floor : Before(first);
            Tell(lane, first);
        }
    }

    private void Leave(Lane lane)
    {
        floors.Remove(lane);
        lanes.Remove(lane);
    }

    private void Tell(Lane lane, TaskId id)
    {
        foreach (var search in underWay)
        {
            search.Entered[lane] = search.Entered.TryGetValue(lane, out var first) && first < id ? first : id;
        }
    }

    // Others may look meanwhile only when this one is lost.
    private void Look(ClaimSearch search)
    {
        search.Look();
        isLookWanted = false;
        (looked, untilNext, untilNextOfFew) = (time.GetTimestamp(), BetweenLooks, BetweenLooks);
    }

    // The lanes that come next, and of each as many tasks as it may have turns; also those of a lower priority, where a higher one has too few.
    private bool Ask(ClaimSearch search, int count)
    {
        var asked = new List<AskedLane>();
        foreach (var priority in Enum.GetValues<TaskPriority>().TakeWhile(_ => asked.Count < count))
        {
            var next = search.Turns.Order(lanes, priority).Where(search.MayAsk).Take(count - asked.Count).ToList();
            asked.AddRange(next.Select(lane => search.Ask(lane, floors[lane], deferring.Contains(lane), (count + next.Count - 1) / next.Count)));
        }

        search.Next = asked;
        if (asked.Count == 0)
        {
            return false;
        }

        // Whoever searches meanwhile begins with the lanes after these.
        turns = search.ExpectedTurns = asked.Aggregate(turns, (turns, lane) => turns.After(lane.Lane));
        return true;
    }

    private static TaskId Before(TaskId id) => new(id.Value - 1);
}
