using System.Data.Common;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>What is settled about a database before the store works on it.</summary>
internal static class PostgresConnections
{
    /// <summary>More than the store has statements: each is parsed and planned once per connection.</summary>
    private const int PreparedStatements = 64;

    private const int KeepAlive = 30;

    /// <exception cref="InvalidOperationException">Nothing can be reached in this way.</exception>
    public static NpgsqlDataSource Create(string connectionString)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(connectionString);
        try
        {
            var settings = new NpgsqlConnectionStringBuilder(connectionString);
            RequireOwnConnections(settings);
            var said = new DbConnectionStringBuilder { ConnectionString = connectionString };
            if (!IsSaid(said, "Max Auto Prepare"))
            {
                (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (PreparedStatements, 2);
            }

            // A connection that only listens would not notice otherwise that its other end is gone.
            settings.KeepAlive = IsSaid(said, "Keepalive") ? settings.KeepAlive : KeepAlive;

            // Nothing that a connection could be left with outlives a transaction of ours; and behind a pooler, a reset may meet another connection than it is for.
            settings.NoResetOnClose = !IsSaid(said, "No Reset On Close") || settings.NoResetOnClose;
            settings.ApplicationName ??= "SnapshotTasks";
            return NpgsqlDataSource.Create(settings);
        }
        catch (Exception error) when (error is ArgumentException or FormatException or NotSupportedException or InvalidOperationException)
        {
            throw new InvalidOperationException($"The connection string of PostgreSQL cannot be used: {error.Message}", error);
        }
    }

    /// <summary>Brings the schema up to date when told to, and refuses what the store could not keep its promises on.</summary>
    public static void Prepare(NpgsqlDataSource source, PostgresOptions options, ILogger logger)
    {
        RequireOwnConnections(new NpgsqlConnectionStringBuilder(source.ConnectionString));
        try
        {
            using var connection = source.OpenConnection();
            if (Setting(connection, "fsync") == "off")
            {
                throw new InvalidOperationException(
                    "PostgreSQL runs with fsync = off and would lose accepted tasks when its machine stops: switch fsync on in its settings.");
            }

            if (Setting(connection, "full_page_writes") == "off")
            {
                logger.LogWarning("PostgreSQL runs with full_page_writes = off: on most file systems a power loss can leave pages that are torn.");
            }

            PostgresGrants.Check(connection);
            if (options.Migrate)
            {
                PostgresSchema.Apply(connection, PostgresSchema.Scripts);
            }

            PostgresSchema.Check(connection, PostgresSchema.Scripts);
            if (Setting(connection, "transaction_read_only") == "on")
            {
                logger.LogWarning("The database {Database} only reads now: the store is not ready, and is as soon as the database can be written to.", connection.Database);
            }

            PostgresPooler.Check(source, connection, options.Notifications, logger);
        }
        catch (NpgsqlException error)
        {
            throw error is PostgresException { SqlState: not ['5', '7', ..] and not ['5', '3', ..] } refusal
                ? new InvalidOperationException($"PostgreSQL refuses the store: {refusal.MessageText}", refusal)
                : new StoreUnavailableException($"PostgreSQL cannot be reached: {error.Message}", error);
        }
    }

    // What the driver does by itself is no answer to whether the caller wants it so.
    private static bool IsSaid(DbConnectionStringBuilder said, string name) =>
        said.ContainsKey(name) || said.ContainsKey(name.Replace(" ", "", StringComparison.Ordinal));

    private static void RequireOwnConnections(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Multiplexing)
        {
            throw new InvalidOperationException("Multiplexing is on, and a transaction needs a connection of its own: leave it out.");
        }
    }

    private static string Setting(NpgsqlConnection connection, string name)
    {
        using var show = new NpgsqlCommand($"show {name}", connection);
        return (string)show.ExecuteScalar()!;
    }
}
