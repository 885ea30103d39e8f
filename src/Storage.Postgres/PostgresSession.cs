using System.Data;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>A connection that writes, and its transactions: each is two round trips, one that locks and one that writes and commits.</summary>
/// <param name="source">The database.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="ring">Which lanes claims read.</param>
/// <param name="notifier">Tells other hosts of its commits; none when they are not told.</param>
/// <param name="commit">Its commits.</param>
/// <param name="wait">How long it waits for strangers, one operation at a time; none when it waits for nobody.</param>
internal sealed class PostgresSession(
    NpgsqlDataSource source, PostgresStatements statements, LaneRing ring, PostgresNotifier? notifier, PostgresCommit commit, TimeSpan? wait = null) : IStoreSession
{
    // Those who wait take turns, so that one who waits long does not hold up one who would get in at once.
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(100);

    // While a database only reads, every transaction would open connections anew.
    private static readonly TimeSpan RenewalPause = TimeSpan.FromSeconds(1);

    private NpgsqlConnection? connection;
    private long? renewedAt;
    private bool isRenewed;
    private PostgresTaskRows? rows;
    private bool writes;

    public async ValueTask<bool> WaitAsync(ValueTask<bool> ready)
    {
        var more = await ready;

        // Away from the caller who came first, on whose thread everybody's work would be done.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

        // Those who were answered together come back together: without letting them, the first of them would often have a
        // transaction of its own.
        await Task.Yield();
        return more;
    }

    public async ValueTask BeginAsync()
    {
        if (connection is null)
        {
            connection = await source.OpenConnectionAsync();
            commit.Hear(connection);
        }

        await commit.RequireAnsweredAsync(connection);

        // The statement itself goes with the first round trip.
        rows = new PostgresTaskRows(connection, statements, ring, waits: wait is not null);
        rows.Holding.Add(statements.Begin);
        rows.Holding.Read(statements.KeepPlans, _ => { });
    }

    public async ValueTask<Held?> HoldAsync(Wanted wanted)
    {
        if (wait is not { } most)
        {
            return await rows!.HoldAsync(wanted);
        }

        var left = most - TimeProvider.System.GetElapsedTime(wanted.WaitingSince);
        var turn = Math.Clamp((long)Math.Min(left.TotalMilliseconds, Turn.TotalMilliseconds), 1, long.MaxValue);
        rows!.Holding.Read(statements.SetLockTimeout, _ => { }, PostgresRow.Value($"{turn}ms"));
        try
        {
            return await rows.HoldAsync(wanted);
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.LockNotAvailable && left > Turn)
        {
            await RollBackAsync(error);
            return null;
        }
    }

    public ValueTask WriteAsync(Changes changes)
    {
        writes = !changes.IsEmpty;
        return rows!.WriteAsync(changes);
    }

    public async ValueTask CommitAsync()
    {
        if (rows is null)
        {
            return;
        }

        rows.Writing.Add(statements.Commit);
        if (!await commit.SendAsync(connection!, rows.Writing))
        {
            (connection, rows) = (null, null);
            throw writes
                ? new UnknownOutcomeException("Whether the task store wrote the change is not known: the commit was not answered in time.")
                : new StoreUnavailableException("The task store did not answer in time.");
        }

        rows.Committed();
        notifier?.Committed(rows.Written);
        rows = null;
        if (wait is not null)
        {
            // Seldom needed, so not kept from those who read.
            await DisposeAsync();
        }
    }

    public async ValueTask RollBackAsync(Exception cause)
    {
        // A connection that met an error which is not a plain refusal is not trusted again: closing it rolls back as well.
        // The driver itself closes it after some refusals, for example when the disk is full.
        isRenewed = MayRenew(cause);
        var usable = !isRenewed && connection?.State == ConnectionState.Open && (cause is PostgresException || cause is not NpgsqlException);
        try
        {
            if (usable && rows is not null)
            {
                var end = new PostgresRoundTrip(connection!);
                end.Add(statements.RollBack);
                await end.SendAsync();
                PostgresRoundTrip.ForgetPrepared(connection!);
            }
        }
        catch (NpgsqlException)
        {
            usable = false;
        }

        rows = null;
        if (!usable)
        {
            await DisposeAsync();
        }
    }

    public StoreFailure Explain(Exception error, StoreStep step)
    {
        // Where nothing was to be written, nothing is unknown.
        var failure = PostgresErrors.Explain(error, step == StoreStep.Commit && !writes ? StoreStep.Run : step);
        return isRenewed ? failure with { IsTransient = true } : failure;
    }

    public async ValueTask DisposeAsync()
    {
        if (connection is { } closing)
        {
            connection = null;
            try
            {
                await closing.DisposeAsync();
            }
            catch (NpgsqlException)
            {
                // The driver rolls back on it, and it has died: so has what was to be rolled back.
            }
        }
    }

    // A connection that was opened while the database only read may never write, and one to a server that was replaced will
    // not: all that there are are closed, those that wait in the pool as well, and a new one shows how it is now.
    private bool MayRenew(Exception cause)
    {
        if (!PostgresErrors.IsReadOnly(cause) || (renewedAt is { } before && TimeProvider.System.GetElapsedTime(before) < RenewalPause))
        {
            return false;
        }

        renewedAt = TimeProvider.System.GetTimestamp();
        source.Clear();
        return true;
    }
}
