using System.Diagnostics;
using Microsoft.Data.Sqlite;
using static SnapshotTasks.Tests.Sample;

namespace SnapshotTasks.Tests;

/// <summary>Somebody else holds the write lock of the file, and does not give it back.</summary>
public sealed class SqliteLockTests : IAsyncDisposable
{
    private readonly SqliteStoreFactory factory = new();

    public ValueTask DisposeAsync() => factory.DisposeAsync();

    [Fact]
    public async Task A_file_that_stays_busy_is_unavailable_after_the_time_out_and_usable_afterwards()
    {
        factory.Options.LockTimeout = TimeSpan.FromMilliseconds(20);
        var store = factory.Create();
        var task = (await store.AddAsync(AnyTask)).Task;
        using (Lock())
        {
            var waited = Stopwatch.StartNew();
            await store.Awaiting(each => each.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Should().ThrowAsync<StoreUnavailableException>()
                .WithMessage("The task store cannot be written now: others have held the lock of its file for longer than 0.02 s.");
            waited.Elapsed.Should().BeLessThan(TimeSpan.FromMilliseconds(900), "the driver's own time-out is no shorter than a second");
        }

        (await store.DecideAsync(TaskDecision.Cancel(Project, task.Id))).Answer.Should().Be(CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task Who_comes_after_others_have_waited_in_vain_is_answered_soon()
    {
        factory.Options.LockTimeout = TimeSpan.FromSeconds(2);
        var store = factory.Create();
        using var other = Lock();
        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();

        var waited = Stopwatch.StartNew();
        await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();

        waited.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_lock_that_others_keep_is_an_obstacle_that_the_store_tells_until_it_has_written_again()
    {
        factory.Options.LockTimeout = TimeSpan.FromSeconds(1);
        var store = factory.Create();
        await store.AddAsync(AnyTask);
        using (Lock())
        {
            (await store.MeasureAsync(10)).Obstacle.Should().BeNull("nobody has asked for it");
            await store.Awaiting(each => each.AddAsync(AnyTask)).Should().ThrowAsync<StoreUnavailableException>();
            (await store.MeasureAsync(10)).Obstacle.Should().Match("Another process, or an open transaction, has held the write lock of the task store's file for ? s.");
        }

        await store.AddAsync(AnyTask);
        (await store.MeasureAsync(10)).Obstacle.Should().BeNull();
    }

    [Fact]
    public void A_time_out_out_of_its_range_is_refused()
    {
        FluentActions.Invoking(() => new SqliteOptions { LockTimeout = TimeSpan.FromMilliseconds(9) }).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => new SqliteOptions { LockTimeout = TimeSpan.FromSeconds(61) }).Should().Throw<ArgumentOutOfRangeException>();
    }

    private SqliteConnection Lock()
    {
        var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
        connection.Open();
        SqliteConnections.Execute(connection, "begin immediate");
        return connection;
    }
}
