namespace SnapshotTasks.Tests;

/// <summary>Cancellations of many: what each is about, and what became of every one of its tasks.</summary>
public abstract partial class StoreContract
{
    private static readonly CancellationId Cancellation = new("0123456789abcdef0123456789abcdef");
    private static readonly QueuedTaskFilter All = new() { All = true };

    private ICancellationStore Cancellations => (ICancellationStore)Store;

    [Fact]
    public async Task Every_task_of_a_cancellation_has_the_outcome_that_a_cancel_of_it_would_have_had()
    {
        var started = await Submit();
        await ClaimOne();
        var queued = await Submit();
        var foreign = (await Store.AddAsync(new NewTask(Another, Request))).Task;
        var unknown = new TaskId(99);
        await ListAsync(started.Id, queued.Id, foreign.Id, unknown);

        var decided = await CancelAsync(unknown, queued.Id, started.Id, foreign.Id);

        decided.Should().HaveCount(4);
        var outcomes = await ListedAsync();
        outcomes.Select(task => task.Id).Should().Equal(started.Id, queued.Id, foreign.Id, unknown);
        outcomes[0].Outcome.Should().Be(new CancelOutcome(CancelAnswer.Refused, TaskState.Running, null, (await Row(started.Id)).StartedAt));
        outcomes[1].Outcome.Should().Be(new CancelOutcome(CancelAnswer.Cancelled, TaskState.Cancelled, null, (await Row(queued.Id)).EndedAt));
        outcomes.Skip(2).Should().OnlyContain(task => task.Outcome == new CancelOutcome(CancelAnswer.NotFound, null, null, null));
        (await Cancellations.GetCancellationAsync(Project, Cancellation)).Should().Be(new Cancellation(Cancellation, 4, 1, 1, 2));
    }

    [Fact]
    public async Task Nothing_has_a_second_outcome()
    {
        var task = await Submit();
        await ListAsync(task.Id);
        await CancelAsync(task.Id);

        (await CancelAsync(task.Id)).Should().BeEmpty();
        await ListAsync(task.Id);

        (await ListedAsync()).Should().ContainSingle().Which.Outcome!.Answer.Should().Be(CancelAnswer.Cancelled);
        (await Row(task.Id)).Version.Should().Be(2);
    }

    [Fact]
    public async Task What_is_not_listed_is_not_cancelled()
    {
        var (listed, other) = (await Submit(), await Submit());
        await ListAsync(listed.Id);

        (await CancelAsync(listed.Id, other.Id)).Should().ContainSingle().Which.Task.Id.Should().Be(listed.Id);

        (await Row(other.Id)).IsQueued.Should().BeTrue();
    }

    [Fact]
    public async Task Two_who_carry_out_the_same_give_each_task_one_outcome()
    {
        var ids = new List<TaskId>();
        for (var i = 0; i < 40; i++)
        {
            ids.Add((await Submit()).Id);
        }

        await ListAsync([.. ids]);

        var decided = await Task.WhenAll(ids.Chunk(8).SelectMany(some => new[] { CancelAsync(some), CancelAsync(some) }));

        decided.SelectMany(each => each).Select(decision => decision.Task.Id).Should().BeEquivalentTo(ids).And.OnlyHaveUniqueItems();
        (await Cancellations.GetCancellationAsync(Project, Cancellation)).Should().Be(new Cancellation(Cancellation, 40, 40, 0, 0));
    }

    [Fact]
    public async Task A_cancellation_is_there_once_all_of_it_is_listed_and_for_its_project_only()
    {
        await Cancellations.ListAsync(new(Cancellation, Project, [new TaskId(1)], IsLast: false));
        (await Cancellations.GetCancellationAsync(Project, Cancellation)).Should().BeNull();
        await Cancellations.ListAsync(new(Cancellation, Project, [], IsLast: true));

        (await Cancellations.GetCancellationAsync(Project, Cancellation))!.Remaining.Should().Be(1);
        (await Cancellations.GetCancellationAsync(Another, Cancellation)).Should().BeNull();
    }

    [Fact]
    public async Task A_name_that_is_used_for_something_else_leaves_the_cancellation_as_it_is()
    {
        var first = new Listing(Cancellation, Project, [new TaskId(1)], IsLast: true) { Asked = "one" };
        await Cancellations.ListAsync(first);
        await Cancellations.ListAsync(first with { Tasks = [new TaskId(2)], Asked = "two" });
        await Cancellations.ListAsync(first with { Tasks = [new TaskId(3)], Asked = null });
        await Cancellations.ListAsync(first);

        (await ListedAsync()).Select(task => task.Id.Value).Should().Equal(1);
        (await Cancellations.GetCancellationAsync(Project, Cancellation, "one"))!.Listed.Should().Be(1);
        (await Cancellations.GetCancellationAsync(Project, Cancellation, "two")).Should().BeNull();
        (await Cancellations.GetCancellationAsync(Project, Cancellation))!.Listed.Should().Be(1);
    }

