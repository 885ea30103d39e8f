using System.Data.Common;
using Npgsql;

namespace SnapshotTasks;

/// <summary>Work in a transaction of the caller's, on the caller's connection: nothing is committed and nobody is told.</summary>
internal sealed class PostgresOwnTransaction(NpgsqlDataSource source, PostgresStatements statements, TimeSpan lockTimeout)
{
    // A savepoint, so that work that fails leaves nothing in a transaction that its caller goes on with.
    public async Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, DbTransaction transaction)
    {
        var connection = await ConnectionOfAsync(transaction);
        await TripAsync(connection, trip => trip.Run(statements.SetSavepoint));
        try
        {
            var hold = new PostgresTrip(connection);
            hold.Read(statements.KeepPatience, _ => { });
            hold.Read(statements.WaitAtMost, _ => { }, PostgresRow.Value($"{(long)lockTimeout.TotalMilliseconds}ms"));
            var primitive = new PostgresPrimitive(connection, statements, waits: true);
            await primitive.RunAsync([operation], hold);
            await TripAsync(connection, trip =>
            {
                primitive.Write(trip);
                trip.Read(statements.SyncCommit, _ => { });
                trip.Read(statements.GiveBackPatience, _ => { });
                trip.Run(statements.ReleaseSavepoint);
            });
        }
        catch (Exception error)
        {
            await RollBackAsync(connection);
            throw PostgresErrors.Unavailable(error);
        }

        operation.Committed();
        return await operation.Answered;
    }

    private async Task RollBackAsync(NpgsqlConnection connection)
    {
        try
        {
            await TripAsync(connection, trip =>
            {
                trip.Run(statements.RollBackToSavepoint);
                trip.Run(statements.ReleaseSavepoint);
            });
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

        await using var own = source.CreateConnection();
        if ((connection.Host, connection.Port, connection.Database) == (own.Host, own.Port, own.Database))
        {
            return connection;
        }

        // The same database may be reached in another way.
        await own.OpenAsync();
        return await IdentityAsync(connection) == await IdentityAsync(own)
            ? connection
            : throw new ArgumentException($"The transaction is one of the database {connection.Database}, the store is {own.Database}.", nameof(transaction));
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
        await TripAsync(connection, trip => trip.Read(statements.Identity, row => identity = row.GetString(0)));
        return identity;
    }

    private static async Task TripAsync(NpgsqlConnection connection, Action<PostgresTrip> plan)
    {
        var trip = new PostgresTrip(connection);
        plan(trip);
        await trip.MakeAsync();
    }
}
