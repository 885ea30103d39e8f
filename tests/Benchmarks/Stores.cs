namespace SnapshotTasks.Benchmarks;

/// <summary>The stores that can be measured.</summary>
internal enum StoreKind
{
    Sqlite,
}

/// <summary>What a queue does all day.</summary>
internal enum Work
{
    Submit,
    Cancel,
    ClaimAndComplete,
}

/// <summary>What the benchmarks need of a store.</summary>
internal static class Stores
{
    public static string Name(this StoreKind kind) => kind switch
    {
        StoreKind.Sqlite => "sqlite",
    };

    public static string Name(this Work work) => work switch
    {
        Work.Submit => "submit",
        Work.Cancel => "cancel",
        Work.ClaimAndComplete => "claim-complete",
    };

    /// <summary>An empty database below a folder.</summary>
    public static IDatabase Create(this StoreKind kind, DirectoryInfo folder) => kind switch
    {
        StoreKind.Sqlite => new SqliteDatabase(folder),
    };
}

/// <summary>A database that is there for one measurement.</summary>
internal interface IDatabase : IDisposable
{
    /// <summary>The store under measurement, on this database.</summary>
    ITaskStore Store { get; }

    /// <summary>Fills in tasks as if they had been submitted and ended, faster than they can be; finished ones first, with the lower ids.</summary>
    void Fill(int finished, int queued);

    /// <summary>A connection with the statements that one would write by hand.</summary>
    IBaseline ConnectBaseline();
}

/// <summary>One connection that does each piece of work with one guarded statement per commit, durably: what one would write by hand.</summary>
internal interface IBaseline : IDisposable
{
    void Submit();

    void Cancel(long id);

    void ClaimAndComplete();
}

/// <summary>What is submitted.</summary>
internal static class Sample
{
    public static ProjectId Project { get; } = new("benchmark");

    public static SnapshotRequest Request { get; } = new(
        new MediaObject("videos", "local", "2026/holiday/beach-0001.mp4"),
        new MediaObject("pictures", "local", "2026/holiday/beach-0001"),
        Sampling.Every(TimeSpan.FromSeconds(10)));

    public static NewTask NewTask { get; } = new(Project, Request);

    public static IReadOnlyList<string> Pictures { get; } = ["0.jpg"];

    /// <summary>A lease that outlasts every measurement.</summary>
    public static Claim Claim { get; } = new("benchmark", TimeSpan.FromHours(12));

    public static async Task CancelAsync(this ITaskStore store, long id)
    {
        var outcome = await store.DecideAsync(TaskDecision.Cancel(Project, new TaskId(id)));
        if (outcome.Answer != CancelAnswer.Cancelled)
        {
            throw new InvalidOperationException($"Task {id} was not cancelled but {outcome.Answer}: this would measure refusals.");
        }
    }

    public static async Task<SnapshotTask> ClaimOneAsync(this ITaskStore store) =>
        await store.ClaimAsync(Claim) is [{ Answer: ClaimAnswer.Started } claimed]
            ? claimed.Task
            : throw new InvalidOperationException("A claim started no task.");

    public static async Task ClaimAndCompleteAsync(this ITaskStore store)
    {
        var task = await store.ClaimOneAsync();
        var outcome = await store.DecideAsync(TaskDecision.Complete(task.Id, task.Lease!, Pictures));
        if (outcome.Answer != CompleteAnswer.Recorded)
        {
            throw new InvalidOperationException($"Task {task.Id} was not completed: {outcome.Answer}.");
        }
    }
}
