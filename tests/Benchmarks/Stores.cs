namespace SnapshotTasks.Benchmarks;

/// <summary>The stores that can be measured.</summary>
internal enum StoreKind
{
    Sqlite,
    Postgres,
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
        StoreKind.Postgres => "postgres",
    };

    public static string Name(this Work work) => work switch
    {
        Work.Submit => "submit",
        Work.Cancel => "cancel",
        Work.ClaimAndComplete => "claim-complete",
    };

    /// <summary>Whether a call can wait for the database without blocking its thread.</summary>
    public static bool CanWaitWithoutThread(this StoreKind kind) => kind switch
    {
        StoreKind.Sqlite => false,
        StoreKind.Postgres => true,
    };

    /// <summary>Gets ready to create databases below a folder.</summary>
    public static async Task<IDatabases> StartAsync(this StoreKind kind, DirectoryInfo folder) => kind switch
    {
        StoreKind.Sqlite => new SqliteDatabases(folder),
        StoreKind.Postgres => await PostgresDatabases.StartAsync(folder),
    };
}

/// <summary>Where the databases of a run are.</summary>
internal interface IDatabases : IAsyncDisposable
{
    /// <summary>The server that all of them are on, and its settings; none when there is no server.</summary>
    string? Server { get; }

    /// <summary>An empty database for the store and its baseline.</summary>
    Task<IDatabase> CreateAsync();

    /// <summary>An empty database for Hangfire.</summary>
    Task<IRivalDatabase> CreateForHangfireAsync();
}

/// <summary>A database that is there for one measurement.</summary>
internal interface IRivalDatabase : IAsyncDisposable
{
    /// <summary>Fills in tasks as if they had been submitted and ended, faster than they can be; finished ones first, with the lower ids.</summary>
    void Fill(int finished, int queued);

    /// <summary>Does at once what a server does by itself some time after much was written, so that it falls into no measurement.</summary>
    void Settle();

    /// <summary>So many connections, open already, whose calls block their threads or, where the driver can do that, do not.</summary>
    IReadOnlyList<IRival> Connect(int connections, bool blocking = true);
}

/// <summary>A database that can be measured with the store as well.</summary>
internal interface IDatabase : IRivalDatabase
{
    /// <summary>The store under measurement, on this database.</summary>
    ITaskStore Store { get; }

    /// <summary>Fills in tasks of so many projects.</summary>
    void Fill(int finished, int queued, int projects);

    /// <summary>A session that goes on seeing the database as it is now, as a long report or a dump does.</summary>
    IDisposable HoldSnapshot();

    /// <summary>What a server is told to work on this database.</summary>
    IReadOnlyList<string> ServerOptions { get; }
}

/// <summary>What the store is measured against, on one connection: each piece of work is committed alone, durably.</summary>
/// <remarks>One whose driver blocks its thread returns what is completed.</remarks>
internal interface IRival : IDisposable
{
    /// <summary>Returns the id that later work names.</summary>
    ValueTask<long> SubmitAsync();

    ValueTask CancelAsync(long id);

    ValueTask ClaimAndCompleteAsync();
}

/// <summary>What is submitted.</summary>
internal static class Sample
{
    public static ProjectId Project { get; } = new("benchmark");

    public static SnapshotRequest Request { get; } = new(
        new MediaObject("videos", "local", "2026/holiday/beach-0001.mp4"),
        new MediaObject("pictures", "local", "2026/holiday/beach-0001"),
        Sampling.Every(TimeSpan.FromSeconds(10)));

    /// <summary>The text of a request as the store keeps it, written once: a baseline does nothing but its statement.</summary>
    public const string RequestText = """
        {"input":{"bucket":"videos","location":"local","path":"2026/holiday/beach-0001.mp4"},"output":{"bucket":"pictures","location":"local","path":"2026/holiday/beach-0001"},"sampling":{"kind":"Interval","interval":"00:00:10","start":"00:00:00","duration":"00:00:00","points":[]}}
        """;

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
