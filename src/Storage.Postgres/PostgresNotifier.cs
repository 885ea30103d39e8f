using Npgsql;

namespace SnapshotTasks.Storage;

/// <summary>Tells the other hosts after a commit that there is something to do, or to end: at once, and then at most every 50 ms.</summary>
/// <remarks>
/// In transactions of its own, as notifications hold up each other's commits; and whatever was queued before, as one that was missed would
/// strand all that followed. One that is lost costs a poll.
/// </remarks>
/// <param name="source">The database.</param>
/// <param name="statements">The SQL of the store.</param>
/// <param name="name">By which the store knows its own.</param>
internal sealed class PostgresNotifier(NpgsqlDataSource source, PostgresStatements statements, string name)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();
    private Dictionary<Lane, TaskId> entered = [];
    private List<TaskId> aborted = [];
    private bool isWanted;
    private bool hasHappened;
    private bool isSending;

    /// <summary>By which the store knows its own notifications.</summary>
    public string Name => name;

    /// <summary>A batch is known to have committed.</summary>
    public void Committed(Changes changes)
    {
        var aborts = changes.Aborted.ToList();
        if (!changes.HasWork && aborts.Count == 0 && changes.Events.Count == 0)
        {
            return;
        }

        lock (gate)
        {
            foreach (var (lane, first) in LaneNews.Of(changes))
            {
                entered[lane] = entered.TryGetValue(lane, out var known) && known < first ? known : first;
            }

            aborted.AddRange(aborts);
            isWanted |= changes.HasWork || aborts.Count > 0;
            hasHappened |= changes.Events.Count > 0;
            if (isSending)
            {
                return;
            }

            isSending = true;
        }

        _ = Task.Run(SendAsync);
    }

    private async Task SendAsync()
    {
        while (Take(out var happened) is var news && (news is not null || happened))
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync();
                var notify = new PostgresRoundTrip(connection);
                notify.Read(statements.NotifyUnsynced, _ => { });
                if (news is not null)
                {
                    notify.Add(statements.Notify, PostgresRow.Value(news));
                }

                if (happened)
                {
                    notify.Add(statements.NotifyOfEvents);
                }

                await notify.SendAloneAsync();
            }
            catch (Exception error) when (error is NpgsqlException or ObjectDisposedException)
            {
                // Whoever was not told polls.
            }

            await Task.Delay(Pause, TimeProvider.System);
        }
    }

    // The news of lanes, none when there are none; and whether events were kept. When there is nothing to tell any more, the next commit begins anew.
    private string? Take(out bool happened)
    {
        lock (gate)
        {
            happened = hasHappened;
            isSending = isWanted || happened;
            var news = isWanted ? LaneNews.Write(name, entered, aborted) : null;
            (entered, aborted, isWanted, hasHappened) = ([], [], false, false);
            return news;
        }
    }
}
