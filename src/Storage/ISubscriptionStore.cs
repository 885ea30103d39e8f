using System.Data.Common;

namespace SnapshotTasks.Storage;

/// <summary>What a store keeps of deliveries: a position for each subscription, and rows only for events whose delivery failed.</summary>
public interface ISubscriptionStore
{
    /// <summary>Has a decision made while nobody else can change its subscription; what it says of single events is written in the same transaction.</summary>
    Task<SubscriptionOutcome> DecideAsync(SubscriptionDecision decision, CancellationToken cancellationToken = default);

    /// <summary>All subscriptions, by name.</summary>
    Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default);

    /// <summary>Parked events that are due, the longest due first: each the first of its task.</summary>
    Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default);

    /// <summary>Parked events in the order of their numbers, due or not.</summary>
    /// <param name="subscription">The subscription.</param>
    /// <param name="onlySetAside">Whether only those that were set aside.</param>
    /// <param name="after">The number after which they begin.</param>
    /// <param name="limit">The most events.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Which of these tasks have parked events that were not set aside.</summary>
    Task<IReadOnlySet<TaskId>> FindParkedAsync(string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default);

    /// <summary>Begins a transaction in which an event counts as delivered once it commits; none when it was delivered already.</summary>
    /// <remarks>Two processes that do it at once wait for each other: the second one learns what became of the first.</remarks>
    /// <exception cref="NotSupportedException">The store has no transactions.</exception>
    Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default);
}

/// <summary>A transaction in which an event counts as delivered once it commits; rolled back, with its connection closed, when it is disposed before.</summary>
/// <param name="transaction">The transaction, of a connection that nobody else uses.</param>
public sealed class DeliveryTransaction(DbTransaction transaction) : IAsyncDisposable
{
    private readonly DbConnection connection = transaction.Connection!;

    /// <summary>The transaction.</summary>
    public DbTransaction Transaction => transaction;

    /// <summary>Commits it.</summary>
    /// <exception cref="UnknownOutcomeException">Whether it was committed is not known.</exception>
    public async Task CommitAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await transaction.CommitAsync(cancellationToken);
        }
        catch (DbException error)
        {
            throw new UnknownOutcomeException($"Whether the delivery was committed is not known: {error.Message}", error);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await transaction.DisposeAsync();
        await connection.DisposeAsync();
    }
}
