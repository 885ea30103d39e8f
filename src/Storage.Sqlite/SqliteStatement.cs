using Microsoft.Data.Sqlite;
using SQLitePCL;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>A compiled statement of a connection, to be used again and again.</summary>
/// <remarks>
/// Beside the driver's own command, because that one asks SQLite for every parameter by its name and makes a reader for
/// every row: together as much work as the statement itself. It runs in whatever transaction its connection is in.
/// </remarks>
internal sealed class SqliteStatement : IRow, IDisposable
{
    private readonly sqlite3 connection;
    private readonly sqlite3_stmt statement;
    private readonly SqliteStatement? next;
    private readonly Dictionary<string, int> parameters = [];

    public SqliteStatement(SqliteConnection connection, string text)
    {
        this.connection = connection.Handle!;
        Check(sqlite3_prepare_v3(this.connection, text, SQLITE_PREPARE_PERSISTENT, out statement, out string rest));
        next = string.IsNullOrWhiteSpace(rest) ? null : new SqliteStatement(connection, rest);
        Columns = sqlite3_column_count(statement);
        for (var i = 1; i <= sqlite3_bind_parameter_count(statement); i++)
        {
            parameters.Add(sqlite3_bind_parameter_name(statement, i).utf8_to_string(), i);
        }
    }

    /// <summary>Sets a parameter, which keeps its value from one use to the next; one that the statement lacks is left out.</summary>
    public SqliteStatement Set(string name, long? value)
    {
        if (parameters.TryGetValue(name, out var index))
        {
            Check(value is { } number ? sqlite3_bind_int64(statement, index, number) : sqlite3_bind_null(statement, index));
        }

        return this;
    }

    /// <inheritdoc cref="Set(string, long?)"/>
    public SqliteStatement Set(string name, string? value)
    {
        if (parameters.TryGetValue(name, out var index))
        {
            Check(value is null ? sqlite3_bind_null(statement, index) : sqlite3_bind_text(statement, index, value));
        }

        return this;
    }

    /// <summary>Goes to the next row; after the last one the statement is ready to be used again.</summary>
    public bool Read()
    {
        var result = sqlite3_step(statement);
        if (result == SQLITE_ROW)
        {
            return true;
        }

        Reset();
        if (result != SQLITE_DONE)
        {
            Check(result);
        }

        return false;
    }

    /// <summary>Ends reading before the last row.</summary>
    public void Reset() => _ = sqlite3_reset(statement);

    /// <summary>Executes a statement that has no rows, and those that follow it: how many the last one has changed.</summary>
    public int Execute()
    {
        while (Read())
        {
        }

        return next?.Execute() ?? sqlite3_changes(connection);
    }

    /// <inheritdoc/>
    public int Columns { get; }

    public bool IsNull(int column) => sqlite3_column_type(statement, column) == SQLITE_NULL;

    public bool IsTrue(int column) => Number(column) == 1;

    public long Number(int column) => sqlite3_column_int64(statement, column);

    public string Text(int column) => sqlite3_column_text(statement, column).utf8_to_string();

    public DateTimeOffset Time(int column) => SqliteRow.Time(Number(column));

    public void Dispose()
    {
        next?.Dispose();
        statement?.Dispose();
    }

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, connection);
}
