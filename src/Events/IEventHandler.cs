using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace SnapshotTasks;

/// <summary>Handles what has happened to tasks, at least once each and in order per task, whichever host made it happen.</summary>
/// <remarks>
/// One host at a time handles, several tasks at once. An exception has the event handled again later, and the events of the task that
/// follow it wait; after twelve attempts in about a day it is set aside.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It handles events; of a delegate nobody thinks who implements an interface.")]
public interface IEventHandler
{
    /// <summary>Handles an event; it counts as handled when this returns.</summary>
    /// <param name="delivery">The event.</param>
    /// <param name="cancellationToken">Fires when another host may handle it, or this one stops: leave at once.</param>
    Task HandleAsync(EventDelivery delivery, CancellationToken cancellationToken);
}

/// <summary>An event as a handler is given it.</summary>
/// <param name="happened">The event.</param>
/// <param name="attempt">Which attempt at it this is, from 1 on.</param>
/// <param name="begin">Begins a transaction in which the event counts as handled; none when it was handled already.</param>
public sealed class EventDelivery(RecordedEvent happened, int attempt, Func<CancellationToken, Task<DeliveryTransaction?>> begin) : IAsyncDisposable
{
    private DeliveryTransaction? transaction;

    /// <summary>The event.</summary>
    public RecordedEvent Event { get; } = happened;

    /// <summary>Which attempt at it this is, from 1 on; an attempt that was broken off may have been the same one.</summary>
    public int Attempt { get; } = attempt;

    /// <summary>Whether it turned out to be handled already.</summary>
    internal bool WasHandled { get; private set; }

    /// <summary>Begins a transaction on the store's database, in which the event counts as handled: what is written in it is there exactly once.</summary>
    /// <remarks>
    /// Ask for it last: on SQLite it keeps every other writer of the file waiting. It is committed after the handler has returned and rolled
    /// back when the handler throws; a second call returns the same one.
    /// </remarks>
    /// <exception cref="EventHandledException">The event was handled already: let it pass.</exception>
    /// <exception cref="NotSupportedException">The store has no transactions.</exception>
    public async Task<DbTransaction> BeginTransactionAsync(CancellationToken cancellationToken)
    {
        if (transaction is null)
        {
            transaction = await begin(cancellationToken);
            WasHandled = transaction is null;
        }

        return transaction?.Transaction ?? throw new EventHandledException();
    }

    /// <summary>Rolls back what was not committed.</summary>
    public async ValueTask DisposeAsync()
    {
        if (transaction is not null)
        {
            await transaction.DisposeAsync();
        }
    }

    // Not to be broken off: what is committed is handled, whoever may handle it by now.
    internal Task CommitAsync() => transaction?.CommitAsync(CancellationToken.None) ?? Task.CompletedTask;
}

/// <summary>An event was handled already, by another host or before an answer was lost: a handler that lets this pass is done with it.</summary>
public sealed class EventHandledException() : Exception("The event was handled already.");
