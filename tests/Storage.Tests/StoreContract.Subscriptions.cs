namespace SnapshotTasks.Tests;

/// <summary>To whom what has happened was delivered.</summary>
public abstract partial class StoreContract
{
    private const string Bills = "bills";

    private ISubscriptionStore Subscriptions => (ISubscriptionStore)Store;

    [Fact]
    public async Task A_subscription_goes_on_where_it_was()
    {
        (await Decide(SubscriptionDecision.Open(Bills, 7))).Subscription.Should().Be(new Subscription(Bills, 7));
        (await Decide(SubscriptionDecision.Open(Bills, 99))).Subscription.Should().Be(new Subscription(Bills, 7), "it was begun before");
        await Decide(SubscriptionDecision.Open("another", 3));

        (await Subscriptions.GetSubscriptionsAsync()).Should().Equal(new Subscription("another", 3), new Subscription(Bills, 7));
    }

    [Fact]
    public async Task One_process_delivers_until_its_time_is_over()
    {
        (await Decide(SubscriptionDecision.Take(Bills, "first", Lease))).Should().Be(new SubscriptionOutcome(SubscriptionAnswer.NotFound, null));
        await Decide(SubscriptionDecision.Open(Bills, 0));
        (await Decide(SubscriptionDecision.Take(Bills, "first", Lease))).Answer.Should().Be(SubscriptionAnswer.Done);
        (await Decide(SubscriptionDecision.Take(Bills, "second", Lease))).Answer.Should().Be(SubscriptionAnswer.HeldElsewhere);
        (await Decide(Step("second", 5))).Answer.Should().Be(SubscriptionAnswer.HeldElsewhere);
        (await Decide(SubscriptionDecision.Release(Bills, "second"))).Answer.Should().Be(SubscriptionAnswer.HeldElsewhere);

        Advance(Lease);
        (await Decide(SubscriptionDecision.Take(Bills, "second", Lease))).Answer.Should().Be(SubscriptionAnswer.Done);
        (await Decide(Step("first", 9))).Answer.Should().Be(SubscriptionAnswer.HeldElsewhere, "it was away for too long");
        (await Decide(Step("second", 5))).Subscription!.Position.Should().Be(5);
        (await Decide(SubscriptionDecision.Release(Bills, "second"))).Answer.Should().Be(SubscriptionAnswer.Done);
        (await Decide(SubscriptionDecision.Take(Bills, "first", Lease))).Subscription!.Position.Should().Be(5);
    }

    [Fact]
    public async Task What_failed_is_due_later_and_what_is_behind_it_when_it_was_delivered()
    {
        var (first, second, other) = await ThreeEventsOfTwoTasks();
        await Decide(Step("me", other.Number, new()
        {
            Failed = [new(EventKey.Of(first), 1, TimeSpan.FromSeconds(30), "no")],
            Behind = [EventKey.Of(second)],
        }));

        (await Due()).Should().BeEmpty();
        (await Subscriptions.FindParkedAsync(Bills, [first.Task, other.Task])).Should().Equal(first.Task);
        (await Parked()).Select(each => (each.Event, each.Attempts, each.Reason, each.DueAt is null)).Should().Equal((first, 1, "no", false), (second, 0, null, true));

        Advance(TimeSpan.FromSeconds(30));
        (await Due()).Select(each => each.Event).Should().Equal(first);
        await Decide(Step("me", other.Number, new() { Delivered = [EventKey.Of(first)] }));
        (await Due()).Select(each => each.Event).Should().Equal(second);
        await Decide(Step("me", other.Number, new() { Delivered = [EventKey.Of(second)] }));
        (await Parked()).Should().BeEmpty();
        (await Subscriptions.FindParkedAsync(Bills, [first.Task, other.Task])).Should().BeEmpty();
    }

    [Fact]
    public async Task What_waits_behind_nothing_any_more_is_due()
    {
        var (_, second, other) = await ThreeEventsOfTwoTasks();

        await Decide(Step("me", other.Number, new() { Behind = [EventKey.Of(second)] }));

        (await Due()).Select(each => each.Event).Should().Equal(second);
    }

