using System.Collections.Concurrent;
using System.Data;
using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>Events whose transactions commit in another order than they have drawn their numbers in.</summary>
public sealed class PostgresEventsTests(PostgresServer server) : IAsyncLifetime
{
    private static readonly ProjectId Project = new("project");

    private readonly PostgresStoreFactory factory = new(server);
    private PostgresTaskStore store = null!;

    public async ValueTask InitializeAsync() => store = await factory.OpenStoreAsync();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task No_event_is_skipped_that_commits_after_one_with_a_higher_number()
    {
        await store.KeepEventsAsync(keep: true);
        (await SkippedAsync(store)).Should().Be(0);
    }

    [Fact]
    public async Task Without_the_lock_events_are_skipped()
    {
        await using var broken = new PostgresTaskStore(
            PostgresConnections.Create(factory.Database), true, new PostgresOptions(), statements: PostgresStoreFactory.Statements with { Floor = "select 1" });
        await broken.KeepEventsAsync(keep: true);
        (await SkippedAsync(broken)).Should().BeGreaterThan(0);
    }

    [Fact]
    public async Task Switching_on_answers_when_nobody_decides_any_more_who_has_not_seen_it()
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var added = await store.AddAsync(Sample.AnyTask, transaction);

        var switching = store.KeepEventsAsync(keep: true);
        await store.AddAsync(Sample.AnyTask);
        switching.IsCompleted.Should().BeFalse("a transaction is open that has not seen it");
        await transaction.CommitAsync();
        await switching;

        (await store.DecideAsync(TaskDecision.Cancel(Sample.Project, added.Task.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
        (await store.GetEventsAsync(null, 0, await store.GetSettledAsync(), 100)).Should().Contain(happened => happened.What == TaskEvent.Cancelled);
    }

    [Fact]
    public async Task What_is_asked_for_and_acknowledged_after_switching_on_has_its_event_on_whichever_host()
    {
        var acknowledged = new ConcurrentQueue<(long From, long To, TaskId Id)>();
        using var stop = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 8).Select(async _ =>
        {
            while (!stop.IsCancellationRequested)
            {
                // An answer may be heard of long after it was given, so that it is not enough when it is heard.
                var from = TimeProvider.System.GetTimestamp();
                var task = (await store.AddAsync(Sample.AnyTask)).Task;
                acknowledged.Enqueue((from, TimeProvider.System.GetTimestamp(), task.Id));
            }
        }).ToList();

        await using var other = PostgresServer.Open(factory.Database);
        var on = new List<(long From, long To)>();
        for (var i = 0; i < 20; i++)
        {
            await other.KeepEventsAsync(keep: true);
            var from = TimeProvider.System.GetTimestamp();
            for (var each = 0; each < 5; each++)
            {
                await store.AddAsync(Sample.AnyTask);
            }

            on.Add((from, TimeProvider.System.GetTimestamp()));
            await other.KeepEventsAsync(keep: false);
        }

        await stop.CancelAsync();
        await Task.WhenAll(writers);
        var kept = (await store.GetEventsAsync(null, 0, await store.GetSettledAsync(), 1_000_000)).Select(happened => happened.Task).ToHashSet();
        var due = acknowledged.Where(each => on.Exists(window => window.From < each.From && each.To < window.To)).Select(each => each.Id).ToList();
        due.Should().NotBeEmpty();
        due.Except(kept).Should().BeEmpty();
    }

    [Fact]
    public async Task A_transaction_that_sees_an_older_state_keeps_events_always()
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead);
        await store.AddAsync(Sample.AnyTask, transaction);
        await transaction.CommitAsync();

        (await store.GetEventsAsync(null, 0, await store.GetSettledAsync(), 100)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_transaction_has_one_lock_however_much_it_decides()
    {
        await using var connection = await OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        for (var i = 0; i < 10; i++)
        {
            await store.AddAsync(Sample.AnyTask, transaction);
        }

        // Other tests have databases of the same server.
        const string Locks = """
            select count(*)
            from pg_locks
            where locktype = 'advisory' and classid::bigint >> 16 = 77 and database = (select oid from pg_database where datname = current_database())
            """;
        (await PostgresServer.ExecuteAsync(factory.Database, Locks)).Should().Be(1L);
    }

    [Fact]
    public async Task Another_store_hears_of_events()
    {
        await store.KeepEventsAsync(keep: true);
        await using var other = PostgresServer.Open(factory.Database);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        // It may not listen yet, and whoever begins to listen is woken once for what was missed: the second time is that of an event.
        for (var heard = 0; heard < 2;)
        {
            var told = other.WaitForEventAsync(patience.Token);
            await store.AddAsync(Sample.AnyTask);
            heard += await Task.WhenAny(told, Task.Delay(TimeSpan.FromMilliseconds(500), patience.Token)) == told ? 1 : 0;
            patience.IsCancellationRequested.Should().BeFalse("it is to hear of one of them");
        }
    }

    // A reader that goes on from the last number that was settled, beside transactions that stay open after they have drawn theirs.
    private async Task<int> SkippedAsync(PostgresTaskStore writing)
    {
        var read = new List<long>();
        var after = 0L;
        for (var round = 0; round < 10; round++)
        {
            await using var connection = await OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await writing.AddAsync(Sample.AnyTask, transaction);
            await writing.AddAsync(Sample.AnyTask);
            await ReadAsync();
            await transaction.CommitAsync();
            await ReadAsync();
        }

        read.Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();
        return (await store.GetEventsAsync(null, 0, long.MaxValue, 1000)).Count - read.Count;

        async Task ReadAsync()
        {
            var settled = await writing.GetSettledAsync();
            var events = await writing.GetEventsAsync(null, after, settled, 1000);
            read.AddRange(events.Select(happened => happened.Number));
            after = settled;
        }
    }

    private async Task<NpgsqlConnection> OpenAsync() => (NpgsqlConnection)await factory.OpenAsync();
}
