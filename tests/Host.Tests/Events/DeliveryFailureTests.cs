namespace SnapshotTasks.Tests;

/// <summary>Whose fault a failure is, and what follows.</summary>
public sealed class DeliveryFailureTests : DeliveryContext
{
    [Fact]
    public async Task After_a_failure_the_events_of_its_task_wait_and_come_in_order_and_others_are_not_held_up()
    {
        await using var host = await StartAsync();
        var failing = await SubmitAsync();
        Recipient.Answer = (happened, attempt, _) => Task.FromResult(happened.Task == failing && attempt < 3 ? No : Recipient.Taken);
        await CancelAsync(failing);
        var begun = Time.GetUtcNow();
        await SubmitAndCancelAsync(50);

        await UntilHasAsync(100);
        (Time.GetUtcNow() - begun).Should().BeLessThan(TimeSpan.FromSeconds(3));
        Recipient.Has.Should().NotContain(happened => happened.Task == failing);

        await UntilHasAsync(102);
        await UntilSettledAsync();
        Recipient.Tried.Where(tried => tried.Event.Task == failing).Select(tried => (tried.Event.What, tried.Attempt)).Should().Equal(
            (TaskEvent.Queued, 1), (TaskEvent.Queued, 2), (TaskEvent.Queued, 3), (TaskEvent.Cancelled, 1), (TaskEvent.Cancelled, 2), (TaskEvent.Cancelled, 3));
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task Poison_is_set_aside_after_its_attempts_holds_nothing_up_and_can_be_repeated()
    {
        var poisonous = true;
        await using var host = await StartAsync();
        Recipient.Answer = (happened, _, _) => Task.FromResult(poisonous && happened.What == TaskEvent.Queued ? No : Recipient.Taken);
        var begun = Time.GetUtcNow();
        var id = await SubmitAsync();
        await CancelAsync(id);

        for (var attempt = 1; attempt <= RetrySchedule.MaxAttempts; attempt++)
        {
            await Time.UntilAsync(async () => (await ParkedAsync()).Any(parked => parked.Attempts >= attempt), $"attempt {attempt}");
            var due = (await ParkedAsync())[0].DueAt;
            Time.Advance(due - Time.GetUtcNow() is { Ticks: > 0 } wait ? wait : TimeSpan.Zero);
        }

        var parked = (await Rows.GetParkedAsync(Recipient.Name, onlySetAside: true, 0, 10)).Single();
        (parked.Attempts, parked.Reason, parked.DueAt).Should().Be((RetrySchedule.MaxAttempts, "no", null));
        (Time.GetUtcNow() - begun).Should().BeCloseTo(TimeSpan.FromHours(20), TimeSpan.FromHours(4));
        await UntilHasAsync(1);
        Recipient.Has.Single().What.Should().Be(TaskEvent.Cancelled, "what follows goes on without it");
        host.Log.Should().ContainSingle(line => line.StartsWith("Error: Event 1 of task 1 is set aside, it was not delivered to bills in 12 attempts: no"));

        poisonous = false;
        await Rows.DecideAsync(SubscriptionDecision.Repeat(Recipient.Name, EventKey.Of(parked.Event)));

        await UntilHasAsync(2);
        await UntilSettledAsync();
        Recipient.Tried.Last().Attempt.Should().Be(1);
    }

    [Fact]
    public async Task A_receiver_that_is_down_gets_one_event_at_a_time_and_one_that_it_takes_opens_it_again()
    {
        var down = true;
        await using var host = await StartAsync();
        Recipient.Answer = (_, _, _) => Task.FromResult(down ? Down : Recipient.Taken);
        await SubmitAndCancelAsync(150);
        await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        Recipient.Most = 0;
        var (tried, begun) = (Recipient.Tried.Count, Time.GetUtcNow());
        tried.Should().BeLessThan(RetrySchedule.FailuresInARow + Receiver.MaxAtOnce);

        await Time.PassAsync(TimeSpan.FromMinutes(2));

        Recipient.Most.Should().Be(1);
        (Recipient.Tried.Count - tried).Should().BeInRange(8, 18, "of waits of up to 15 s there are some in two minutes");
        Recipient.Tried.Select(each => each.Event.Number).Should().OnlyHaveUniqueItems("each probe is an event that was not tried");
        (await KnownAsync()).Reason.Should().Be("down");
        (await ParkedAsync()).Should().HaveCountLessThan(40, "the rest is no rows, but a position that stands still");

        down = false;
        var up = Time.GetUtcNow();
        await UntilHasAsync(300);
        await UntilSettledAsync();
        (Time.GetUtcNow() - up).Should().BeLessThan(TimeSpan.FromMinutes(10), "one at a time it would be an hour");
        (await KnownAsync()).FailingSince.Should().BeNull();
        MustBeInOrder(Recipient.Has);
        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
        host.Log.Should().ContainSingle(line => line.StartsWith("Error: Nothing can be delivered to bills")).And.ContainSingle(line => line.Contains("bills takes events again"));
    }

    [Fact]
    public async Task A_receiver_that_refuses_everything_is_down_after_a_hundred_refusals()
    {
        var refuses = true;
        await using var host = await StartAsync();
        Recipient.Answer = (_, _, _) => Task.FromResult(refuses ? No : Recipient.Taken);
        for (var i = 0; i < 200; i++)
        {
            await SubmitAsync();
        }

        await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        await Time.PassAsync(TimeSpan.FromMinutes(1));
        (await ParkedAsync()).Should().HaveCountLessThan(Receiver.MaxRefused + (2 * Receiver.MaxAtOnce) + 20, "the rest is no rows, but a position that stands still");

        refuses = false;
        await UntilHasAsync(200);
        await UntilSettledAsync();
        (await KnownAsync()).FailingSince.Should().BeNull();
    }

    [Fact]
    public async Task A_receiver_that_is_down_is_probed_also_when_nothing_happens_any_more()
    {
        var down = true;
        await using var host = await StartAsync();
        Recipient.Answer = (_, _, _) => Task.FromResult(down ? Down : Recipient.Taken);
        for (var i = 0; i < RetrySchedule.FailuresInARow; i++)
        {
            await SubmitAsync();
        }

        await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        down = false;

        await UntilHasAsync(RetrySchedule.FailuresInARow);

        await UntilSettledAsync();
        (await KnownAsync()).FailingSince.Should().BeNull();
    }

    [Fact]
    public async Task Whoever_takes_over_a_failing_subscription_tries_one_event_at_a_time()
    {
        Recipient.Answer = (_, _, _) => Task.FromResult(Down);
        await using (await StartAsync())
        {
            await SubmitAndCancelAsync(20);
            await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        }

        var since = (await KnownAsync()).FailingSince;
        Recipient.Most = 0;
        var tried = Recipient.Tried.Count;
        await using var next = await StartAsync();
        await Time.UntilAsync(() => Recipient.Tried.Count > tried + 2, "probes");

        Recipient.Most.Should().Be(1);
        (await KnownAsync()).FailingSince.Should().Be(since);
    }

    [Fact]
    public async Task A_receiver_that_is_down_for_a_day_is_stopped_and_goes_on_from_there_when_resumed()
    {
        var down = true;
        await using var host = await StartAsync();
        Recipient.Answer = (_, _, _) => Task.FromResult(down ? Down : Recipient.Taken);
        await SubmitAndCancelAsync(50);
        await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        Time.Advance(Receiver.MaxFailing - TimeSpan.FromMinutes(5));
        await Time.PassAsync(TimeSpan.FromSeconds(30));
        (await KnownAsync()).StoppedAt.Should().BeNull();

        Time.Advance(TimeSpan.FromMinutes(5));
        await Time.UntilAsync(async () => (await KnownAsync()).StoppedAt is not null, "the stop");
        (await KnownAsync()).Reason.Should().EndWith(": down");
        down = false;
        await Rows.DecideAsync(SubscriptionDecision.Resume(Recipient.Name, after: null));

        await Time.UntilAsync(() => Recipient.Has.Count >= 90, "those that were not parked");
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task A_receiver_that_is_down_while_it_catches_up_is_not_stopped_within_the_hour()
    {
        var down = true;
        Recipient.Answer = (_, _, _) => Task.FromResult(down ? Down : Recipient.Taken);
        await using (await StartAsync())
        {
        }

        await SubmitAndCancelAsync(50);
        Time.Advance(TimeSpan.FromDays(2));
        await using var host = await StartAsync();
        await Time.UntilAsync(async () => (await KnownAsync()).FailingSince is not null, "the subscription to fail");
        await Time.PassAsync(TimeSpan.FromSeconds(20));
        (await KnownAsync()).StoppedAt.Should().BeNull();

        Time.Advance(Receiver.MinFailing);

        await Time.UntilAsync(async () => (await KnownAsync()).StoppedAt is not null, "the stop");
        (await KnownAsync()).Reason.Should().Be($"Nothing could be delivered since {(await KnownAsync()).FailingSince:u}: down");
    }

    [Fact]
    public async Task A_receiver_that_wants_nothing_any_more_is_stopped_at_once_and_keeps_its_place()
    {
        Recipient.Answer = (_, _, _) => Task.FromResult(new DeliveryResult(DeliveryEnd.Gone, "410"));
        await using var host = await StartAsync();
        await SubmitAndCancelAsync(30);
        await Time.UntilAsync(async () => (await KnownAsync()).StoppedAt is not null, "the stop");
        var tried = Recipient.Tried.Count;
        await Time.PassAsync(TimeSpan.FromSeconds(30));
        Recipient.Tried.Should().HaveCount(tried).And.HaveCountLessThanOrEqualTo(Receiver.MaxAtOnce);
        (await KnownAsync()).Reason.Should().Be("410");
        host.Log.Should().ContainSingle(line => line.StartsWith("Error: Nothing is delivered to bills after event"));

        Recipient.Answer = (_, _, _) => Task.FromResult(Recipient.Taken);
        await Rows.DecideAsync(SubscriptionDecision.Resume(Recipient.Name, after: null));

        await UntilHasAsync(60);
        await UntilSettledAsync();
        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task Whom_an_operator_stops_while_it_is_delivered_to_gets_nothing_more_until_it_is_resumed()
    {
        await using var host = await StartAsync();
        await SubmitAsync();
        await UntilHasAsync(1);
        await Rows.DecideAsync(SubscriptionDecision.Stop(Recipient.Name, "maintenance"));
        await SubmitAsync();
        await Time.UntilAsync(() => host.Log.Any(line => line.Contains("Nothing is delivered to bills after event")), "the stop to be noticed");
        var tried = Recipient.Tried.Count;
        await SubmitAndCancelAsync(20);
        await Time.PassAsync(TimeSpan.FromSeconds(30));
        Recipient.Tried.Should().HaveCount(tried);

        await Rows.DecideAsync(SubscriptionDecision.Resume(Recipient.Name, after: null));

        await UntilSettledAsync();
        Recipient.Has.Distinct().Should().BeEquivalentTo(await EventsAsync());
    }

    [Fact]
    public async Task A_receiver_that_asks_for_time_gets_it()
    {
        await using var host = await StartAsync();
        Recipient.Answer = (_, attempt, _) => Task.FromResult(attempt == 1 ? No with { RetryAfter = TimeSpan.FromSeconds(40) } : Recipient.Taken);
        await SubmitAsync();
        await Time.UntilAsync(() => !Recipient.Tried.IsEmpty, "the first attempt");
        var asked = Time.GetUtcNow();

        await UntilHasAsync(1);

        (Time.GetUtcNow() - asked).Should().BeCloseTo(TimeSpan.FromSeconds(40), TimeSpan.FromSeconds(3));
    }

    [Fact]
    public async Task What_a_receiver_throws_is_its_failure_and_is_kept_whatever_it_says()
    {
        await using var host = await StartAsync();
        Recipient.Answer = (_, _, _) => throw new InvalidOperationException($"a\0b\n\ud800 {new string('x', 1000)}");
        await SubmitAsync();

        await Time.UntilAsync(async () => (await ParkedAsync()).Any(parked => parked.Attempts > 0), "the failure");

        (await ParkedAsync()).Single().Reason.Should().StartWith("InvalidOperationException: a b \ufffd xxx").And.HaveLength(PendingDelivery.MaxReasonLength);
    }

    [Fact]
    public async Task A_subscription_that_breaks_breaks_no_other()
    {
        var broken = new Recipient("broken") { Wanted = _ => throw new InvalidOperationException("Nobody knows.") };
        await using var host = await DeliveryHost.StartAsync(Rows, Time, broken, Recipient);

        await SubmitAndCancelAsync(5);

        await UntilHasAsync(10);
        await Time.UntilAsync(() => host.Log.Count(line => line.Contains("Deliveries to broken broke off")) > 1, "it to be said");
    }
}
