namespace SnapshotTasks.Storage;

/// <summary>The search of a batch for tasks to claim: what it reads next, and what it has found.</summary>
/// <param name="turns">Which lanes had the last turns before.</param>
/// <param name="expiry">The expiry of leases from which on it reads.</param>
/// <param name="full">The projects that had as many tasks running as they may, as of the last count.</param>
internal sealed class ClaimSearch(Turns turns, DateTimeOffset expiry, IReadOnlySet<ProjectId> full)
{
    private readonly Dictionary<Lane, AskedLane> asked = [];

    /// <summary>Which lanes had the last turns before.</summary>
    public Turns Turns { get; } = turns;

    /// <summary>Which lanes have had them by the time when all that it has asked are served.</summary>
    public Turns ExpectedTurns { get; set; } = turns;

    /// <summary>The expiry of leases from which on it reads, where it has not read them yet.</summary>
    public DateTimeOffset? Expiry { get; private set; } = expiry;

    /// <summary>Whether it looks at all lanes next.</summary>
    public bool IsLooking { get; private set; }

    /// <summary>Whether it has looked at all lanes.</summary>
    public bool HasLooked { get; private set; }

    /// <summary>The lanes that it reads next.</summary>
    public IReadOnlyList<AskedLane> Next { get; set; } = [];

    /// <summary>The lanes that it has read.</summary>
    public IReadOnlyCollection<AskedLane> Asked => asked.Values;

    /// <summary>The first task of each lane, as a look has seen it.</summary>
    public Dictionary<Lane, TaskId> Heads { get; } = [];

    /// <summary>When the first of all leases expires, as a look has seen it; none when nothing runs.</summary>
    public DateTimeOffset? FirstExpiry { get; set; }

    /// <summary>The first task of each lane that is known to have entered it since this began.</summary>
    public Dictionary<Lane, TaskId> Entered { get; } = [];

    /// <summary>The projects that may start no more, what has been found for them included.</summary>
    public IReadOnlySet<ProjectId> Full { get; private set; } = full;

    /// <summary>Whether it has taken so long that what has entered since is not known any more.</summary>
    public bool IsLate { get; set; }

    /// <summary>Searches until there are as many candidates as are wanted, or no more.</summary>
    /// <param name="ring">The lanes.</param>
    /// <param name="wanted">What is wanted.</param>
    /// <param name="held">What is held by then.</param>
    /// <param name="read">Reads what comes next: the leases, all lanes, or some.</param>
    public async ValueTask RunAsync(LaneRing ring, Wanted wanted, Held held, Func<ValueTask> read)
    {
        held.Turns = Turns;
        int missing;
        do
        {
            await read();
            (missing, Full) = Count(wanted, held);
            Expiry = null;
            if (IsLooking)
            {
                IsLooking = false;
                ring.Looked(this, held.Now);
            }
        }
        while (missing > 0 && ring.GoOn(this, missing));
    }

    /// <summary>Whether a lane has not been read, or not to its end, and its project may start more.</summary>
    public bool MayAsk(Lane lane) => !Full.Contains(lane.Project) && (!asked.TryGetValue(lane, out var known) || !known.IsExhausted);

    /// <summary>Reads a lane from its floor on, or from where it has read it to.</summary>
    public AskedLane Ask(Lane lane, TaskId floor, int most)
    {
        if (!asked.TryGetValue(lane, out var known))
        {
            asked.Add(lane, known = new AskedLane(lane));
        }

        known.Ask(floor, most);
        return known;
    }

    /// <summary>Looks at all lanes and leases, as if nothing had been read.</summary>
    public void Look()
    {
        (IsLooking, HasLooked, Expiry, Next) = (true, true, DateTimeOffset.MinValue, []);
        asked.Clear();
    }

    /// <summary>A lane has given a task.</summary>
    public void Found(SnapshotTask task) => asked[Lane.Of(task)].Found.Add(task.Id);

    // How many tasks are missing, and which projects may start no more. Where projects are bounded, not all that was found may start.
    private static (int Missing, IReadOnlySet<ProjectId> Full) Count(Wanted wanted, Held held)
    {
        var found = held.Tasks.Values.Where(task => !wanted.Ids.Contains(task.Id)).ToList();
        if (wanted.MaxRunning == 0)
        {
            return (wanted.Claims - found.Count, new HashSet<ProjectId>());
        }

        var queued = found.Where(task => task.IsQueued).CountBy(task => task.Project).ToDictionary();
        int Room(ProjectId project) => Math.Max(0, wanted.MaxRunning - held.Running.GetValueOrDefault(project));
        return (
            wanted.Claims - found.Count(task => !task.IsQueued) - queued.Sum(project => Math.Min(project.Value, Room(project.Key))),
            held.Running.Keys.Union(queued.Keys).Where(project => queued.GetValueOrDefault(project) >= Room(project)).ToHashSet());
    }
}

/// <summary>A lane, and what is read of it.</summary>
internal sealed class AskedLane(Lane lane)
{
    private int wanted;

    /// <summary>The lane.</summary>
    public Lane Lane => lane;

    /// <summary>The task after which it is read.</summary>
    public TaskId After { get; private set; }

    /// <summary>The most tasks that are read next.</summary>
    public int Most { get; private set; }

    /// <summary>The tasks that it has given, in order.</summary>
    public List<TaskId> Found { get; } = [];

    /// <summary>Whether it has given fewer tasks than were asked for.</summary>
    public bool IsExhausted => Found.Count < wanted;

    public void Ask(TaskId floor, int most)
    {
        (After, Most) = (Found.Count > 0 ? Found[^1] : floor, most);
        wanted += most;
    }
}
