namespace SnapshotTasks.Tests;

/// <summary>What has happened, where it is kept.</summary>
public abstract partial class StoreContract
{
    private IEventStore Events => (IEventStore)Store;

    [Fact]
    public async Task Nothing_is_kept_of_what_happens_until_somebody_asks_for_it()
    {
        (await Events.GetKeptEventsAsync()).Should().Be(new KeptEvents(AreKept: false, 0));
        var before = await Submit();
        await Events.KeepEventsAsync(keep: true);
        await Cancel(before.Id);
        await Events.KeepEventsAsync(keep: false);
        await Submit();

        (await AllEvents()).Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Task = before.Id, Version = 2L, What = TaskEvent.Cancelled, Project }, "a handler has to bear a first event of an older task");
        (await Events.GetKeptEventsAsync()).AreKept.Should().BeFalse();
    }

    [Fact]
    public async Task The_history_of_a_task_says_what_when_which_attempt_who_and_why()
    {
        await Events.KeepEventsAsync(keep: true);
        var task = (await Store.AddAsync(new NewTask(Project, Request) { By = "caller" })).Task;
        Advance(Lease);
        var first = await ClaimOne("first");
        await Renew(first);
        Advance(Lease);
        var second = await ClaimOne("second");
        await Store.DecideAsync(TaskDecision.Defer(task.Id, second.Lease!, new(FailureCode.SystemError, "The bucket is away."), TimeSpan.Zero, 3));
        var third = await ClaimOne("third");
        await Store.DecideAsync(TaskDecision.Abort(Project, task.Id, new(FailureCode.Aborted, "Enough.")) with { By = "operator" });

        var history = await Events.GetHistoryAsync(Project, task.Id, 100);
        history.Select(happened => (happened.What, happened.Attempt, happened.Holder, happened.By, happened.Reason)).Should().Equal(
            (TaskEvent.Queued, 0, null, "caller", null),
            (TaskEvent.Started, 1, "first", null, null),
            (TaskEvent.TakenOver, 2, "second", null, null),
            (TaskEvent.Deferred, 2, "second", null, "The bucket is away."),
            (TaskEvent.TakenOver, 3, "third", null, null),
            (TaskEvent.Completed, 4, "third", "operator", "Enough."));
        history.Select(happened => happened.At).Should().Equal(
            task.CreatedAt, first.StartedAt!.Value, second.Lease!.ExpiresAt - Lease, second.Lease!.ExpiresAt - Lease, third.Lease!.ExpiresAt - Lease, (await Row(task.Id)).EndedAt!.Value);
        history.Select(happened => happened.Version).Should().Equal(1, 2, 4, 5, 6, 7);
        (await Events.GetHistoryAsync(Another, task.Id, 100)).Should().BeEmpty();
        (await Events.GetHistoryAsync(Project, task.Id, 2)).Should().Equal(history.Take(2));
    }

    [Fact]
    public async Task What_was_refused_has_not_happened()
    {
        await Events.KeepEventsAsync(keep: true);
        var run = (await Reach(TaskState.Running)).Task;
        var before = await AllEvents();

        await Cancel(run.Id);
        await Complete(run with { }, "0.jpg");
        await Complete(run, "1.jpg");
        await Store.AddAsync(new NewTask(Project, Request) { LimitIsReached = true });

        (await AllEvents()).Skip(before.Count).Should().ContainSingle().Which.What.Should().Be(TaskEvent.Completed);
    }

    [Fact]
    public async Task A_task_that_starts_at_once_has_one_event()
    {
        await Events.KeepEventsAsync(keep: true);
        var started = (await Store.AddAsync(new NewTask(Project, Request, new Claim("worker", Lease)))).Task;

        (await AllEvents()).Should().ContainSingle().Which.Should().BeEquivalentTo(new { Task = started.Id, Version = 1L, What = TaskEvent.Started, Holder = "worker" });
    }

    [Fact]
    public async Task A_cancellation_of_many_has_an_event_for_each_that_it_cancelled()
    {
        await Events.KeepEventsAsync(keep: true);
        var (waits, runs) = (await Submit(), await Submit());
        await Store.ClaimAsync(new Claim("worker", Lease));
        var id = CancellationId.New();
        await Cancellations.ListAsync(new(id, Project, [waits.Id, runs.Id], IsLast: true));

        await Cancellations.CancelAsync(id, Project, [waits.Id, runs.Id], by: "operator");

        (await AllEvents()).Where(happened => happened.What == TaskEvent.Cancelled).Should().ContainSingle()
            .Which.Should().BeEquivalentTo(new { Task = runs.Id, By = "operator" });
    }

    [Fact]
    public async Task Events_are_found_in_one_order_page_by_page_and_project_by_project()
    {
        await Events.KeepEventsAsync(keep: true);
        var expected = new List<TaskId>();
        for (var i = 0; i < 6; i++)
        {
            expected.Add((await Store.AddAsync(new NewTask(i % 3 == 0 ? Another : Project, Request))).Task.Id);
        }

        var settled = await Events.GetSettledAsync();
        var all = await Events.GetEventsAsync(null, 0, settled, 100);
        all.Select(happened => happened.Task).Should().Equal(expected);
        all.Select(happened => happened.Number).Should().BeInAscendingOrder().And.OnlyHaveUniqueItems();

        (await Events.GetEventsAsync(null, all[1].Number, settled, 2)).Should().Equal(all[2], all[3]);
        (await Events.GetEventsAsync(null, 0, all[1].Number, 100)).Should().Equal(all[0], all[1]);
        (await Events.GetEventsAsync(Another, 0, settled, 100)).Should().Equal(all[0], all[3]);
        (await Events.LookAsync(0, settled, 4)).Should().Be(EventPosition.Of(all[3]));
        (await Events.LookAsync(all[3].Number, settled, 4)).Should().Be(EventPosition.Of(all[5]));
        (await Events.LookAsync(all[5].Number, settled, 4)).Should().BeNull();
        (await Events.GetLastAsync(all[4].Number)).Should().Be(EventPosition.Of(all[4]));
        (await Events.GetLastAsync(0)).Should().BeNull();
        EventPosition.TryParse(EventPosition.Of(all[5]).ToString(), out var read).Should().BeTrue();
        read.Should().Be(EventPosition.Of(all[5]));
    }

    [Fact]
    public async Task A_task_that_is_removed_takes_its_events_along_and_up_to_where_is_known()
    {
        await Events.KeepEventsAsync(keep: true);
        await Reach(TaskState.Cancelled);
        Advance(Age);
        var stays = (await Reach(TaskState.Cancelled)).Task;
        var before = await AllEvents();
        var removed = before.TakeWhile(happened => happened.Task != stays.Id).ToList();

        await Store.RemoveEndedAsync(Age, default, 100);

        (await AllEvents()).Should().Equal(before.Skip(removed.Count));
        (await Events.GetKeptEventsAsync()).Should().Be(new KeptEvents(AreKept: true, removed[^1].Number));
        Advance(Age);
        await Store.RemoveEndedAsync(Age, default, 100);
        var numbers = await Events.GetSettledAsync();
        (await AllEvents()).Should().BeEmpty();
        await Submit();
        (await AllEvents())[^1].Number.Should().BeGreaterThan(numbers, "no number is used twice");
    }

    [Fact]
    public async Task Whoever_waits_for_an_event_is_woken()
    {
        await Events.KeepEventsAsync(keep: true);
        var woken = Events.WaitForEventAsync(TestContext.Current.CancellationToken);
        await Submit();
        await woken.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    protected async Task<IReadOnlyList<RecordedEvent>> AllEvents() => await Events.GetEventsAsync(null, 0, await Events.GetSettledAsync(), 1000);
}
