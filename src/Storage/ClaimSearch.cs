namespace SnapshotTasks.Storage;

/// <summary>The search of a batch for tasks to claim: what it reads next, and what it has found.</summary>
/// <param name="turns">Which lanes had the last turns before.</param>
/// <param name="expiry">The expiry of leases from which on it reads.</param>
/// <param name="heldBack">What could start nothing, as of the last claim.</param>
internal sealed class ClaimSearch(Turns turns, DateTimeOffset expiry, HeldBack heldBack)
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

    /// <summary>The first queued task of each lane, as a look has seen it.</summary>
    public Dictionary<Lane, TaskId> Heads { get; } = [];

    /// <summary>The lanes with deferrals, as a look has seen them, each with whether one of them is over.</summary>
    public Dictionary<Lane, bool> Deferred { get; } = [];

    /// <summary>When the first of all leases expires, as a look has seen it; none when nothing runs.</summary>
    public DateTimeOffset? FirstExpiry { get; set; }

    /// <summary>The first task of each lane that is known to have entered it since this began.</summary>
    public Dictionary<Lane, TaskId> Entered { get; } = [];

    /// <summary>What may start no more, what has been found for it included.</summary>
    public HeldBack HeldBack { get; private set; } = heldBack;

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
            missing = Count(wanted, held);
            Expiry = null;
            if (IsLooking)
            {
                IsLooking = false;
                ring.Looked(this, held.Now);
            }
        }
        while (missing > 0 && !HeldBack.Everything && ring.GoOn(this, missing));
    }

    /// <summary>Whether a lane has not been read, or not to its end, and its project may start more.</summary>
    public bool MayAsk(Lane lane) => !HeldBack.Holds(lane.Project) && (!asked.TryGetValue(lane, out var known) || !known.IsExhausted);

    /// <summary>Reads a lane from its floor on, or from where it has read it to.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="floor">The task after which what is queued is read.</param>
    /// <param name="defers">Whether it may have deferrals that are over.</param>
    /// <param name="most">The most tasks that are read of either kind.</param>
    public AskedLane Ask(Lane lane, TaskId floor, bool defers, int most)
    {
        if (!asked.TryGetValue(lane, out var known))
        {
            asked.Add(lane, known = new AskedLane(lane));
        }

        known.Ask(floor, defers, most);
        return known;
    }

    /// <summary>Looks at all lanes and leases, as if nothing had been read.</summary>
    public void Look()
    {
        (IsLooking, HasLooked, Expiry, Next) = (true, true, DateTimeOffset.MinValue, []);
        asked.Clear();
    }

    /// <summary>A lane has given a task.</summary>
    public void Found(SnapshotTask task)
    {
        var lane = asked[Lane.Of(task)];
        (task.IsQueued ? lane.Found : lane.FoundDeferred).Add(task.Id);
    }

    // How many tasks are missing, where not all that was found may start; and what may start no more.
    private int Count(Wanted wanted, Held held)
    {
        var found = held.Tasks.Values.Where(task => !wanted.Ids.Contains(task.Id)).ToList();
        var (before, missing) = (HeldBack, wanted.Claims - found.Count);
        HeldBack = HeldBack.By(held.Pauses);
        if (wanted.MaxRunning > 0 || HeldBack.Projects.Count > 0)
        {
            var starting = found.Where(task => !task.TakesPlace).CountBy(task => task.Project).ToDictionary();
            int Room(ProjectId project) => HeldBack.Holds(project) ? 0
                : wanted.MaxRunning == 0 ? int.MaxValue
                : Math.Max(0, wanted.MaxRunning - held.Running.GetValueOrDefault(project));
            missing = wanted.Claims - found.Count(task => task.TakesPlace) - starting.Sum(project => Math.Min(project.Value, Room(project.Key)));
            HeldBack = HeldBack with
            {
                Projects = HeldBack.Projects.Concat(held.Running.Keys).Union(starting.Keys)
                    .Where(project => starting.GetValueOrDefault(project) >= Room(project)).ToHashSet(),
            };
        }

        // Whoever may start again was not asked, although it may come before those that were.
        return HeldBack.Frees(before) ? wanted.Claims : missing;
    }
}

/// <summary>What can start nothing: it is paused, or has as many tasks running as it may.</summary>
/// <param name="Everything">Whether everything is paused.</param>
/// <param name="Projects">The projects.</param>
internal sealed record HeldBack(bool Everything, IReadOnlySet<ProjectId> Projects)
{
    public static HeldBack Nothing { get; } = By(Pauses.None);

    public static HeldBack By(Pauses pauses) =>
        new(pauses.Everything is not null, pauses.OfProjects.Select(pause => pause.Project!.Value).ToHashSet());

    public bool Holds(ProjectId project) => Everything || Projects.Contains(project);

    /// <summary>Whether something is not held back any more that was before.</summary>
    public bool Frees(HeldBack before) => !Everything && (before.Everything || before.Projects.Any(project => !Projects.Contains(project)));
}

/// <summary>A lane, and what is read of it.</summary>
internal sealed class AskedLane(Lane lane)
{
    private int wanted;

    /// <summary>The lane.</summary>
    public Lane Lane => lane;

    /// <summary>Whether deferrals that are over are read as well.</summary>
    public bool Defers { get; private set; }

    /// <summary>The task after which what is queued is read.</summary>
    public TaskId After { get; private set; }

    /// <summary>The most tasks that are read next.</summary>
    public int Most { get; private set; }

    /// <summary>The queued tasks that it has given, in order.</summary>
    public List<TaskId> Found { get; } = [];

    /// <summary>The tasks that it has given whose deferral is over.</summary>
    public List<TaskId> FoundDeferred { get; } = [];

    /// <summary>Whether it has given fewer tasks of either kind than were asked for.</summary>
    public bool IsExhausted => Found.Count < wanted && FoundDeferred.Count < wanted;

    public void Ask(TaskId floor, bool defers, int most)
    {
        (After, Defers, Most) = (Found.Count > 0 ? Found[^1] : floor, defers, most);
        wanted += most;
    }
}