    [Fact]
    public async Task What_was_set_aside_holds_nothing_back_and_is_delivered_again_when_somebody_says_so()
    {
        var (first, second, other) = await ThreeEventsOfTwoTasks();
        await Decide(Step("me", other.Number, new() { Failed = [new(EventKey.Of(first), 12, null, "never")], Behind = [EventKey.Of(second)] }));

        (await Due()).Select(each => each.Event).Should().Equal(second);
        (await Parked(onlySetAside: true)).Should().ContainSingle().Which.Should()
            .BeEquivalentTo(new { Event = first, Attempts = 12, DueAt = (DateTimeOffset?)null, Reason = "never" });
        await Decide(Step("me", other.Number, new() { Delivered = [EventKey.Of(second)] }));
        (await Decide(SubscriptionDecision.Repeat("unknown", EventKey.Of(first)))).Answer.Should().Be(SubscriptionAnswer.NotFound);
        await Decide(SubscriptionDecision.Repeat(Bills, EventKey.Of(first)));
        await Decide(SubscriptionDecision.Repeat(Bills, EventKey.Of(other)));

        (await Due()).Select(each => (each.Event, each.Attempts)).Should().BeEquivalentTo([(first, 0), (other, 0)]);
        (await Parked(onlySetAside: true)).Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_lost_holder_found_out_is_not_written()
    {
        var (first, second, other) = await ThreeEventsOfTwoTasks();
        await Decide(Step("me", second.Number, new() { Failed = [new(EventKey.Of(first), 1, TimeSpan.Zero, "no")], Behind = [EventKey.Of(second)] }));
        Advance(Lease);
        await Decide(SubscriptionDecision.Take(Bills, "second", Lease));

        (await Decide(Step("me", other.Number, new() { Delivered = [EventKey.Of(first)], Failed = [new(EventKey.Of(other), 1, null, "no")] }))).Answer
            .Should().Be(SubscriptionAnswer.HeldElsewhere);

        (await Parked()).Select(each => each.Event).Should().Equal(first, second);
        (await Subscriptions.GetSubscriptionsAsync()).Should().ContainSingle().Which.Should().BeEquivalentTo(new { Position = second.Number, Holder = "second" });
    }

    [Fact]
    public async Task A_subscription_that_was_stopped_stays_so_until_it_is_resumed()
    {
        await Decide(SubscriptionDecision.Open(Bills, 5));
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        var failing = (await Decide(SubscriptionDecision.Step(new(Bills, "me", Lease, 6) { Failing = "refused" }))).Subscription!;
        failing.Should().BeEquivalentTo(new { Position = 6L, Reason = "refused", StoppedAt = (DateTimeOffset?)null });
        failing.FailingSince.Should().NotBeNull();
        Advance(TimeSpan.FromSeconds(1));
        (await Decide(SubscriptionDecision.Step(new(Bills, "me", Lease, 6) { Failing = "again" }))).Subscription!.FailingSince.Should().Be(failing.FailingSince);
        var stopped = (await Decide(SubscriptionDecision.Step(new(Bills, "me", Lease, 6) { Failing = "again", Stopping = "for good" }))).Subscription!;
        stopped.Should().BeEquivalentTo(new { Position = 6L, Reason = "for good" });

        (await Decide(SubscriptionDecision.Take(Bills, "me", Lease))).Should().Be(new SubscriptionOutcome(SubscriptionAnswer.Stopped, stopped));
        (await Decide(Step("me", 9))).Answer.Should().Be(SubscriptionAnswer.Stopped);
        (await Decide(SubscriptionDecision.Resume(Bills, null))).Subscription.Should().Be(new Subscription(Bills, 6));
        (await Decide(SubscriptionDecision.Resume(Bills, 8))).Subscription.Should().Be(new Subscription(Bills, 8));
        (await Decide(SubscriptionDecision.Resume("unknown", 8))).Answer.Should().Be(SubscriptionAnswer.NotFound);
    }

    [Fact]
    public async Task A_task_stays_as_long_as_an_event_of_it_is_to_be_delivered()
    {
        await Events.KeepEventsAsync(keep: true);
        await Decide(SubscriptionDecision.Open(Bills, 0));
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        var ended = await Reach(TaskState.Completed);
        var events = await AllEvents();
        Advance(TimeSpan.FromDays(2));

        async Task<int> Removed() => (await Store.RemoveEndedAsync(TimeSpan.FromDays(1), default, 100)).Removed;
        (await Removed()).Should().Be(0, "the position has not passed its last event");
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        await Decide(Step("me", events[^1].Number, new() { Failed = [new(EventKey.Of(events[0]), 1, TimeSpan.FromDays(1), "no")] }));
        (await Removed()).Should().Be(0, "an event of it is parked");
        await Decide(Step("me", events[^1].Number, new() { Failed = [new(EventKey.Of(events[0]), 2, null, "never")] }));
        (await Removed()).Should().Be(1, "what was set aside holds nothing back");
        (await Parked()).Should().BeEmpty("what became of a task that is gone interests nobody");
        (await Store.GetAsync(Project, [ended.Task.Id])).Should().BeEmpty();
    }

    [Fact]
    public async Task A_subscription_that_was_stopped_holds_no_task_back()
    {
        await Events.KeepEventsAsync(keep: true);
        await Decide(SubscriptionDecision.Open(Bills, 0));
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        await Reach(TaskState.Completed);
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        await Decide(SubscriptionDecision.Step(new(Bills, "me", Lease, 0) { Stopping = "for good" }));
        Advance(TimeSpan.FromDays(2));

        (await Store.RemoveEndedAsync(TimeSpan.FromDays(1), default, 100)).Removed.Should().Be(1);
    }

    private Task<SubscriptionOutcome> Decide(SubscriptionDecision decision) => Subscriptions.DecideAsync(decision);

    private static SubscriptionDecision Step(string holder, long position, Deliveries? deliveries = null) =>
        SubscriptionDecision.Step(new(Bills, holder, Lease, position) { Deliveries = deliveries ?? Deliveries.None });

    private Task<IReadOnlyList<ParkedEvent>> Due() => Subscriptions.GetDueAsync(Bills, 100);

    private Task<IReadOnlyList<ParkedEvent>> Parked(bool onlySetAside = false) => Subscriptions.GetParkedAsync(Bills, onlySetAside, 0, 100);

    private async Task<(RecordedEvent First, RecordedEvent Second, RecordedEvent Other)> ThreeEventsOfTwoTasks()
    {
        await Events.KeepEventsAsync(keep: true);
        await Decide(SubscriptionDecision.Open(Bills, 0));
        await Decide(SubscriptionDecision.Take(Bills, "me", Lease));
        await Cancel((await Submit()).Id);
        await Submit();
        return await AllEvents() is [var first, var second, var other] ? (first, second, other) : throw new InvalidOperationException("There are not three events.");
    }
}
