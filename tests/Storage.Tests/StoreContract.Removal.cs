namespace SnapshotTasks.Tests;

/// <summary>Removing tasks that ended long ago.</summary>
public abstract partial class StoreContract
{
    private static readonly TimeSpan Age = TimeSpan.FromDays(30);

    [Fact]
    public async Task Only_tasks_that_ended_long_enough_ago_are_removed()
    {
        var tasks = new Dictionary<TaskState, TaskId>();
        foreach (var state in Enum.GetValues<TaskState>().Reverse())
        {
            tasks[state] = (await Reach(state)).Task.Id;
        }

        Advance(Age - TimeSpan.FromMicroseconds(1));
        (await Store.RemoveEndedAsync(Age, default, 100)).Should().Be(new RemovalOutcome(0, null));
        Advance(TimeSpan.FromMicroseconds(1));
        (await Store.RemoveEndedAsync(Age, default, 100)).Should().Be(new RemovalOutcome(2, null));

        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Select(task => task.Id)
            .Should().BeEquivalentTo([tasks[TaskState.Queued], tasks[TaskState.Running]]);
        (await Cancel(tasks[TaskState.Completed])).Answer.Should().Be(CancelAnswer.NotFound);
    }

    [Fact]
    public async Task A_task_that_ended_lately_stays_however_long_ago_it_was_submitted()
    {
        var waiting = await Submit();
        Advance(Age * 2);
        await Cancel(waiting.Id);

        (await Store.RemoveEndedAsync(Age, default, 100)).Removed.Should().Be(0);
        Advance(Age);
        (await Store.RemoveEndedAsync(Age, default, 100)).Removed.Should().Be(1);
    }

    [Fact]
    public async Task A_sweep_goes_on_where_its_last_step_ended_and_ends_before_what_is_too_new()
    {
        for (var i = 0; i < 5; i++)
        {
            await Reach(TaskState.Cancelled);
        }

        var queued = await Submit();
        Advance(Age);
        var late = (await Reach(TaskState.Cancelled)).Task;

        var steps = new List<RemovalOutcome>();
        TaskId? after = default(TaskId);
        while (after is { } from)
        {
            steps.Add(await Store.RemoveEndedAsync(Age, from, 2));
            after = steps[^1].Next;
        }

        steps.Select(step => step.Removed).Should().Equal(2, 2, 1, 0);
        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Select(task => task.Id).Should().BeEquivalentTo([queued.Id, late.Id]);
    }

    [Fact]
    public async Task A_key_lives_as_long_as_its_task()
    {
        var first = (await Store.AddAsync(Keyed("key"))).Task;
        await Cancel(first.Id);
        Advance(Age);
        await Store.RemoveEndedAsync(Age, default, 100);

        var again = await Store.AddAsync(Keyed("key", hash: "of another request"));

        again.Answer.Should().Be(SubmitAnswer.Accepted);
        again.Task.Id.Should().BeGreaterThan(first.Id, "ids are never used again");
    }
}