    [Fact]
    public async Task Of_two_who_use_a_name_for_different_things_at_once_one_has_it()
    {
        async Task<bool> HasAsync(int id)
        {
            await Cancellations.ListAsync(new(Cancellation, Project, [new TaskId(id)], IsLast: true) { Asked = $"{id}" });
            return await Cancellations.GetCancellationAsync(Project, Cancellation, $"{id}") is not null;
        }

        var has = await Task.WhenAll(Enumerable.Range(1, 8).Select(HasAsync));

        has.Should().ContainSingle(it => it);
        (await ListedAsync()).Should().ContainSingle().Which.Id.Value.Should().Be(1 + Array.IndexOf(has, true));
    }

    [Fact]
    public async Task An_empty_cancellation_is_there_too()
    {
        await Cancellations.ListAsync(new(Cancellation, Project, [], IsLast: true));

        (await Cancellations.GetCancellationAsync(Project, Cancellation)).Should().Be(new Cancellation(Cancellation, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Queued_tasks_of_a_lane_are_found_by_what_they_have_to_meet()
    {
        async Task<TaskId> Add(string path, TaskPriority priority = TaskPriority.Normal)
        {
            var request = Request with { Input = Request.Input with { Path = path } };
            return (await Store.AddAsync(new NewTask(Project, request) { Priority = priority })).Task.Id;
        }

        var early = await Add("a/1%.mp4");
        Advance(TimeSpan.FromMinutes(1));
        var noon = (await Row(await Add("a/1é.mp4"))).CreatedAt;
        var low = await Add("a/1é.mp4", TaskPriority.Low);
        Advance(TimeSpan.FromMinutes(1));
        var late = await Add("A/1.mp4");
        await Store.AddAsync(new NewTask(Another, Request));

        (await FindAsync(All)).Should().Equal(early, new TaskId(2), late);
        (await FindAsync(All, TaskPriority.Low)).Should().Equal(low);
        (await FindAsync(new() { CreatedFrom = noon })).Should().Equal(new TaskId(2), late);
        (await FindAsync(new() { CreatedTo = noon })).Should().Equal(early, new TaskId(2));
        (await FindAsync(new() { InputPathPrefix = "a/1" })).Should().Equal(early, new TaskId(2));
        (await FindAsync(new() { InputPathPrefix = "a/1%" })).Should().Equal(early);
        (await FindAsync(new() { InputPathPrefix = "a/1é" })).Should().Equal(new TaskId(2));
        (await Cancellations.FindQueuedAsync(new(TaskPriority.Normal, Project), All, early, 1)).Should().Equal(new TaskId(2));
        await Cancel(early);
        (await FindAsync(All)).Should().Equal(new TaskId(2), late);
    }

    [Fact]
    public async Task Cancellations_are_removed_when_they_are_old_step_by_step()
    {
        await ListAsync(new TaskId(1), new TaskId(2), new TaskId(3));
        var age = TimeSpan.FromDays(1);
        Advance(age - TimeSpan.FromSeconds(1));
        (await Cancellations.HasCancellationsAsync(age)).Should().BeFalse();
        Advance(TimeSpan.FromSeconds(1));

        var steps = 0;
        for (; await Cancellations.HasCancellationsAsync(age); steps++)
        {
            await Cancellations.RemoveCancellationsAsync(age, 2);
        }

        steps.Should().BeInRange(1, 2);
        (await Cancellations.GetCancellationAsync(Project, Cancellation)).Should().BeNull();
        await ListAsync(new TaskId(1));
        (await ListedAsync()).Should().ContainSingle();
    }

    [Fact]
    public async Task Listed_tasks_are_read_in_pages_also_only_those_without_an_outcome()
    {
        var ids = new[] { (await Submit()).Id, (await Submit()).Id, (await Submit()).Id };
        await ListAsync(ids);
        await CancelAsync(ids[1]);

        (await Cancellations.GetListedAsync(Cancellation, ids[0], 1, onlyOpen: false)).Select(task => task.Id).Should().Equal(ids[1]);
        (await Cancellations.GetListedAsync(Cancellation, default, 10, onlyOpen: true)).Select(task => task.Id).Should().Equal(ids[0], ids[2]);
    }

    private Task ListAsync(params TaskId[] ids) => Cancellations.ListAsync(new(Cancellation, Project, ids, IsLast: true));

    private Task<IReadOnlyList<Decision<CancelAnswer>>> CancelAsync(params TaskId[] ids) => Cancellations.CancelAsync(Cancellation, Project, ids);

    private async Task<IReadOnlyList<ListedTask>> ListedAsync() => await Cancellations.GetListedAsync(Cancellation, default, 1000, onlyOpen: false);

    private Task<IReadOnlyList<TaskId>> FindAsync(QueuedTaskFilter filter, TaskPriority priority = TaskPriority.Normal) =>
        Cancellations.FindQueuedAsync(new(priority, Project), filter, default, 100);
}
