using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>The one write lock of a file: how long its writer waits for it, and for how long others have held it.</summary>
/// <param name="timeout">How long the writer waits.</param>
internal sealed class SqliteWriteLock(TimeSpan timeout)
{
    // Those who came while others waited in vain are answered soon, and do not wait as long once more.
    private static readonly TimeSpan NextTimeout = TimeSpan.FromMilliseconds(100);

    // A writer waits for another one every day; it is worth a word when it could have written hundreds of times.
    private static readonly TimeSpan Noteworthy = TimeSpan.FromSeconds(1);

    private volatile Wait? waiting;

    /// <summary>What keeps the store from writing now, in a sentence; none that is known.</summary>
    public string? Obstacle => waiting is { } wait && !IsOver(wait) && TimeProvider.System.GetElapsedTime(wait.Since) is var held && held >= Noteworthy
        ? $"Another process, or an open transaction, has held the write lock of the task store's file for {held.TotalSeconds:0} s."
        : null;

    /// <summary>Begins a transaction that has the lock.</summary>
    /// <exception cref="StoreUnavailableException">Others hold it for too long.</exception>
    public void Take(SqliteConnection connection, SqliteStatement begin)
    {
        var now = TimeProvider.System.GetTimestamp();
        var since = waiting is { } last && !IsOver(last) ? last.Since : now;
        waiting = new(since, now);
        var left = timeout - TimeProvider.System.GetElapsedTime(since, now);
        _ = sqlite3_busy_timeout(connection.Handle, (int)(left > NextTimeout ? left : NextTimeout).TotalMilliseconds);
        try
        {
            begin.Execute();
            waiting = null;
        }
        catch (SqliteException busy) when (busy.SqliteErrorCode == SQLITE_BUSY)
        {
            waiting = new(since, TimeProvider.System.GetTimestamp());
            throw new StoreUnavailableException($"The task store cannot be written now: others have held the lock of its file for longer than {timeout.TotalSeconds} s.", busy);
        }
    }

    // Nobody has tried since: what was true then says nothing of now.
    private bool IsOver(Wait wait) => TimeProvider.System.GetElapsedTime(wait.Tried) > timeout + NextTimeout;

    private sealed record Wait(long Since, long Tried);
}
