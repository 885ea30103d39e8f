using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>Work in a transaction of the caller's, beside data of the caller's.</summary>
public abstract partial class PersistentStoreContract
{
    [Fact]
    public async Task What_is_done_in_the_callers_transaction_commits_with_the_callers_data()
    {
        var queued = await Submit();
        await using var connection = await OpenWithNotesAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await NoteAsync(transaction);

        var added = await Store.AddAsync(new NewTask(Project, Request), transaction);
        var cancelled = await Store.DecideAsync(TaskDecision.Cancel(Project, queued.Id), transaction);
        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle().Which.Should().BeEquivalentTo(queued, "nothing is committed yet");
        await transaction.CommitAsync();

        (cancelled.Answer, added.Answer).Should().Be((CancelAnswer.Cancelled, SubmitAnswer.Accepted));
        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Should().BeEquivalentTo([added.Task, await Row(queued.Id)]);
        (await NotesAsync(connection)).Should().Be(1);
        (await ClaimOne()).Id.Should().Be(added.Task.Id);
    }

    [Fact]
    public async Task What_is_done_in_the_callers_transaction_rolls_back_with_the_callers_data()
    {
        var queued = await Submit();
        await using var connection = await OpenWithNotesAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await NoteAsync(transaction);
            await Store.AddAsync(Keyed("key"), transaction);
            (await Store.DecideAsync(TaskDecision.Cancel(Project, queued.Id), transaction)).Answer.Should().Be(CancelAnswer.Cancelled);
            await transaction.RollbackAsync();
        }

        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle().Which.Should().BeEquivalentTo(queued);
        (await NotesAsync(connection)).Should().Be(0);
        (await Store.AddAsync(Keyed("key"))).Answer.Should().Be(SubmitAnswer.Accepted);
        (await Cancel(queued.Id)).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Work_in_the_callers_transaction_sees_what_was_done_in_it_before()
    {
        await using var connection = await OpenWithNotesAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        var added = await Store.AddAsync(Keyed("key"), transaction);
        var again = await Store.AddAsync(Keyed("key"), transaction);
        var cancels = new[] { await CancelIn(transaction), await CancelIn(transaction) };
        await transaction.CommitAsync();

        again.Should().BeEquivalentTo(new { Answer = SubmitAnswer.Repeated, Task = added.Task });
        cancels.Select(cancel => cancel.Answer).Should().Equal(CancelAnswer.Cancelled, CancelAnswer.Refused);
        (await Row(added.Task.Id)).State.Should().Be(TaskState.Cancelled);

        Task<Decision<CancelAnswer>> CancelIn(DbTransaction within) => Store.DecideAsync(TaskDecision.Cancel(Project, added.Task.Id), within);
    }

    [Fact]
    public async Task Work_that_fails_in_the_callers_transaction_leaves_nothing_and_the_caller_can_go_on()
    {
        var task = await Submit();
        await using var connection = await OpenWithNotesAsync();
        await factory.RefuseChangesOfAsync(task.Id);
        await using var transaction = await connection.BeginTransactionAsync();
        await Store.Awaiting(store => store.DecideAsync(TaskDecision.Cancel(Project, task.Id), transaction)).Should().ThrowAsync<Exception>("the database refuses it");
        await NoteAsync(transaction);
        await transaction.CommitAsync();

        (await Row(task.Id)).Should().BeEquivalentTo(task);
        (await NotesAsync(connection)).Should().Be(1);
    }

    [Fact]
    public async Task A_transaction_that_is_not_one_of_the_store_is_refused_and_changes_nothing()
    {
        var task = await Submit();
        await using var connection = await OpenWithNotesAsync();
        var ended = await connection.BeginTransactionAsync();
        await ended.CommitAsync();
        await using var stranger = await factory.BeginElsewhereAsync();
        await using var another = new AnotherTransaction();

        foreach (var transaction in new[] { ended, stranger.Transaction, another })
        {
            await Store.Awaiting(store => store.AddAsync(new NewTask(Project, Request), transaction))
                .Should().ThrowAsync<ArgumentException>().WithParameterName("transaction");
            await Store.Awaiting(store => store.DecideAsync(TaskDecision.Cancel(Project, task.Id), transaction))
                .Should().ThrowAsync<ArgumentException>().WithParameterName("transaction");
        }

        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
    }

    private async Task<DbConnection> OpenWithNotesAsync()
    {
        var connection = await factory.OpenAsync();
        await ExecuteAsync(connection, "create table notes (id integer primary key)");
        return connection;
    }

    private static async Task NoteAsync(DbTransaction transaction)
    {
        await using var command = transaction.Connection!.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, "insert into notes (id) values (1)");
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> NotesAsync(DbConnection connection) => Convert.ToInt64(await ExecuteAsync(connection, "select count(*) from notes"));

    private static async Task<object?> ExecuteAsync(DbConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        return await command.ExecuteScalarAsync();
    }

    /// <summary>A transaction of a driver that no store knows.</summary>
    private sealed class AnotherTransaction : DbTransaction
    {
        public override System.Data.IsolationLevel IsolationLevel => System.Data.IsolationLevel.ReadCommitted;

        protected override DbConnection? DbConnection => null;

        public override void Commit()
        {
        }

        public override void Rollback()
        {
        }
    }
}
