using Microsoft.Data.Sqlite;

namespace SnapshotTasks;

/// <summary>Copies a SQLite file while it is in use.</summary>
public static class SqliteBackup
{
    /// <summary>Writes a copy of a file as it is at one moment, readable for its user alone, while others go on writing to the file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="to">The copy, which must not be there yet; it is there once it is whole and on the disk.</param>
    /// <exception cref="InvalidOperationException">There is no such file, or the copy is there already.</exception>
    /// <exception cref="IOException">The copy cannot be written.</exception>
    /// <exception cref="StoreUnavailableException">The file cannot be read.</exception>
    public static void Write(string path, string to)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ArgumentException.ThrowIfNullOrWhiteSpace(to);
        if (!File.Exists(path))
        {
            throw new InvalidOperationException($"There is no database {path}.");
        }

        if (Path.Exists(to))
        {
            throw new InvalidOperationException($"{to} is there already: a backup replaces nothing.");
        }

        // What a backup that was killed has left is not in the way of the next one.
        var part = $"{to}.part";
        File.Delete(part);
        try
        {
            SqliteConnections.CreatePrivate(part);
            Copy(path, part);
            using (var copy = File.OpenHandle(part, access: FileAccess.ReadWrite))
            {
                RandomAccess.FlushToDisk(copy);
            }

            File.Move(part, to);
        }
        catch (SqliteException error) when (SqliteErrors.Unavailable(error) is StoreUnavailableException unavailable)
        {
            throw unavailable;
        }
        finally
        {
            File.Delete(part);
        }
    }

    // SQLite's own backup in steps begins anew whenever another process has written. This reads one snapshot to its end, and
    // writes no page that holds nothing.
    private static void Copy(string path, string to)
    {
        var settings = new SqliteConnectionStringBuilder { DataSource = path, Mode = SqliteOpenMode.ReadWrite, Pooling = false };
        using var connection = new SqliteConnection(settings.ConnectionString);
        connection.Open();
        using var copy = connection.CreateCommand();
        copy.CommandText = "vacuum into @to";
        copy.Parameters.AddWithValue("@to", to);
        copy.ExecuteNonQuery();
    }
}
