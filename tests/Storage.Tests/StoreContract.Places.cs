namespace SnapshotTasks.Tests;

/// <summary>What a store says of its queue.</summary>
public abstract partial class StoreContract
{
    private IQueueStore Queue => (IQueueStore)Store;

    [Fact]
    public async Task Lanes_are_counted_by_priority_and_project_and_no_further_than_is_asked_for()
    {
        await AddAsync(Project, TaskPriority.Low, 1);
        await AddAsync(new("Z"), TaskPriority.Normal, 2);
        await AddAsync(Another, TaskPriority.Normal, 5);
        var (high, _) = (await AddAsync(Project, TaskPriority.High, 2), await AddAsync(Project, TaskPriority.Normal, 1));
        await Cancel(high[0]);

        QueuedLane[] all =
        [
            new(new(TaskPriority.High, Project), 1), new(new(TaskPriority.Normal, new("Z")), 2), new(new(TaskPriority.Normal, Another), 3),
            new(new(TaskPriority.Normal, Project), 1), new(new(TaskPriority.Low, Project), 1),
        ];
        (await Queue.MeasureLanesAsync(10, 3)).Should().Equal(all);
        (await Queue.MeasureLanesAsync(2, 3)).Should().Equal(all[..2]);
    }

    [Fact]
    public async Task What_is_queued_before_a_task_in_its_lane_is_counted_up_to_the_limit()
    {
        var ids = await AddAsync(Project, TaskPriority.Normal, 4);
        await AddAsync(Project, TaskPriority.Low, 1);
        await AddAsync(new("z"), TaskPriority.Normal, 1);
        var last = (await AddAsync(Project, TaskPriority.Normal, 1))[0];
        var lane = new Lane(TaskPriority.Normal, Project);
        await Cancel(ids[1]);

        (await Queue.CountQueuedAsync(lane, last, 9)).Should().Be(3);
        (await Queue.CountQueuedAsync(lane, last, 2)).Should().Be(2);
        (await Queue.CountQueuedAsync(lane, ids[0], 9)).Should().Be(0);
        (await Queue.CountQueuedAsync(lane, new(long.MaxValue), 9)).Should().Be(4);
        (await ClaimOne()).Id.Should().Be(ids[0]);
        (await Queue.CountQueuedAsync(lane, last, 9)).Should().Be(2);
    }

    [Fact]
    public async Task About_as_many_tasks_start_before_one_as_its_place_says()
    {
        await AddAsync(Another, TaskPriority.Normal, 3);
        await AddAsync(new("c"), TaskPriority.High, 2);
        await AddAsync(new("d"), TaskPriority.Low, 4);
        await AddAsync(new("e"), TaskPriority.Normal, 20);
        await AddAsync(Project, TaskPriority.Normal, 9);
        var mine = (await AddAsync(Project, TaskPriority.Normal, 1))[0];
        var lane = new Lane(TaskPriority.Normal, Project);
        var place = QueuePlace.CountOfAll(lane, await Queue.CountQueuedAsync(lane, mine, 99), await Queue.MeasureLanesAsync(10, 99));

        var before = 0;
        while ((await ClaimOne()).Id != mine)
        {
            before++;
        }

        place.Should().BeInRange(before, before + 2, "it does not know where the ring stands");
    }

    [Fact]
    public async Task What_a_project_has_started_lately_is_counted_in_whatever_state_it_is()
    {
        (await Queue.MeasureStartsAsync(Project, TimeSpan.FromMinutes(5), 9)).Should().Be(new StartMeasure(0, null));
        await AddAsync(Project, TaskPriority.Normal, 6);
        await Complete(await ClaimOne(), "0.jpg");
        Advance(TimeSpan.FromMinutes(5));
        await Complete(await ClaimOne(), "0.jpg");
        Advance(TimeSpan.FromMinutes(2));
        await Fail(await ClaimOne());
        await ClaimOne();
        await Cancel((await AddAsync(Project, TaskPriority.Normal, 1))[0]);

        var (starts, ago) = await Queue.MeasureStartsAsync(Project, TimeSpan.FromMinutes(5), 9);

        starts.Should().Be(3);
        ago!.Value.Should().BeCloseTo(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(10));
        (await Queue.MeasureStartsAsync(Project, TimeSpan.FromMinutes(1), 9)).Starts.Should().Be(2);
        (await Queue.MeasureStartsAsync(Another, TimeSpan.FromMinutes(5), 9)).Starts.Should().Be(0);
    }

    private async Task<List<TaskId>> AddAsync(ProjectId project, TaskPriority priority, int count)
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < count; i++)
        {
            ids.Add((await Store.AddAsync(new NewTask(project, Request) { Priority = priority })).Task.Id);
        }

        return ids;
    }
}
