using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>The schema of the store as numbered scripts, applied by the store itself when it opens a file.</summary>
/// <remarks>The file may be an application's: its <c>user_version</c> and its tables are never looked at, but for those of version 0.1.</remarks>
public static class SqliteSchema
{
    /// <summary>The oldest software that may work on the file, as one row: newer software may have changed it meanwhile.</summary>
    internal const string OldestSoftware = "select oldest_software from snapshot_tasks_versions order by version desc limit 1";

    private const string FirstColumns =
        "id INTEGER, project TEXT not null, state TEXT not null, request TEXT not null, created_at INTEGER not null, started_at INTEGER, "
        + "ended_at INTEGER, attempt INTEGER not null, released_attempts INTEGER not null, lease_holder TEXT, lease_expires_at INTEGER, "
        + "pictures TEXT, failure_code TEXT, failure_reason TEXT, version INTEGER not null, failed INTEGER not null";

    private const string SecondColumns = $"{FirstColumns}, idempotency_key TEXT, request_hash TEXT, trace_parent TEXT";

    // More than any software of 0.1 has scripts, so that it refuses the file and does not begin a second table.
    private const int AboveYesterday = 3;

    /// <summary>The scripts in order, each with the record of its number; a file has the first ones of them.</summary>
    public static IReadOnlyList<string> Scripts { get; } = SchemaVersions.ScriptsOf(typeof(SqliteSchema).Assembly);

    /// <summary>Brings a file up to date.</summary>
    internal static void Apply(SqliteConnection connection)
    {
        if (Version(connection) >= Scripts.Count)
        {
            return;
        }

        using var transaction = connection.BeginTransaction(deferred: false);

        // Read again under the lock: another process may have done it meanwhile.
        if (Version(connection) == 0)
        {
            TakeOver(connection);
        }

        foreach (var script in Scripts.Skip(Version(connection)))
        {
            SqliteConnections.Execute(connection, script);
        }

        transaction.Commit();
    }

    /// <summary>Refuses a file that is for newer software only, before anything of it is touched.</summary>
    internal static void RefuseNewer(SqliteConnection connection)
    {
        if (Version(connection) > 0
            && SchemaVersions.Refusal(connection.DataSource, Number(connection, OldestSoftware), Scripts.Count) is { } refusal)
        {
            throw new InvalidOperationException(refusal);
        }
    }

    // A file of 0.1 is known by the columns of its table: a table of that name, and any user_version, may be an application's.
    private static void TakeOver(SqliteConnection connection)
    {
        var columns = SqliteConnections.Execute(
            connection, """select group_concat(name || ' ' || type || iif("notnull", ' not null', ''), ', ') from pragma_table_xinfo('tasks')""");
        if (columns is not (FirstColumns or SecondColumns))
        {
            return;
        }

        if (columns is FirstColumns)
        {
            SqliteConnections.Execute(connection, Read("takeover-of-1.sql"));
        }

        SqliteConnections.Execute(connection, Read("takeover.sql"));
        if (Number(connection, "pragma user_version") < AboveYesterday)
        {
            SqliteConnections.Execute(connection, string.Create(CultureInfo.InvariantCulture, $"pragma user_version = {AboveYesterday}"));
        }
    }

    private static int Version(SqliteConnection connection) =>
        Number(connection, "select count(*) from sqlite_schema where type = 'table' and name = 'snapshot_tasks_versions'") == 0
            ? 0
            : Number(connection, "select max(version) from snapshot_tasks_versions");

    private static int Number(SqliteConnection connection, string statement) =>
        Convert.ToInt32(SqliteConnections.Execute(connection, statement), CultureInfo.InvariantCulture);

    private static string Read(string script) => SchemaVersions.Script(typeof(SqliteSchema).Assembly, script);
}
