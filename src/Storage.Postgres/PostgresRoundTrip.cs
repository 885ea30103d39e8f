using System.Data;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>Several statements that are sent together and answered together.</summary>
/// <remarks>The first one that fails ends the round trip: those after it are not executed, a commit at its end included.</remarks>
internal sealed class PostgresRoundTrip(NpgsqlConnection connection)
{
    private readonly NpgsqlBatch batch = connection.CreateBatch();
    private readonly List<Action<NpgsqlDataReader>> reads = [];

    /// <summary>Adds a statement whose rows are of no interest.</summary>
    public void Add(string statement, params IEnumerable<NpgsqlParameter> parameters)
    {
        var command = batch.CreateBatchCommand();
        command.CommandText = statement;
        foreach (var parameter in parameters)
        {
            command.Parameters.Add(parameter);
        }

        batch.BatchCommands.Add(command);
    }

    /// <summary>Adds a statement whose rows are read one by one.</summary>
    public void Read(string statement, Action<NpgsqlDataReader> row, params IEnumerable<NpgsqlParameter> parameters)
    {
        Add(statement, parameters);
        reads.Add(row);
    }

    /// <summary>Has the driver forget what is prepared on a connection whose failed transaction was rolled back.</summary>
    /// <remarks>
    /// Of statements that it was about to prepare and that came after a refusal, or were refused, it takes some for prepared: later answers would be
    /// read as those of others (npgsql/npgsql#6391).
    /// </remarks>
    public static void ForgetPrepared(NpgsqlConnection connection)
    {
        if (connection.State == ConnectionState.Open)
        {
            connection.UnprepareAll();
        }
    }

    /// <summary>Sends the statements as a transaction of their own, and reads all answers.</summary>
    /// <exception cref="NpgsqlException">The server refuses one, or cannot be reached.</exception>
    public async Task SendAloneAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await SendAsync(cancellationToken);
        }
        catch (PostgresException)
        {
            ForgetPrepared(connection);
            throw;
        }
    }

    /// <summary>Sends the statements and reads all answers, however long that takes.</summary>
    public Task SendAndWaitAsync()
    {
        batch.Timeout = 0;
        return SendAsync();
    }

    /// <summary>Sends the statements and reads all answers.</summary>
    /// <exception cref="NpgsqlException">The server refuses one, or cannot be reached.</exception>
    public async Task SendAsync(CancellationToken cancellationToken = default)
    {
        await using (batch)
        {
            await using var reader = await ExecuteAsync(cancellationToken);
            foreach (var read in reads)
            {
                while (await reader.ReadAsync(cancellationToken))
                {
                    read(reader);
                }

                await reader.NextResultAsync(cancellationToken);
            }

            // What follows the last rows can still fail.
            while (await reader.NextResultAsync(cancellationToken))
            {
            }
        }
    }

    // The driver looks after a connection that nobody uses: one that it has found dead is closed, and no longer one that fails.
    private async Task<NpgsqlDataReader> ExecuteAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await batch.ExecuteReaderAsync(cancellationToken);
        }
        catch (InvalidOperationException closed) when (connection.State != ConnectionState.Open)
        {
            throw new NpgsqlException("The connection has died.", closed);
        }
    }
}
