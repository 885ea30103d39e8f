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
    private readonly SqliteWriteLock writeLock;
    private readonly Action<SqliteConnection>? opened;
    private SqliteConnection? connection;
    private SqliteTaskRows? rows;
    private SqliteStatement? begin;
    private SqliteCommand? commit;
    private OpenedFiles? files;
    private bool haveLeft;

    /// <summary>Opens the file and brings it up to date.</summary>
    /// <param name="connections">The file.</param>
    /// <param name="statements">The SQL of the store.</param>
    /// <param name="time">The clock of the store.</param>
    /// <param name="ring">Which lanes claims read.</param>
    /// <param name="writeLock">The write lock of the file.</param>
    /// <param name="opened">Sees each connection that is opened; for tests.</param>
    public SqliteSession(
        SqliteConnections connections,
        SqliteStatements statements,
        TimeProvider time,
        LaneRing ring,
        SqliteWriteLock writeLock,
        Action<SqliteConnection>? opened)
    {
        (this.connections, this.statements, this.time, this.ring, this.writeLock, this.opened) = (connections, statements, time, ring, writeLock, opened);
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
        if (files is { AreThere: false } gone)
        {
            LeaveFiles();
            gone.Require();
        }

        writeLock.Take(connection!, begin!);

        // Those that belong to the file are there once a transaction has begun.
        files ??= connections.FilesOf(connection!);
        return default;
    }

    public ValueTask<Held?> HoldAsync(Wanted wanted) => rows!.HoldAsync(wanted);

    public ValueTask WriteAsync(Changes changes) => rows!.WriteAsync(changes);

    public ValueTask CommitAsync()
    {
        commit!.ExecuteNonQuery();

        // Until here they could be deleted or replaced: then it is on the disk, but where nobody will look for it.
        files!.Require();
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
        if (files is { AreThere: false })
        {
            LeaveFiles();
        }

        Close();
        return default;
    }

    // All that was acknowledged goes from the log into the file that it is of, wherever that is by now. Then the log is removed: it
    // would be read as that of a file which has been put in the place. Only once, as that one may have users by then.
    private void LeaveFiles()
    {
        if (haveLeft)
        {
            return;
        }

        haveLeft = true;
        if (CopyLog() && !connections.Opened.AreThere)
        {
            files!.Delete(SqliteConnections.LogOf(connection!));
            files.Delete(SqliteConnections.IndexOf(connection!));
            Close();
            connections.ClearPool();
        }
    }

    private bool CopyLog()
    {
        try
        {
            return SqliteConnections.Execute(connection!, statements.CopyLog) is 0L;
        }
        catch (SqliteException)
        {
            return false;
        }
    }

    private void Open(Action<SqliteConnection>? first = null)
    {
        if (connection is null)
        {
            connection = connections.OpenToWrite();
            first?.Invoke(connection);
            rows = new SqliteTaskRows(connection, statements, time, ring);
            begin = new SqliteStatement(connection, statements.Begin);
            commit = connection.CreateCommand();
            commit.CommandText = statements.Commit;
            opened?.Invoke(connection);
        }
    }

    private void Close()
    {
        foreach (IDisposable? each in (IDisposable?[])[begin, commit, rows, connection])
        {
            each?.Dispose();
        }

        (begin, commit, rows, connection, files, haveLeft) = (null, null, null, null, null, false);
    }
}
