using System.Data.Common;
using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>Opens connections to one file, all with the same settings.</summary>
internal sealed class SqliteConnections
{
    private const UnixFileMode Mine = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly SqliteStatements statements;
    private readonly string writing;
    private readonly string reading;
    private readonly TimeSpan lockTimeout;

    /// <param name="path">The file; it and its folder are created when they do not exist.</param>
    /// <param name="statements">The SQL of the store.</param>
    /// <param name="lockTimeout">How long a statement waits for others in SQLite itself.</param>
    public SqliteConnections(string path, SqliteStatements statements, TimeSpan lockTimeout)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (path == ":memory:")
        {
            throw new ArgumentException("The SQLite store needs a file: for a store in memory call UseInMemory.", nameof(path));
        }

        (this.statements, this.lockTimeout) = (statements, lockTimeout);
        var file = Path.GetFullPath(path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);

        try
        {
            CreatePrivate(file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It is there, or SQLite says what is wrong with it.
        }

        Opened = new OpenedFiles(file);

        // From here on SQLite creates none: an empty file in the place of one that was deleted would be taken for it.
        // The driver repeats a busy command with sleeps of 150 ms until its own time-out, which is as short as can be: SQLite's busy
        // handler waits better.
        var settings = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWrite, DefaultTimeout = 1 };
        writing = new SqliteConnectionStringBuilder(settings.ConnectionString) { Pooling = false }.ConnectionString;
        reading = settings.ConnectionString;
    }

    /// <summary>Opens a connection for the one writer.</summary>
    /// <exception cref="StoreUnavailableException">The file is not the one any more that the store has opened first.</exception>
    public SqliteConnection OpenToWrite() => Open(writing, statements.Connect, statements.ConnectToWrite);

    /// <summary>Opens a connection from the pool, for queries.</summary>
    /// <exception cref="StoreUnavailableException">The file is not the one any more that the store has opened first.</exception>
    public SqliteConnection OpenToRead() => Open(reading, statements.Connect);

    /// <summary>The file that the store has opened first.</summary>
    public OpenedFiles Opened { get; }

    /// <summary>What a connection that has begun a transaction has open: the file, under each of its names, and what belongs to it.</summary>
    public OpenedFiles FilesOf(SqliteConnection connection) => Opened.With(connection.DataSource, LogOf(connection), IndexOf(connection));

    /// <summary>The write-ahead log, beside the file itself, whatever links lead to it.</summary>
    public static string LogOf(SqliteConnection connection) => $"{connection.DataSource}-wal";

    /// <summary>The index of the log, which all processes share.</summary>
    public static string IndexOf(SqliteConnection connection) => $"{connection.DataSource}-shm";

    /// <summary>The connection of a caller's transaction.</summary>
    /// <exception cref="ArgumentException">The transaction has ended, or is not one of this file.</exception>
    public SqliteConnection ConnectionOf(DbTransaction transaction)
    {
        if (transaction is not SqliteTransaction)
        {
            throw new ArgumentException($"The store is a SQLite file and the transaction a {transaction.GetType().Name}.", nameof(transaction));
        }

        var connection = (SqliteConnection?)transaction.Connection
            ?? throw new ArgumentException("The transaction has been committed or rolled back.", nameof(transaction));

        // SQLite's name of each file, with every link followed.
        using var ours = OpenToRead();
        return connection.DataSource == ours.DataSource
            ? connection
            : throw new ArgumentException($"The transaction is one of {connection.DataSource}, the store is {ours.DataSource}.", nameof(transaction));
    }

    /// <summary>Creates a file that is its user's alone; SQLite gives its other files the permissions of the database.</summary>
    /// <remarks>One that is there must not be opened: closing it would take the locks away that a connection of this process has on it.</remarks>
    public static void CreatePrivate(string path)
    {
        var create = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = Mine;
        }

        File.Open(path, create).Dispose();
    }

    /// <summary>Closes the pooled connections that nobody uses.</summary>
    public void ClearPool()
    {
        using var connection = new SqliteConnection(reading);
        SqliteConnection.ClearPool(connection);
    }

    /// <summary>Creates the file or brings it up to date.</summary>
    public static void Prepare(SqliteConnection connection)
    {
        SqliteSchema.RefuseNewer(connection);
        if (Execute(connection, "pragma journal_mode = wal") is not "wal" and var mode)
        {
            throw new InvalidOperationException($"{connection.DataSource} cannot be kept in WAL mode, but only in '{mode}': put it on a local disk.");
        }

        SqliteSchema.Apply(connection);
    }

    /// <summary>Executes a statement that has no rows, or one value.</summary>
    public static object? Execute(SqliteConnection connection, string statement)
    {
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        return command.ExecuteScalar();
    }

    private SqliteConnection Open(string settings, params ReadOnlySpan<string> statements)
    {
        Opened.Require();
        var connection = new SqliteConnection(settings);
        try
        {
            connection.Open();
            Opened.Require();
            _ = sqlite3_busy_timeout(connection.Handle, (int)lockTimeout.TotalMilliseconds);

            // Otherwise SQLite would compile a statement again for each value of a limit or of a time, to plan for that value.
            _ = sqlite3_db_config(connection.Handle, SQLITE_DBCONFIG_ENABLE_QPSG, 1, out _);
            foreach (var statement in statements)
            {
                Execute(connection, statement);
            }

            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
