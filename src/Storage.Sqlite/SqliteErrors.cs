using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks;

/// <summary>What an error of SQLite means for whoever called the store.</summary>
internal static class SqliteErrors
{
    /// <summary>An error before the commit: nothing was changed.</summary>
    public static Exception Unavailable(Exception error) =>
        error is SqliteException { SqliteErrorCode: var code } && IsOutOfReach(code)
            ? new StoreUnavailableException($"The task store cannot be used now: {error.Message}", error)
            : error;

    /// <summary>An error of the commit itself: only a full disk and a busy file are known to have kept nothing.</summary>
    public static Exception OfCommit(Exception error) =>
        error is SqliteException { SqliteErrorCode: SQLITE_FULL or SQLITE_BUSY }
            ? Unavailable(error)
            : new UnknownOutcomeException($"Whether the task store kept the change is not known: {error.Message}", error);

    private static bool IsOutOfReach(int code) => code
        is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_READONLY or SQLITE_IOERR or SQLITE_CORRUPT or SQLITE_FULL
        or SQLITE_CANTOPEN or SQLITE_PROTOCOL or SQLITE_NOTADB;
}
