using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>What an error of PostgreSQL, or of the way to it, means for whoever called the store.</summary>
internal static class PostgresErrors
{
    /// <summary>What is told about an error before the commit: nothing was changed.</summary>
    public static Exception Unavailable(Exception error) => error switch
    {
        PostgresException { SqlState: PostgresErrorCodes.AssertFailure } broken =>
            new InvalidOperationException($"Nothing was written: {broken.MessageText}.", broken),
        PostgresException refusal when !IsOutOfReach(refusal) => error,
        NpgsqlException => new StoreUnavailableException($"The task store cannot be used now: {error.Message}", error),
        _ => error,
    };

    /// <summary>Whom an error in a transaction concerns.</summary>
    public static StoreFailure Explain(Exception error, StoreStep step) => (step, error) switch
    {
        (StoreStep.Begin, NpgsqlException) => new(
            new StoreUnavailableException($"The task store cannot be reached now: {error.Message}", error), FailureConcerns.TheStore),

        // The server has answered that it did not commit. One that is going away may say so after it has committed.
        (_, PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure }) =>
            new(Unavailable(error), FailureConcerns.OneOperation, IsTransient: true),
        (_, PostgresException refusal) when !EndsConnection(refusal) => new(
            Unavailable(error),
            IsOutOfReach(refusal) && !IsOutOfSpace(refusal) ? FailureConcerns.TheStore : FailureConcerns.OneOperation),

        (StoreStep.Commit, NpgsqlException) => new(
            new UnknownOutcomeException($"Whether the task store wrote the change is not known: {error.Message}", error),
            FailureConcerns.TheTransaction),

        // The connection is gone, with all that was not committed; a new one may lead to a server that is back. A server
        // that was too slow is not asked again.
        (_, NpgsqlException) => new(Unavailable(error), FailureConcerns.TheStore, IsTransient: error.InnerException is not TimeoutException),
        (_, StoreUnavailableException) => new(error, FailureConcerns.TheStore),
        (_, UnknownOutcomeException) => new(error, FailureConcerns.TheTransaction),
        _ => new(error, FailureConcerns.OneOperation),
    };

    /// <summary>Whether the connection ends with this error.</summary>
    public static bool EndsConnection(PostgresException error) => error.InvariantSeverity is "FATAL" or "PANIC";

    /// <summary>Whether the connection, if not the server, only reads.</summary>
    public static bool IsReadOnly(Exception error) => error is PostgresException { SqlState: PostgresErrorCodes.ReadOnlySqlTransaction };

    private static bool IsOutOfSpace(PostgresException error) => error.SqlState is PostgresErrorCodes.DiskFull or PostgresErrorCodes.OutOfMemory;

    // Classes 08 (connection), 53 (resources), 57 (an operator intervened, or a time-out) and 58 (the system below), what
    // is locked or deadlocked, a server that only reads, a grant that was taken back, and broken pages: all of them are states
    // that pass or are mended.
    private static bool IsOutOfReach(PostgresException error) => EndsConnection(error) || error.SqlState
        is ['0', '8', ..] or ['5', '3', ..] or ['5', '7', ..] or ['5', '8', ..] or ['4', '0', ..]
        or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.ReadOnlySqlTransaction
        or PostgresErrorCodes.InsufficientPrivilege or PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted;
}
