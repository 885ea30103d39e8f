namespace SnapshotTasks.Tests;

/// <summary>What has happened, on a disk.</summary>
public abstract partial class PersistentStoreContract
{
    private IEventStore Kept => (IEventStore)Store;

    [Fact]
    public async Task Events_are_there_after_reopening_and_are_kept_further()
    {
        await Kept.KeepEventsAsync(keep: true);
        await Reach(TaskState.Completed);
        var before = await AllEvents();

        Store = await factory.ReopenAsync();

        (await AllEvents()).Should().Equal(before);
        await Submit();
        (await AllEvents()).Should().HaveCount(before.Count + 1);
    }

    [Fact]
    public async Task An_event_commits_and_rolls_back_with_the_callers_transaction()
    {
        await Kept.KeepEventsAsync(keep: true);
        var queued = await Submit();
        await using var connection = await OpenWithNotesAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await Store.DecideAsync(TaskDecision.Cancel(Project, queued.Id), transaction);
            (await AllEvents()).Should().ContainSingle("nothing is committed yet");
            await transaction.RollbackAsync();
        }

        (await AllEvents()).Should().ContainSingle();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await Store.DecideAsync(TaskDecision.Cancel(Project, queued.Id), transaction);
            await Store.AddAsync(new NewTask(Project, Request), transaction);
            await transaction.CommitAsync();
        }

        (await AllEvents()).Select(happened => happened.What).Should().Equal(TaskEvent.Queued, TaskEvent.Cancelled, TaskEvent.Queued);
    }

    [Fact]
    public async Task The_same_task_changed_twice_in_a_batch_has_both_events()
    {
        await Kept.KeepEventsAsync(keep: true);
        var tasks = new List<Task>();
        for (var i = 0; i < 100; i++)
        {
            tasks.Add(Submit());
            tasks.Add(Claim());
        }

        await Task.WhenAll(tasks);
        var events = await AllEvents();
        events.Count(happened => happened.What == TaskEvent.Queued).Should().Be(100);
        events.GroupBy(happened => happened.Task).Should().OnlyContain(
            task => task.Select(happened => happened.Version).SequenceEqual(Enumerable.Range(1, task.Count()).Select(version => (long)version)));
    }
}
