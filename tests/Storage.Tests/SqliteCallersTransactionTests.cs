using Microsoft.Data.Sqlite;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>What is special to a caller's own transaction on a SQLite file: it holds the one write lock.</summary>
public sealed class SqliteCallersTransactionTests : IAsyncDisposable
{
    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task Every_other_writer_waits_until_the_caller_ends_its_transaction_and_readers_do_not()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        await using var connection = (SqliteConnection)await factory.OpenAsync();
        var transaction = connection.BeginTransaction();
        var cancel = await store.DecideAsync(TaskDecision.Cancel(Project, task.Id) with { Whole = true }, transaction);

        var strangers = Enumerable.Range(0, 5).Select(_ => store.AddAsync(AnyTask)).ToList();
        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
        strangers.Should().NotContain(stranger => stranger.IsCompleted);
        await transaction.CommitAsync();

        (await Task.WhenAll(strangers)).Should().OnlyContain(outcome => outcome.Answer == SubmitAnswer.Accepted);
        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.Should().BeEquivalentTo(cancel.Task);
    }

    [Fact]
    public async Task A_transaction_that_has_read_before_somebody_else_wrote_cannot_take_the_write_lock_and_nothing_is_changed()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        await using var connection = (SqliteConnection)await factory.OpenAsync();
        await using var transaction = connection.BeginTransaction(deferred: true);
        SqliteConnections.Execute(connection, "select count(*) from snapshot_tasks");
        await store.AddAsync(AnyTask);

        await store.Awaiting(each => each.DecideAsync(TaskDecision.Cancel(Project, task.Id), transaction))
            .Should().ThrowAsync<StoreUnavailableException>();

        await transaction.RollbackAsync();
        (await store.GetAsync(Project, [task.Id])).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
    }

    [Fact]
    public async Task A_file_is_the_same_under_another_name()
    {
        var store = factory.Create();
        var link = $"{factory.Path}.link";
        File.CreateSymbolicLink(link, factory.Path);
        await using var connection = new SqliteConnection($"Data Source={link};Pooling=False");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();

        var added = await store.AddAsync(AnyTask, transaction);
        await transaction.CommitAsync();

        (await store.GetAsync(Project, [added.Task.Id])).Should().ContainSingle();
    }
}
