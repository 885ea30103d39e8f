using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks;

/// <summary>
/// Owns the write transactions: one thread with one connection takes what callers have queued, has the primitive run
/// it, commits, and only then answers.
/// </summary>
/// <remarks>A thread of its own, because the driver blocks: it would hold a thread of the pool for every sync of the disk.</remarks>
internal sealed class SqliteWriter : IDisposable, IAsyncDisposable
{
    private const int MaxQueued = 4096;

    // Callers do not share transactions yet.
    private const int MaxBatch = 1;

    private readonly SqliteConnections connections;
    private readonly SqliteStatements statements;
    private readonly TimeProvider time;
    private readonly SubmissionSignal submitted;
    private readonly Action<SqliteConnection>? opened;
    private readonly TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Synchronous continuations wake the writer's thread directly, instead of through the pool. None runs a caller's
    // code: callers wait for an answer that continues asynchronously.
    private readonly Channel<StoreOperation> queue = Channel.CreateBounded<StoreOperation>(
        new BoundedChannelOptions(MaxQueued) { SingleReader = true, AllowSynchronousContinuations = true });

    private SqliteConnection? connection;
    private SqlitePrimitive? primitive;

    /// <param name="connections">The file.</param>
    /// <param name="statements">The SQL of the store.</param>
    /// <param name="time">The clock of the store.</param>
    /// <param name="submitted">Set after a task was added.</param>
    /// <param name="opened">Sees each connection that the writer opens; for tests.</param>
    public SqliteWriter(
        SqliteConnections connections, SqliteStatements statements, TimeProvider time, SubmissionSignal submitted, Action<SqliteConnection>? opened)
    {
        (this.connections, this.statements, this.time, this.submitted, this.opened) = (connections, statements, time, submitted, opened);
        try
        {
            Open();
            SqliteConnections.Prepare(connection!);
        }
        catch
        {
            Close();
            throw;
        }

        new Thread(Write) { IsBackground = true, Name = "SnapshotTasks SQLite writer" }.Start();
    }

    /// <summary>Queues work and waits for its answer.</summary>
    public async Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, CancellationToken cancellationToken)
    {
        try
        {
            await queue.Writer.WriteAsync(operation, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new ObjectDisposedException(nameof(SqliteTaskStore));
        }

        return await operation.AnsweredAsync(cancellationToken);
    }

    /// <summary>Writes what is queued and ends the thread.</summary>
    public async ValueTask DisposeAsync()
    {
        queue.Writer.TryComplete();
        await ended.Task;
    }

    /// <inheritdoc cref="DisposeAsync"/>
    public void Dispose() => DisposeAsync().AsTask().GetAwaiter().GetResult();

    private void Write()
    {
        var batch = new List<StoreOperation>();
        while (queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (batch.Count < MaxBatch && queue.Reader.TryRead(out var operation))
            {
                if (operation.TryBegin())
                {
                    batch.Add(operation);
                }
            }

            if (batch.Count > 0)
            {
                Answer(batch, Transact(batch));
                batch.Clear();
            }
        }

        Close();
        ended.SetResult();
    }

    private void Answer(List<StoreOperation> batch, Exception? error)
    {
        if (error is null && batch.Exists(operation => operation is Submission))
        {
            submitted.Set();
        }

        foreach (var operation in batch)
        {
            if (error is null)
            {
                operation.Committed();
            }
            else
            {
                operation.Failed(error);
            }
        }
    }

    /// <summary>Has a batch decided and commits it; the error, if there was one, with everything rolled back or unknown.</summary>
    private Exception? Transact(List<StoreOperation> batch)
    {
        try
        {
            Open();
            SqliteConnections.Execute(connection!, statements.Begin);
            primitive!.Run(null, batch);
        }
        catch (Exception error)
        {
            RollBack(error);
            return SqliteErrors.Unavailable(error);
        }

        try
        {
            SqliteConnections.Execute(connection!, statements.Commit);
            return null;
        }
        catch (Exception error)
        {
            RollBack(error);
            return SqliteErrors.OfCommit(error);
        }
    }

    private void RollBack(Exception cause)
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
    }

    private void Open()
    {
        if (connection is null)
        {
            connection = connections.OpenToWrite();
            primitive = new SqlitePrimitive(connection, statements, time);
            opened?.Invoke(connection);
        }
    }

    private void Close()
    {
        primitive?.Dispose();
        connection?.Dispose();
        (primitive, connection) = (null, null);
    }
}
