namespace SnapshotTasks.Tests;

/// <summary>Projects take turns, and what has a higher priority comes first.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task Two_projects_alternate_however_much_one_of_them_has_queued()
    {
        await SubmitAsync("large", 40);
        await SubmitAsync("small", 5);

        var order = await ClaimEachAsync(14);

        order.Take(10).Should().Equal("large", "small", "large", "small", "large", "small", "large", "small", "large", "small");
        order.Skip(10).Should().AllBe("large");
    }

    [Theory, InlineData(1), InlineData(7), InlineData(64)]
    public async Task Each_of_many_projects_starts_its_first_task_before_any_starts_its_second(int atOnce)
    {
        var projects = Enumerable.Range(0, 60).Select(number => $"project-{number:00}").ToList();
        foreach (var project in projects)
        {
            await SubmitAsync(project, 2);
        }

        var started = new List<SnapshotTask>();
        while (started.Count < projects.Count)
        {
            started.AddRange((await Claim(Math.Min(atOnce, projects.Count - started.Count))).Select(claimed => claimed.Task));
        }

        started.Select(task => task.Project.Value).Should().BeEquivalentTo(projects);
        started.Should().OnlyContain(task => task.Id.Value % 2 == 1, "within a project the one that was accepted first comes first");
    }

    [Fact]
    public async Task A_claim_of_many_takes_as_many_of_each_project_as_there_are_turns()
    {
        await SubmitAsync("a", 9);
        await SubmitAsync("b", 2);
        await SubmitAsync("c", 9);

        (await Claim(10)).Select(claimed => claimed.Task.Project.Value).Should().Equal("a", "b", "c", "a", "b", "c", "a", "c", "a", "c");
    }

    [Fact]
    public async Task Who_keeps_one_task_queued_and_a_backlog_share_evenly()
    {
        await SubmitAsync("backlog", 60);
        await SubmitAsync("frugal", 1);
        var order = new List<string>();
        while (order.Count < 40)
        {
            var project = (await ClaimOne()).Project.Value;
            order.Add(project);
            await SubmitAsync("frugal", project == "frugal" ? 1 : 0);
        }

        order.Count(project => project == "backlog").Should().Be(20);
    }

    [Fact]
    public async Task Who_cancels_and_submits_again_gains_nothing()
    {
        await SubmitAsync("patient", 40);
        var restless = await SubmitAsync("restless", 1);
        var order = new List<string>();
        while (order.Count < 20)
        {
            await Store.DecideAsync(TaskDecision.Cancel(new ProjectId("restless"), restless));
            restless = await SubmitAsync("restless", 1);
            order.Add((await ClaimOne()).Project.Value);
        }

        order.Count(project => project == "restless").Should().Be(10);
    }

    [Fact]
    public async Task After_many_are_cancelled_nobody_pays_for_it()
    {
        await SubmitAsync("one", 6);
        await SubmitAsync("other", 20);
        await ClaimEachAsync(4);
        foreach (var task in await Store.ListAsync(new TaskFilter(new ProjectId("one")), 0, 100))
        {
            await Store.DecideAsync(TaskDecision.Cancel(task.Project, task.Id));
        }

        (await ClaimEachAsync(3)).Should().AllBe("other");
        await SubmitAsync("one", 3);
        (await ClaimEachAsync(6)).Should().Equal("one", "other", "one", "other", "one", "other");
    }

    [Fact]
    public async Task A_higher_priority_comes_first_also_when_it_is_submitted_last()
    {
        await SubmitAsync("a", 2, TaskPriority.Low);
        await SubmitAsync("b", 2);
        await SubmitAsync("c", 1, TaskPriority.High);
        await SubmitAsync("a", 1, TaskPriority.High);

        var claimed = (await Claim(4)).Concat(await Claim(4)).Select(claimed => claimed.Task).ToList();

        claimed.Select(task => (task.Priority, task.Project.Value)).Should().Equal(
            (TaskPriority.High, "a"), (TaskPriority.High, "c"), (TaskPriority.Normal, "b"), (TaskPriority.Normal, "b"), (TaskPriority.Low, "a"), (TaskPriority.Low, "a"));
    }

    [Fact]
    public async Task Runs_of_dead_workers_come_before_every_priority()
    {
        await SubmitAsync("a", 1, TaskPriority.Low);
        var dead = await ClaimOne();
        Advance(Lease);
        await SubmitAsync("b", 1, TaskPriority.High);

        (await Claim(2)).Select(claimed => claimed.Answer).Should().Equal(ClaimAnswer.TakenOver, ClaimAnswer.Started);
        (await Store.GetAsync(dead.Project, [dead.Id])).Should().ContainSingle().Which.Priority.Should().Be(TaskPriority.Low);
    }

    [Fact]
    public async Task A_project_that_has_as_many_running_as_it_may_is_passed_over_until_one_has_ended()
    {
        await SubmitAsync("full", 5);
        await SubmitAsync("other", 1);

        var claimed = await BoundedAsync(6);
        claimed.Select(task => task.Project.Value).Should().Equal("full", "other", "full");
        (await BoundedAsync(6)).Should().BeEmpty("the rest is left queued");
        (await Cancel("full")).Should().Be(CancelAnswer.Cancelled);

        await Complete(claimed[0], "0.jpg");
        (await BoundedAsync(6)).Should().ContainSingle().Which.Project.Value.Should().Be("full");
        await SubmitAsync("other", 3);
        (await BoundedAsync(6)).Should().HaveCount(1, "it has one running").And.OnlyContain(task => task.Project.Value == "other");
        (await Claim(1)).Should().ContainSingle("for who says no bound there is none");
    }

    [Fact]
    public async Task A_full_project_hides_nobody_behind_it()
    {
        foreach (var number in Enumerable.Range(0, 20))
        {
            await SubmitAsync($"project-{number:00}", 3);
        }

        var first = await BoundedAsync(40);
        first.Should().HaveCount(40);
        await SubmitAsync("project-99", 1);

        (await BoundedAsync(1)).Should().ContainSingle().Which.Project.Value.Should().Be("project-99");
        await Complete(first.First(task => task.Project.Value == "project-07"), "0.jpg");
        (await BoundedAsync(8)).Should().ContainSingle().Which.Project.Value.Should().Be("project-07");
    }

    [Fact]
    public async Task Runs_of_dead_workers_are_taken_over_also_of_a_full_project()
    {
        await SubmitAsync("full", 3);
        await BoundedAsync(2);
        Advance(Lease);

        (await Store.ClaimAsync(Bounded(9))).Select(claimed => claimed.Answer).Should().Equal(ClaimAnswer.TakenOver, ClaimAnswer.TakenOver);
    }

    [Fact]
    public async Task What_is_to_start_with_its_submission_is_refused_when_its_project_is_full()
    {
        await SubmitAsync("full", 2);
        await BoundedAsync(2);

        var refused = await Store.AddAsync(new NewTask(new ProjectId("full"), Request, Bounded(1)));
        refused.Answer.Should().Be(SubmitAnswer.LimitReached);
        refused.TaskIfAny.Should().BeNull();
        (await Store.CountAsync(new TaskFilter(new ProjectId("full")), 10)).Should().Be(2);
        (await Store.AddAsync(new NewTask(new ProjectId("other"), Request, Bounded(1)))).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    private static Claim Bounded(int count) => new("worker", Lease, count) { MaxRunning = 2 };

    private async Task<List<SnapshotTask>> BoundedAsync(int count) => [.. (await Store.ClaimAsync(Bounded(count))).Select(claimed => claimed.Task)];

    // The first that is queued.
    private async Task<CancelAnswer> Cancel(string project)
    {
        var queued = (await Store.ListAsync(TaskFilter.Queued(new ProjectId(project)), 0, 100))[^1];
        return (await Store.DecideAsync(TaskDecision.Cancel(queued.Project, queued.Id))).Answer;
    }

    // The last id.
    private async Task<TaskId> SubmitAsync(string project, int count, TaskPriority priority = TaskPriority.Normal)
    {
        TaskId last = default;
        for (var number = 0; number < count; number++)
        {
            last = (await Store.AddAsync(new NewTask(new ProjectId(project), Request) { Priority = priority })).Task.Id;
        }

        return last;
    }

    private async Task<List<string>> ClaimEachAsync(int count)
    {
        var order = new List<string>();
        while (order.Count < count)
        {
            order.Add((await ClaimOne()).Project.Value);
        }

        return order;
    }
}
