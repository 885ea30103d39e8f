using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Storage;

/// <summary>The rows of cancellations of many, within a transaction that has taken the write lock.</summary>
internal sealed class SqliteCancellations(SqliteConnection connection, SqliteStatements statements) : IDisposable
{
    private readonly SqliteStatement isOpen = new(connection, statements.IsOpen);
    private readonly SqliteStatement add = new(connection, statements.AddCancellation);
    private readonly SqliteStatement list = new(connection, statements.List);
    private readonly SqliteStatement writeOutcome = new(connection, statements.WriteOutcome);
    private readonly SqliteStatement removeCancelled = new(connection, statements.RemoveCancelled);
    private readonly SqliteStatement remove = new(connection, statements.RemoveCancellations);

    public void Hold(Wanted wanted, Held held)
    {
        foreach (var (cancellation, task) in wanted.Open.SelectMany(open => open.Tasks, (open, task) => (open.Cancellation, task)))
        {
            if (isOpen.Set("@cancellation", cancellation.Value).Set("@task", task.Value).Read())
            {
                held.Open.Add((cancellation, task));
                isOpen.Reset();
            }
        }
    }

    public void Write(Changes changes)
    {
        foreach (var (listing, now) in changes.Listed)
        {
            add.Set("@cancellation", listing.Id.Value).Set("@project", listing.Project.Value).Set("@made_at", SqliteRow.Microseconds(now))
                .Set("@whole", listing.IsLast ? 1 : 0).Set("@asked", listing.Asked).Execute();
            list.Set("@cancellation", listing.Id.Value).Set("@asked", listing.Asked);
            foreach (var task in listing.Tasks)
            {
                list.Set("@task", task.Value).Execute();
            }
        }

        foreach (var (cancellation, task, outcome) in changes.Outcomes)
        {
            writeOutcome.Set("@cancellation", cancellation.Value).Set("@task", task.Value).Set("@answer", outcome.Answer.ToString())
                .Set("@state", outcome.State?.ToString()).Set("@ending", outcome.Ending?.ToString()).Set("@since", SqliteRow.Microseconds(outcome.Since)).Execute();
        }

        if (changes.RemovedCancellations is { } old)
        {
            removeCancelled.Set("@made_by", SqliteRow.Microseconds(old.MadeBy)).Set("@limit", old.Limit).Execute();
            remove.Set("@made_by", SqliteRow.Microseconds(old.MadeBy)).Execute();
        }
    }

    public void Dispose()
    {
        foreach (var statement in (SqliteStatement[])[isOpen, add, list, writeOutcome, removeCancelled, remove])
        {
            statement.Dispose();
        }
    }
}
