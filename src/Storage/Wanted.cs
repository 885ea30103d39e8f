namespace SnapshotTasks.Storage;

/// <summary>All that a batch needs to be held, known before it starts.</summary>
internal sealed class Wanted
{
    private readonly HashSet<TaskId> ids = [];
    private readonly HashSet<TaskKey> keys = [];
    private readonly SortedSet<string> subscriptions = new(StringComparer.Ordinal);

    /// <summary>The tasks that are decided on.</summary>
    public IReadOnlyCollection<TaskId> Ids => ids;

    /// <summary>Whether tasks are wanted whole; if not, without their requests and pictures.</summary>
    /// <remarks>A claim may start any task of its batch, and wants all of them whole.</remarks>
    public bool Whole { get; private set; }

    /// <summary>How many tasks are to be claimed: as many candidates are wanted, in the order of claims and without those of <see cref="Ids"/>.</summary>
    public int Claims { get; private set; }

    /// <summary>How many tasks of a project may run at once, for all that is to start; 0 is any number.</summary>
    public int MaxRunning { get; private set; }

    /// <summary>Whether something is to start: what is paused is wanted then, and that nobody pauses anything meanwhile.</summary>
    public bool Starts { get; private set; }

    /// <summary>Whether something is to be paused or to go on: then nobody else starts anything meanwhile.</summary>
    public bool Pauses { get; private set; }

    /// <summary>The keys of submissions.</summary>
    public IReadOnlyCollection<TaskKey> Keys => keys;

    /// <summary>How many tasks are to be added at most.</summary>
    public int NewIds { get; private set; }

    /// <summary>The steps of removing ended tasks.</summary>
    public List<EndedTasks> Ended { get; } = [];

    /// <summary>The tasks that cancellations of many come to.</summary>
    public List<OpenTasks> Open { get; } = [];

    /// <summary>The subscriptions that are decided on.</summary>
    public IReadOnlyCollection<string> Subscriptions => subscriptions;

    /// <summary>Since when one of the callers waits for what others have locked, by the time stamps of <see cref="TimeProvider"/>; 0 when nobody does.</summary>
    public long WaitingSince { get; private set; }

    public void Task(TaskId id, bool whole)
    {
        ids.Add(id);
        Whole |= whole;
    }

    public void Claim(Claim claim)
    {
        (Claims, Whole) = ((int)Math.Min(int.MaxValue, (long)Claims + claim.Count), true);
        Start(claim);
    }

    /// <summary>Something is to start: a process has one bound for all.</summary>
    public void Start(Claim claim) => (Starts, MaxRunning) = (true, Math.Max(MaxRunning, claim.MaxRunning));

    public void Pause() => Pauses = true;

    public void Subscription(string name) => subscriptions.Add(name);

    public void NewTask(TaskKey? key)
    {
        NewIds++;
        if (key is { } named)
        {
            keys.Add(named);
        }
    }

    public void WaitSince(long skippedAt) => WaitingSince = WaitingSince == 0 ? skippedAt : WaitingSince;
}

/// <summary>The key of a submission within its project.</summary>
internal readonly record struct TaskKey(ProjectId Project, string Text);

/// <summary>A step of a sweep: the next tasks after an id, of which those are wanted that ended long ago.</summary>
/// <param name="Age">How long ago.</param>
/// <param name="After">The id after which the step begins.</param>
/// <param name="Limit">The most tasks to look at.</param>
internal sealed record EndedTasks(TimeSpan Age, TaskId After, int Limit);
