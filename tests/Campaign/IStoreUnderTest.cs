namespace SnapshotTasks.Campaign;

/// <summary>A row as it is in the database, read with plain SQL.</summary>
/// <param name="Id">The id of the task.</param>
/// <param name="Mark">The output directory, which every submission has for itself.</param>
/// <param name="State">The name of the state.</param>
/// <param name="Attempt">The number of the latest attempt.</param>
/// <param name="Started">Whether it has a start time.</param>
/// <param name="Pictures">The names of its pictures, when it ended with some.</param>
/// <param name="Failure">Why it failed, when it did.</param>
internal sealed record Row(string Id, string Mark, string State, int Attempt, bool Started, IReadOnlyList<string>? Pictures = null, string? Failure = null);

/// <summary>The database of a campaign, as far as it differs from another.</summary>
internal interface IStoreUnderTest : IAsyncDisposable
{
    /// <summary>What <c>serve</c> is told in addition.</summary>
    IReadOnlyList<string> ServeOptions { get; }

    /// <summary>Whether it has a process of its own that can be killed.</summary>
    bool HasServer { get; }

    Task StartAsync();

    /// <summary>kill -9 of the server; returns when it serves again.</summary>
    Task KillServerAsync(Journal journal);

    /// <summary>Whether a frozen host holds what every writer needs.</summary>
    Task<bool> IsHeldAsync();

    /// <summary>How many tasks have not ended.</summary>
    Task<int> CountUnendedAsync();

    Task<IReadOnlyList<Row>> ReadRowsAsync();
}
