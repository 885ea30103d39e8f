using Microsoft.Data.Sqlite;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>A file that is deleted or replaced lives on for whoever has it open: what is written to it then is gone once it is closed.</summary>
public sealed class SqliteReplacedFileTests : IAsyncDisposable
{
    private const string Sentence = "* is no longer the file that was opened: put that one back, or restart what uses it.";


    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task After_the_file_was_deleted_nothing_is_acknowledged_and_the_store_is_not_ready()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        File.Delete(factory.Path);

        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>().WithMessage($"*tasks.db{Sentence[1..]}");
        await store.Awaiting(each => each.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Should().ThrowAsync<StoreUnavailableException>();
        await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>().WithMessage(Sentence);
        await store.Awaiting(each => each.GetAsync(Project, [task.Id])).Should().ThrowAsync<StoreUnavailableException>();
        File.Exists(factory.Path).Should().BeFalse("an empty file in its place would look like one that has lost everything");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_file_that_was_put_in_its_place_is_not_touched_and_the_old_one_has_all_that_was_acknowledged(bool noticedAtWork)
    {
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        string other = $"{factory.Path}.other", aside = $"{factory.Path}.aside";
        using (var prepared = new SqliteTaskStore(other))
        {
            await Task.WhenAll(prepared.AddAsync(AnyTask), prepared.AddAsync(AnyTask));
        }

        var before = await File.ReadAllBytesAsync(other);
        File.Move(factory.Path, aside);
        File.Move(other, factory.Path);
        if (noticedAtWork)
        {
            await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>().WithMessage(Sentence);
            await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
            await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>();
        }

        await store.DisposeAsync();

        (await File.ReadAllBytesAsync(factory.Path)).Should().Equal(before);
        File.Exists($"{factory.Path}-wal").Should().BeFalse("it would be read as the log of the file that is there now");
        (await factory.Create().CountAsync(new TaskFilter(Project), 10)).Should().Be(2);
        using var old = new SqliteTaskStore(aside);
        (await old.CountAsync(new TaskFilter(Project), 10)).Should().Be(1);
    }

    [Theory]
    [InlineData("-wal")]
    [InlineData("-shm")]
    public async Task What_belongs_to_the_file_is_missed_too_and_nothing_acknowledged_is_lost_by_a_restart(string suffix)
    {
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        File.Delete(factory.Path + suffix);

        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>().WithMessage($"*tasks.db{suffix}{Sentence[1..]}");

        (await (await factory.ReopenAsync()).CountAsync(new TaskFilter(Project), 10)).Should().Be(1);
    }

    [Fact]
    public async Task Once_the_file_is_back_the_store_goes_on_and_has_kept_what_it_has_acknowledged()
    {
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        var aside = $"{factory.Path}.aside";
        File.Move(factory.Path, aside);
        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
        await store.Awaiting(each => each.MeasureAsync(1)).Should().ThrowAsync<StoreUnavailableException>();

        File.Move(aside, factory.Path);

        (await store.AddAsync(AnyTask)).Answer.Should().Be(SubmitAnswer.Accepted);
        (await store.MeasureAsync(10)).Queued.Should().Be(2);
        (await (await factory.ReopenAsync()).CountAsync(new TaskFilter(Project), 10)).Should().Be(2);
    }

    [Fact]
    public async Task A_change_whose_file_vanished_before_its_answer_is_not_acknowledged_but_unknown()
    {
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;

        var deciding = store.DecideAsync(new TaskDecision<LeaseAnswer>(task.Id, null, (held, _) =>
        {
            File.Delete(factory.Path);
            return new(held, LeaseAnswer.Held);
        }));

        await FluentActions.Awaiting(() => deciding).Should().ThrowAsync<UnknownOutcomeException>().WithMessage(Sentence);
    }

    [Fact]
    public async Task Nothing_is_done_in_a_callers_transaction_on_a_file_that_was_replaced()
    {
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        await using var connection = (SqliteConnection)await factory.OpenAsync();
        await using var transaction = connection.BeginTransaction();
        File.Delete(factory.Path);

        await store.Awaiting(each => each.AddAsync(AnyTask, transaction)).Should().ThrowAsync<StoreUnavailableException>().WithMessage(Sentence);
    }

    [Fact]
    public async Task A_link_that_leads_elsewhere_by_now_is_noticed()
    {
        factory.Create();
        var link = $"{factory.Path}.link";
        File.CreateSymbolicLink(link, factory.Path);
        using var store = new SqliteTaskStore(link);
        await store.AddAsync(AnyTask);
        File.Delete(link);
        await File.WriteAllTextAsync($"{factory.Path}.other", "");
        File.CreateSymbolicLink(link, $"{factory.Path}.other");

        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>().WithMessage($"*tasks.db.link{Sentence[1..]}");
    }
}
