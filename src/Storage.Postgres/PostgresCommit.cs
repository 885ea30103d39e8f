using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>The commits of a session: each is done, or has failed, or nobody knows.</summary>
/// <remarks>
/// A commit that waits for a synchronous standby is done on its own server as soon as anything cancels it, and looks like any other
/// then: but for a warning. So nothing of ours cancels it, the driver's time-out for commands would. A commit that waits too long
/// keeps its connection; the server would keep its process as well, if the connection were closed.
/// </remarks>
/// <param name="statements">The SQL of the store.</param>
/// <param name="time">How long a commit is waited for.</param>
internal sealed class PostgresCommit(PostgresStatements statements, TimeSpan time)
{
    /// <summary>How long a commit is waited for: as long as the driver waits for a command.</summary>
    public static readonly TimeSpan Time = TimeSpan.FromSeconds(30);

    private string? warning;
    private (Task Commit, int Process)? unanswered;

    /// <summary>Hears what the server says on a connection of the session.</summary>
    public void Hear(NpgsqlConnection connection) => connection.Notice += (_, said) =>
    {
        if (said.Notice.InvariantSeverity == "WARNING")
        {
            warning = said.Notice.MessageText;
        }
    };

    /// <summary>Sends what ends with a commit; false when it is not answered in time, and the connection is left to it.</summary>
    /// <exception cref="UnknownOutcomeException">It was answered, with a warning.</exception>
    public async ValueTask<bool> SendAsync(NpgsqlConnection connection, PostgresRoundTrip writing)
    {
        warning = null;
        var process = connection.ProcessID;
        var commit = writing.SendAndWaitAsync();
        try
        {
            await commit.WaitAsync(time, TimeProvider.System);
        }
        catch (TimeoutException)
        {
            unanswered = (commit, process);
            _ = CloseAfterAsync(commit, connection);
            return false;
        }

        return warning is null ? true : throw new UnknownOutcomeException($"Whether the change is on every server that is to have it is not known: {warning}");
    }

    /// <summary>Begins nothing while an earlier commit still waits: it would wait for the same, with one connection more.</summary>
    /// <exception cref="StoreUnavailableException">The server works on it still.</exception>
    public async ValueTask RequireAnsweredAsync(NpgsqlConnection connection)
    {
        if (unanswered is not { } earlier)
        {
            return;
        }

        // A server that is gone may never answer: whoever is asked now may be another.
        var isWaiting = false;
        if (!earlier.Commit.IsCompleted)
        {
            var look = new PostgresRoundTrip(connection);
            look.Read(statements.IsAtWork, row => isWaiting = row.GetBoolean(0), PostgresRow.Value(earlier.Process));
            await look.SendAloneAsync();
        }

        unanswered = isWaiting
            ? throw new StoreUnavailableException("The database has not answered an earlier commit: a synchronous standby or a disk is out of reach.")
            : null;
    }

    private static async Task CloseAfterAsync(Task commit, NpgsqlConnection connection)
    {
        await commit.ContinueWith(_ => { }, TaskScheduler.Default);
        await connection.DisposeAsync();
    }
}
