namespace SnapshotTasks.Campaign;

/// <summary>A row as it is in the database, read with plain SQL.</summary>
/// <param name="Id">The id of the task.</param>
/// <param name="Mark">The output directory, which every submission has for itself.</param>
/// <param name="State">The name of the state.</param>
/// <param name="Attempt">The number of the latest attempt.</param>
/// <param name="StartedAt">When the first attempt started.</param>
/// <param name="Pictures">The names of its pictures, when it ended with some.</param>
/// <param name="Failure">Why it failed, when it did.</param>
internal sealed record Row(
    string Id, string Mark, string State, int Attempt, DateTimeOffset? StartedAt, IReadOnlyList<string>? Pictures = null, string? Failure = null)
{
    public const string AbortedCode = "Aborted";

    public string Project { get; init; } = KnownTask.Odd;

    /// <summary>How many attempts were given back, which do not count.</summary>
    public int Released { get; init; }

    /// <summary>The kind of failure.</summary>
    public string? Code { get; init; }

    public bool IsAborted => Code == AbortedCode;

    /// <summary>How many attempts count: an end without a worker raises the number as well.</summary>
    public int Counted => Attempt - Released - (IsAborted || Failure?.StartsWith("Given up:", StringComparison.Ordinal) == true ? 1 : 0);
}

/// <summary>A task that a cancellation of many is about, as it is in the database.</summary>
/// <param name="Cancellation">The cancellation.</param>
/// <param name="Project">The project of the cancellation.</param>
/// <param name="Task">The task.</param>
/// <param name="Answer">What became of it.</param>
/// <param name="State">The state it was found in.</param>
internal sealed record ListedRow(string Cancellation, string Project, string Task, string? Answer, string? State);

/// <summary>What has happened to a task, as it is in the database.</summary>
internal sealed record EventRow(string Task, long Version, string What);

/// <summary>The database of a campaign, as far as it differs from another.</summary>
internal interface IStoreUnderTest : IAsyncDisposable
{
    /// <summary>What <c>serve</c> is told in addition.</summary>
    IReadOnlyList<string> ServeOptions { get; }

    /// <summary>Whether it has a process of its own that can be killed.</summary>
    bool HasServer { get; }

    /// <summary>Chooses it for what an operator does, from this process.</summary>
    void Use(SnapshotTasksBuilder tasks);

    Task StartAsync();

    /// <summary>kill -9 of the server; returns when it serves again.</summary>
    Task KillServerAsync(Journal journal);

    /// <summary>Makes the server refuse writes, cuts off who is connected, and lets it take them again after something that is waited for.</summary>
    Task FenceAsync(Func<Task> meanwhile, Journal journal);

    /// <summary>Whether a frozen host holds what every writer needs.</summary>
    Task<bool> IsHeldAsync();

    /// <summary>How many tasks have not ended.</summary>
    Task<int> CountUnendedAsync();

    Task<IReadOnlyList<Row>> ReadRowsAsync();

    /// <summary>The tasks whose next attempt is put off.</summary>
    Task<IReadOnlyList<PutOff>> ReadPutOffAsync();

    /// <summary>The tasks of all cancellations of many.</summary>
    Task<IReadOnlyList<ListedRow>> ReadListedAsync();

    /// <summary>What has happened.</summary>
    Task<IReadOnlyList<EventRow>> ReadEventsAsync();
}
