using System.Data.Common;
using Npgsql;

namespace SnapshotTasks;

/// <summary>Work in a transaction of the caller's, on the caller's connection: nothing is committed and nobody is told.</summary>
internal sealed class PostgresOwnTransaction(NpgsqlDataSource source, PostgresStatements statements, TimeSpan lockTimeout)
{
    /// <summary>Runs the work behind a savepoint, so that what fails leaves nothing in a transaction that its caller goes on with.</summary>
    public async Task<TAnswer> RunAsync<TAnswer>(StoreOperation<TAnswer> operation, DbTransaction transaction)
    {
        try
        {
            var connection = await ConnectionOfAsync(transaction);
            await TripAsync(connection, trip => trip.Run(statements.SetSavepoint));
            await RunAsync(operation, connection);
        }
        catch (NpgsqlException error)
        {
            throw PostgresErrors.Unavailable(error);
        }

        operation.Committed();
        return await operation.Answered;
    }

    private async Task RunAsync(StoreOperation operation, NpgsqlConnection connection)
    {
        try
        {
            var hold = new PostgresTrip(connection);
            hold.Read(statements.KeepPatience, _ => { });
            hold.Read(statements.WaitAtMost, _ => { }, PostgresRow.Value($"{(long)lockTimeout.TotalMilliseconds}ms"));
            var primitive = new PostgresPrimitive(connection, statements, [operation], waits: true);
            await primitive.RunAsync(hold);
            await TripAsync(connection, trip =>
            {
                primitive.Write(trip);
                trip.Read(statements.GiveBackPatience, _ => { });
                trip.Run(statements.ReleaseSavepoint);
            });
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

        if (Place(connection.ConnectionString) == Place(source.ConnectionString))
        {
            return connection;
        }

        // The same database may be reached in another way.
        await using var own = await source.OpenConnectionAsync();
        return await IdentityAsync(connection) == await IdentityAsync(own)
            ? connection
            : throw new ArgumentException($"The transaction is one of the database {connection.Database}, the store is {own.Database}.", nameof(transaction));
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
