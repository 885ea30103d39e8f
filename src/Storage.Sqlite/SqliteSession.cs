using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>The one connection that writes to a file, and its transactions; it blocks, so it has a thread of its own.</summary>
internal sealed class SqliteSession : IStoreSession
{
    private readonly SqliteConnections connections;
    private readonly SqliteStatements statements;
    private readonly TimeProvider time;
    private readonly LaneRing ring;
    private readonly Action<SqliteConnection>? opened;
    private SqliteConnection? connection;
    private SqliteTaskRows? rows;
    private SqliteCommand? begin;
    private SqliteCommand? commit;

    /// <summary>Opens the file and brings it up to date.</summary>
    /// <param name="connections">The file.</param>
    /// <param name="statements">The SQL of the store.</param>
    /// <param name="time">The clock of the store.</param>
    /// <param name="ring">Which lanes claims read.</param>
    /// <param name="opened">Sees each connection that is opened; for tests.</param>
    public SqliteSession(SqliteConnections connections, SqliteStatements statements, TimeProvider time, LaneRing ring, Action<SqliteConnection>? opened)
    {
        (this.connections, this.statements, this.time, this.ring, this.opened) = (connections, statements, time, ring, opened);
        try
        {
            Open(SqliteConnections.Prepare);
        }
        catch
        {
            Close();
            throw;
        }
    }

    public ValueTask<bool> WaitAsync(ValueTask<bool> ready) =>
        ready.IsCompleted ? ready : new(ready.AsTask().GetAwaiter().GetResult());

    public ValueTask BeginAsync()
    {
        Open();
        begin!.ExecuteNonQuery();
        return default;
    }

    public ValueTask<Held?> HoldAsync(Wanted wanted) => rows!.HoldAsync(wanted);

    public ValueTask WriteAsync(Changes changes) => rows!.WriteAsync(changes);

    public ValueTask CommitAsync()
    {
        commit!.ExecuteNonQuery();
        rows!.Committed();
        return default;
    }

    public ValueTask RollBackAsync(Exception cause)
    {
        var usable = cause is not SqliteException;
        try
        {
            // After some errors SQLite has rolled back by itself.
            if (connection is not null && sqlite3_get_autocommit(connection.Handle) == 0)
            {
                SqliteConnections.Execute(connection, statements.RollBack);
            }
        }
        catch (SqliteException)
        {
            usable = false;
        }

        // A connection that met an error is not trusted again: closing it rolls back as well, the next batch opens another.
        if (!usable)
        {
            Close();
        }

        return default;
    }

    public StoreFailure Explain(Exception error, StoreStep step) => SqliteErrors.Explain(error, step);

    public ValueTask DisposeAsync()
    {
        Close();
        return default;
    }

    private void Open(Action<SqliteConnection>? first = null)
    {
        if (connection is null)
        {
            connection = connections.OpenToWrite();
            first?.Invoke(connection);
            rows = new SqliteTaskRows(connection, statements, time, ring);
            (begin, commit) = (connection.CreateCommand(), connection.CreateCommand());
            (begin.CommandText, commit.CommandText) = (statements.Begin, statements.Commit);
            opened?.Invoke(connection);
        }
    }

    private void Close()
    {
        foreach (IDisposable? each in (IDisposable?[])[begin, commit, rows, connection])
        {
            each?.Dispose();
        }

        (begin, commit, rows, connection) = (null, null, null, null);
    }
}
