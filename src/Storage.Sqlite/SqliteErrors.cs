using Microsoft.Data.Sqlite;
using static SQLitePCL.raw;

namespace SnapshotTasks.Storage;

/// <summary>What an error of SQLite means for whoever called the store.</summary>
internal static class SqliteErrors
{
    /// <summary>What is told about an error before the commit: nothing was changed.</summary>
    public static Exception Unavailable(Exception error) =>
        error is SqliteException { SqliteErrorCode: var code } && IsOutOfReach(code)
            ? new StoreUnavailableException($"The task store cannot be used now: {error.Message}", error)
            : error;

    /// <summary>Whom an error in a transaction concerns.</summary>
    public static StoreFailure Explain(Exception error, StoreStep step) => step switch
    {
        StoreStep.Begin => new(Unavailable(error), FailureConcerns.TheStore),

        StoreStep.Run when error is StoreUnavailableException => new(error, FailureConcerns.TheStore),

        // Also when the disk is full or a page is broken: a smaller change, or one elsewhere, may pass.
        StoreStep.Run => new(Unavailable(error), FailureConcerns.OneOperation),

        // Of the errors of a commit only these two are known to have written nothing.
        StoreStep.Commit => error switch
        {
            SqliteException { SqliteErrorCode: SQLITE_FULL } => new(Unavailable(error), FailureConcerns.OneOperation),
            SqliteException { SqliteErrorCode: SQLITE_BUSY } => new(Unavailable(error), FailureConcerns.TheStore),
            _ => new(
                new UnknownOutcomeException($"Whether the task store wrote the change is not known: {error.Message}", error),
                FailureConcerns.TheTransaction),
        },
    };

    private static bool IsOutOfReach(int code) => code
        is SQLITE_BUSY or SQLITE_LOCKED or SQLITE_READONLY or SQLITE_IOERR or SQLITE_CORRUPT or SQLITE_FULL
        or SQLITE_CANTOPEN or SQLITE_PROTOCOL or SQLITE_NOTADB;
}
