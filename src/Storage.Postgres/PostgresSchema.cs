using Npgsql;

namespace SnapshotTasks;

/// <summary>The schema of the store as numbered scripts, applied only when a host is told to, or by hand.</summary>
public static class PostgresSchema
{
    /// <summary>The oldest software that may work on the database, as a part of a statement: newer software may have changed it meanwhile.</summary>
    internal const string OldestSoftware = "(select oldest_software from snapshot_tasks.schema_versions order by version desc limit 1)";

    private const string Lock = "select pg_advisory_xact_lock(hashtextextended('snapshot_tasks.schema_versions', 0))";

    /// <summary>The scripts in order, each with the record of its number; a database has the first ones of them.</summary>
    public static IReadOnlyList<string> Scripts { get; } = SchemaVersions.ScriptsOf(typeof(PostgresSchema).Assembly);

    /// <summary>Applies what a database lacks; several hosts may do it at once.</summary>
    internal static void Apply(NpgsqlConnection connection, IReadOnlyList<string> scripts)
    {
        if (Version(connection) >= scripts.Count)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        try
        {
            Execute(connection, Lock);

            // A host serves as soon as this is committed: a server that may forget it would leave the host without its tables.
            Execute(connection, $"select {PostgresStatements.SyncCommit}");

            // Read again under the lock: another host may have done it meanwhile.
            foreach (var script in scripts.Skip(Version(connection)))
            {
                Execute(connection, script);
            }
        }
        catch (PostgresException refusal) when (refusal.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            throw PostgresGrants.Refusal(refusal, connection.UserName!);
        }

        transaction.Commit();
    }

    /// <summary>Refuses a database that this software cannot work on.</summary>
    /// <exception cref="InvalidOperationException">Its schema is older, or for newer software only.</exception>
    internal static void Check(NpgsqlConnection connection, IReadOnlyList<string> scripts)
    {
        var version = Version(connection);
        if (version < scripts.Count)
        {
            throw new InvalidOperationException(
                $"The database {connection.Database} has schema version {version} of SnapshotTasks and version {scripts.Count} is needed: start once with Migrate, or apply the scripts by hand.");
        }

        var oldest = (int)Execute(connection, $"select {OldestSoftware}")!;
        if (SchemaVersions.Refusal($"The database {connection.Database}", oldest, scripts.Count) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    // The catalog is read as a table: to_regclass may remember within a transaction that there was nothing.
    private static int Version(NpgsqlConnection connection) =>
        Execute(connection, "select exists (select from pg_tables where schemaname = 'snapshot_tasks' and tablename = 'schema_versions')") is true
            ? (int)Execute(connection, "select coalesce(max(version), 0) from snapshot_tasks.schema_versions")!
            : 0;

    // However long it takes: to wait for another host, or to build an index.
    private static object? Execute(NpgsqlConnection connection, string statements)
    {
        using var command = new NpgsqlCommand(statements, connection) { CommandTimeout = 0 };
        return command.ExecuteScalar();
    }
}
