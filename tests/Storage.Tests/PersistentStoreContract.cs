namespace SnapshotTasks.Tests;

/// <summary>What stores promise that keep their tasks on a disk.</summary>
public abstract partial class PersistentStoreContract(PersistentStoreFactory factory) : StoreContract(factory)
{
    [Fact]
    public async Task Reopening_finds_everything_as_it_was_answered()
    {
        var answered = new List<SnapshotTask>();
        foreach (var state in Enum.GetValues<TaskState>().Reverse())
        {
            answered.Add((await Reach(state)).Task);
        }

        Store = await factory.ReopenAsync();

        (await Store.GetAsync(Project, [.. answered.Select(task => task.Id)])).Should().BeEquivalentTo(answered);
        (await Submit()).Id.Value.Should().BeGreaterThan(answered.Max(task => task.Id.Value));
    }

    [Fact]
    public async Task A_run_goes_on_after_reopening_under_its_lease()
    {
        await Submit();
        var run = await ClaimOne();

        Store = await factory.ReopenAsync();

        (await Claim()).Should().BeEmpty();
        (await Renew(run)).Answer.Should().Be(LeaseAnswer.Held);
        (await Complete(run, "0.jpg")).Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public async Task A_full_disk_makes_the_store_unavailable_and_loses_nothing_that_was_acknowledged()
    {
        var request = Request with { UserData = new string('x', SnapshotRequest.MaxUserDataLength) };
        var acknowledged = new List<SnapshotTask> { (await Store.AddAsync(new NewTask(Project, request))).Task };
        factory.FillDisk();

        await FluentActions.Awaiting(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                acknowledged.Add((await Store.AddAsync(new NewTask(Project, request))).Task);
            }
        }).Should().ThrowAsync<StoreUnavailableException>();
        await FluentActions.Awaiting(() => Store.AddAsync(new NewTask(Project, request))).Should().ThrowAsync<StoreUnavailableException>();

        (await Store.ListAsync(new TaskFilter(Project), 0, 200)).Should().BeEquivalentTo(acknowledged);
        factory.MakeRoom();
        acknowledged.Add((await Store.AddAsync(new NewTask(Project, request))).Task);
        Store = await factory.ReopenAsync();
        (await Store.ListAsync(new TaskFilter(Project), 0, 200)).Should().BeEquivalentTo(acknowledged);
    }

    [Fact]
    public async Task A_decision_reads_no_more_of_a_task_than_it_needs_and_the_whole_when_that_is_asked_for()
    {
        var (first, second) = (await Submit(), await Submit());

        var core = (await Store.DecideAsync(TaskDecision.Cancel(Project, first.Id))).Task;
        var whole = (await Store.DecideAsync(TaskDecision.Cancel(Project, second.Id) with { Whole = true })).Task;

        core.Invoking(task => task.Request).Should().Throw<InvalidOperationException>("a cancel has no use for it");
        whole.Should().BeEquivalentTo(await Row(second.Id));
    }
}
