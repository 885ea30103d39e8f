using Microsoft.Extensions.Logging;
using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>One connection that hears of the submissions and aborts of other stores; it comes back by itself.</summary>
/// <param name="source">The database.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="own">What the store's own notifications say: it needs no telling.</param>
/// <param name="submitted">Set when another store has added a task, or aborted a run.</param>
/// <param name="happened">Set when another store has kept an event.</param>
/// <param name="ring">Told of the lanes.</param>
/// <param name="logger">Hears when the connection is lost.</param>
internal sealed class PostgresListener(
    NpgsqlDataSource source, PostgresStatements statements, string own, StoreSignal submitted, StoreSignal happened, LaneRing ring, ILogger logger)
{
    private const string EventChannel = "snapshot_tasks_events";

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    // However often the connection is lost, a minute has one line that says so and one that it is there again.
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private long? saidAt;
    private bool isSaid;

    /// <summary>Listens until it is stopped.</summary>
    public async Task ListenAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(stop);
                connection.Notification += (_, notification) =>
                {
                    if (notification.Channel == EventChannel)
                    {
                        happened.Set();
                        return;
                    }

                    var (from, entered, aborted) = LaneNews.Read(notification.Payload);
                    if (from != own)
                    {
                        submitted.SetAborted(aborted);
                        Tell(entered);
                    }
                };
                await using var listen = new NpgsqlCommand(statements.Listen, connection);
                await listen.ExecuteNonQueryAsync(stop);

                SayListening();

                // Somebody may have added a task, or kept an event, while nobody listened.
                Tell(null);
                happened.Set();
                while (true)
                {
                    await connection.WaitAsync(stop);
                }
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception error)
            {
                // Whatever it was: who does not listen still polls.
                SayLost(error);
            }

            await Task.Delay(Pause, TimeProvider.System, stop).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    private void SayLost(Exception error)
    {
        if (saidAt is { } before && TimeProvider.System.GetElapsedTime(before) < Interval)
        {
            return;
        }

        (saidAt, isSaid) = (TimeProvider.System.GetTimestamp(), true);
        logger.LogWarning("Submissions of other hosts are found by polling until the database can be listened to again: {Reason}", error.Message);
    }

    private void SayListening()
    {
        if (isSaid)
        {
            isSaid = false;
            logger.LogInformation("Submissions of other hosts are heard again.");
        }
    }

    private void Tell(IReadOnlyDictionary<Lane, TaskId>? entered)
    {
        if (entered is null)
        {
            ring.LookNext();
        }
        else
        {
            ring.Entered(entered);
        }

        submitted.Set();
    }
}
