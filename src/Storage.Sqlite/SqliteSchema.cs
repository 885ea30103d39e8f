using System.Globalization;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>The schema of the store as numbered scripts, applied by the store itself when it opens a file.</summary>
public static class SqliteSchema
{
    /// <summary>The scripts in order; a file's <c>user_version</c> is how many of them it has.</summary>
    public static IReadOnlyList<string> Scripts { get; } = [.. ReadScripts()];

    /// <summary>Brings a file up to date.</summary>
    /// <exception cref="InvalidOperationException">A newer version of the software has written the file.</exception>
    internal static void Apply(SqliteConnection connection)
    {
        if (Version(connection) == Scripts.Count)
        {
            return;
        }

        using var transaction = connection.BeginTransaction(deferred: false);

        // Read again under the lock: another process may have done it meanwhile.
        for (var version = Version(connection); version < Scripts.Count; version++)
        {
            using var command = connection.CreateCommand();
            command.CommandText = string.Create(CultureInfo.InvariantCulture, $"{Scripts[version]};\npragma user_version = {version + 1}");
            command.ExecuteNonQuery();
        }

        transaction.Commit();
    }

    /// <summary>Refuses a file that a newer version has written, before anything of it is touched.</summary>
    internal static void RefuseNewer(SqliteConnection connection)
    {
        if (Version(connection) is var version && version > Scripts.Count)
        {
            throw new InvalidOperationException(
                $"{connection.DataSource} has schema version {version}, this software knows versions up to {Scripts.Count}: run the newer software that wrote it.");
        }
    }

    private static int Version(SqliteConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "pragma user_version";
        return Convert.ToInt32(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static IEnumerable<string> ReadScripts()
    {
        var assembly = typeof(SqliteSchema).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}
