using System.Data.Common;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>Makes stores of one kind for the contract, with a clock that tests move.</summary>
public abstract class StoreFactory : IAsyncDisposable
{
    /// <summary>A clock that is not at a whole microsecond: no store may write what it cannot hold.</summary>
    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddTicks(7));

    public abstract Task<ITaskStore> CreateAsync();

    public virtual void Advance(TimeSpan by) => Time.Advance(by);

    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }
}

/// <summary>Makes stores that keep their tasks on a disk.</summary>
public abstract class PersistentStoreFactory : StoreFactory
{
    /// <summary>Closes the store and opens what it left behind.</summary>
    public abstract Task<ITaskStore> ReopenAsync();

    /// <summary>A connection of a caller's to the database of the store.</summary>
    public abstract Task<DbConnection> OpenAsync();

    /// <summary>A transaction on another database of the same kind.</summary>
    public abstract Task<Elsewhere> BeginElsewhereAsync();

    /// <summary>Has the database refuse whatever is decided on a queued task.</summary>
    public abstract Task RefuseChangesOfAsync(TaskId id);

    /// <summary>Leaves no room for another page.</summary>
    public abstract void FillDisk();

    public abstract void MakeRoom();
}

/// <summary>A transaction and the connection that it lives on.</summary>
public sealed record Elsewhere(DbTransaction Transaction) : IAsyncDisposable
{
    public async ValueTask DisposeAsync()
    {
        var connection = Transaction.Connection;
        await Transaction.DisposeAsync();
        await (connection?.DisposeAsync() ?? default);
    }
}
