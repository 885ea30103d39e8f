using Microsoft.Extensions.Logging;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>Finds out at start what a pooler does that stands between the store and its server.</summary>
internal static class PostgresPooler
{
    private const string Server = "select pg_backend_pid()";

    // One with a single connection for everybody has none left for the look.
    private const int LookSeconds = 5;

    /// <summary>Refuses one that would break statements, and warns of one through which nothing is heard.</summary>
    /// <exception cref="InvalidOperationException">It hands out connections per transaction, and knows nothing of what was prepared on another.</exception>
    public static void Check(NpgsqlDataSource source, NpgsqlConnection connection, bool listens, ILogger logger)
    {
        using var asked = new NpgsqlCommand(Server, connection) { CommandTimeout = LookSeconds };
        if (asked.ExecuteScalar() is int direct && direct == connection.ProcessID)
        {
            return;
        }

        try
        {
            if (IsShared(source, asked) && listens)
            {
                logger.LogWarning(
                    "A pooler hands out connections per transaction: submissions of other hosts are not heard through it, but found by polling; set Notifications to false.");
            }
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.InvalidSqlStatementName or PostgresErrorCodes.DuplicatePreparedStatement)
        {
            throw new InvalidOperationException(
                "A pooler hands out connections per transaction and does not pass on prepared statements: say Max Auto Prepare=0 in the connection string, or have it pass them on (PgBouncer 1.22 or later, with max_prepared_statements).",
                error);
        }
        catch (NpgsqlException error) when (error.InnerException is TimeoutException)
        {
            logger.LogWarning("What the pooler between the store and PostgreSQL does could not be found out: it has no second connection.");
        }
    }

    // While another transaction has the connection to the server that was used last, the same command goes by another one.
    private static bool IsShared(NpgsqlDataSource source, NpgsqlCommand asked)
    {
        if (new NpgsqlConnectionStringBuilder(source.ConnectionString).MaxAutoPrepare > 0)
        {
            asked.Prepare();
        }

        var before = asked.ExecuteScalar();
        using var other = source.OpenConnection();
        using var transaction = other.BeginTransaction();
        using var begin = new NpgsqlCommand(Server, other, transaction);
        begin.ExecuteScalar();
        return !Equals(asked.ExecuteScalar(), before);
    }
}
