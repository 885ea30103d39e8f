using System.Data.Common;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>Work in a transaction of the caller's, on the caller's connection: nothing is committed, and other hosts hear of what was queued once the caller has committed.</summary>
internal sealed class PostgresCallersTransaction(NpgsqlDataSource source, PostgresStatements statements, LaneRing ring, TimeSpan lockTimeout, bool notifies)
{
    /// <summary>Runs a batch behind a savepoint, so that what fails leaves nothing in a transaction that its caller goes on with.</summary>
    public async Task RunAsync(DbTransaction transaction, TaskBatch batch)
    {
        try
        {
            var connection = await ConnectionOfAsync(transaction);
            await SendAsync(connection, sent => sent.Add(statements.SetSavepoint));
            await RunAsync(connection, batch);
        }
        catch (NpgsqlException error)
        {
            throw PostgresErrors.Unavailable(error);
        }
    }

    private async Task RunAsync(NpgsqlConnection connection, TaskBatch batch)
    {
        try
        {
            var rows = new PostgresTaskRows(connection, statements, ring, waits: true);
            rows.Holding.Read(statements.RememberLockTimeout, _ => { });
            rows.Holding.Read(statements.SetLockTimeout, _ => { }, PostgresRow.Value($"{(long)lockTimeout.TotalMilliseconds}ms"));
            await batch.RunAsync(rows);
            if (notifies && (batch.Changes.HasWork || batch.Changes.Aborted.Any()))
            {
                rows.Writing.Add(statements.Notify, PostgresRow.Value(LaneNews.Write("", LaneNews.Of(batch.Changes), batch.Changes.Aborted)));
            }

            if (notifies && batch.Changes.Events.Count > 0)
            {
                rows.Writing.Add(statements.NotifyOfEvents);
            }

            rows.Writing.Add(statements.GiveBackLockTimeout);
            rows.Writing.Add(statements.ReleaseSavepoint);
            await rows.Writing.SendAsync();
        }
        catch
        {
            await RollBackAsync(connection);
            throw;
        }
    }

    private async Task RollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            await SendAsync(connection, sent =>
            {
                sent.Add(statements.RollBackToSavepoint);
                sent.Add(statements.ReleaseSavepoint);
            });
            PostgresRoundTrip.ForgetPrepared(connection);
        }
        catch (Exception error) when (error is NpgsqlException or InvalidOperationException)
        {
            // The connection is gone, and the caller's transaction with it: what is told is why.
        }
    }

    private async Task<NpgsqlConnection> ConnectionOfAsync(DbTransaction transaction)
    {
        if (transaction is not NpgsqlTransaction)
        {
            throw new ArgumentException($"The store is a PostgreSQL database and the transaction a {transaction.GetType().Name}.", nameof(transaction));
        }

        if (HasEnded(transaction) || transaction.Connection is not NpgsqlConnection connection)
        {
            throw new ArgumentException("The transaction has been committed or rolled back.", nameof(transaction));
        }

        if (Place(connection.ConnectionString) == Place(source.ConnectionString))
        {
            return connection;
        }

        // The same database may be reached in another way.
        await using var ours = await source.OpenConnectionAsync();
        return await IdentityAsync(connection) == await IdentityAsync(ours)
            ? connection
            : throw new ArgumentException($"The transaction is one of the database {connection.Database}, the store is {ours.Database}.", nameof(transaction));
    }

    private static (string?, int, string?) Place(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        return (settings.Host, settings.Port, settings.Database);
    }

    // The driver tells it in this way only.
    private static bool HasEnded(DbTransaction transaction)
    {
        try
        {
            _ = transaction.IsolationLevel;
            return false;
        }
        catch (InvalidOperationException)
        {
            return true;
        }
    }

    private async Task<string> IdentityAsync(NpgsqlConnection connection)
    {
        var identity = "";
        await SendAsync(connection, sent => sent.Read(statements.Identity, row => identity = row.GetString(0)));
        return identity;
    }

    private static async Task SendAsync(NpgsqlConnection connection, Action<PostgresRoundTrip> add)
    {
        var sent = new PostgresRoundTrip(connection);
        add(sent);
        await sent.SendAsync();
    }
}
