using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Who is told of what, and what is repeated.</summary>
public sealed class DeliveryTests : DeliveryContext
{
    [Fact]
    public async Task What_happens_from_the_start_on_is_delivered_once_each_and_in_order_per_task()
    {
        await Rows.KeepEventsAsync(keep: true);
        var early = await SubmitAsync();
        await using var host = await StartAsync();

        await SubmitAndCancelAsync(300);

        await UntilHasAsync(600);
        await UntilSettledAsync();
        Recipient.Has.Should().BeEquivalentTo((await EventsAsync()).Where(happened => happened.Task != early));
        Recipient.Tried.Should().OnlyContain(tried => tried.Attempt == 1);
        Recipient.Most.Should().BeInRange(1, Receiver.MaxAtOnce);
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task A_host_that_was_stopped_goes_on_where_it_was_and_repeats_nothing()
    {
        for (var start = 0; start < 3; start++)
        {
            await using (await StartAsync())
            {
                await SubmitAndCancelAsync(20);
                await UntilHasAsync((start * 40) + 20);
            }

            await SubmitAsync();
        }

        await using var last = await StartAsync();
        await UntilHasAsync(123);
        await UntilSettledAsync();

        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
    }

    [Fact]
    public async Task Of_two_hosts_one_delivers_and_the_other_follows_when_it_stops()
    {
        var other = new Recipient();
        await using var first = await StartAsync();
        await SubmitAsync();
        await UntilHasAsync(1);
        await using var second = await DeliveryHost.StartAsync(Rows, Time, other);
        await SubmitAndCancelAsync(30);
        await UntilHasAsync(61);
        await Time.PassAsync(SubscriptionDeliverer.Lease * 2);
        other.Tried.Should().BeEmpty();

        await first.StopAsync();
        var id = await SubmitAsync();

        var stopped = Time.GetUtcNow();
        await Time.UntilAsync(() => !other.Has.IsEmpty, "the other host");
        other.Has.Select(happened => happened.Task).Should().Equal(id);
        (Time.GetUtcNow() - stopped).Should().BeLessThan(SubscriptionDeliverer.Lease / 2, "it was given back");
    }

    [Fact]
    public async Task What_a_killed_host_had_not_written_is_delivered_by_another_after_the_lease()
    {
        var other = new Recipient();
        await using var first = await StartAsync();
        await SubmitAndCancelAsync(5);
        await UntilHasAsync(10);
        await UntilSettledAsync();
        first.Kill();
        await SubmitAndCancelAsync(50);
        await using var second = await DeliveryHost.StartAsync(Rows, Time, other);

        await Time.UntilAsync(() => other.Has.Count >= 100, "the other host");

        await UntilSettledAsync();
        other.Has.Should().BeEquivalentTo((await EventsAsync()).Skip(10), "what was written is not repeated, and nothing else is missing");
        MustBeInOrder(other.Has);
    }

    [Fact]
    public async Task A_host_killed_between_a_delivery_and_its_writing_repeats_it_elsewhere()
    {
        var other = new Recipient();
        DeliveryHost? first = null;
        Recipient.Answer = (_, _, _) =>
        {
            first!.Kill();
            return Task.FromResult(Recipient.Taken);
        };
        await using (first = await StartAsync())
        {
            await SubmitAsync();
            await UntilHasAsync(1);
            await using var second = await DeliveryHost.StartAsync(Rows, Time, other);

            await Time.UntilAsync(() => !other.Has.IsEmpty, "the other host");

            other.Has.Should().Equal(Recipient.Has);
        }
    }

    [Fact]
    public async Task A_host_that_lost_its_hold_in_the_middle_writes_nothing()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Recipient.Answer = async (_, _, cancel) =>
        {
            reached.TrySetResult();
            await using var stop = cancel.Register(broken.SetResult);
            await broken.Task;
            return Recipient.Taken;
        };
        await using var first = await StartAsync();
        var silent = true;
        await SubmitAsync();
        await Time.UntilAsync(() => reached.Task.IsCompleted, "the delivery");
        first.Store.OnCall = () => silent ? new StoreUnavailableException("The network is down.") : null;

        var other = new Recipient { Answer = (_, _, _) => Task.FromResult(Down) };
        await using var second = await DeliveryHost.StartAsync(Rows, Time, other);
        await Time.UntilAsync(async () => broken.Task.IsCompleted && !other.Tried.IsEmpty && (await ParkedAsync()).Count > 0, "the other host");
        silent = false;
        await Time.PassAsync(SubscriptionDeliverer.Look * 2);

        var parked = (await ParkedAsync()).Single();
        parked.Attempts.Should().BeGreaterThan(0, "the late success of the one that was away counts no more");
        parked.Reason.Should().Be("down");
        first.Log.Should().ContainSingle(line => line.Contains("no longer holds it"));
    }

    [Fact]
    public async Task What_was_on_its_way_when_the_host_stopped_is_delivered_by_the_next_and_nothing_else_is_repeated()
    {
        await using (await StartAsync())
        {
            var stuck = await SubmitAsync();
            Recipient.Answer = async (happened, _, cancel) =>
            {
                await Task.Delay(happened.Task == stuck ? Timeout.InfiniteTimeSpan : TimeSpan.Zero, Time, cancel);
                return Recipient.Taken;
            };
            await CancelAsync(stuck);
            await SubmitAndCancelAsync(20);
            await UntilHasAsync(40);
        }

        Recipient.Answer = (_, _, _) => Task.FromResult(Recipient.Taken);
        await using var next = await StartAsync();
        await UntilHasAsync(42);
        await UntilSettledAsync();

        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task What_hangs_holds_up_its_own_task_only()
    {
        var end = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var host = await StartAsync();
        var stuck = await SubmitAsync();
        Recipient.Answer = async (happened, _, cancel) =>
        {
            await (happened.Task == stuck ? end.Task.WaitAsync(cancel) : Task.CompletedTask);
            return Recipient.Taken;
        };
        await CancelAsync(stuck);
        for (var i = 1; i <= 10; i++)
        {
            await SubmitAndCancelAsync(5);
            var asked = Time.GetUtcNow();
            await UntilHasAsync(i * 10);
            (Time.GetUtcNow() - asked).Should().BeLessThan(TimeSpan.FromSeconds(3));
        }

        await Time.PassAsync(SubscriptionDeliverer.Lease * 2);
        Recipient.Has.Should().NotContain(happened => happened.Task == stuck);
        end.SetResult();

        await UntilHasAsync(102);
        await UntilSettledAsync();
        Recipient.Tried.Should().HaveCount(102, "it was tried once");
        MustBeInOrder(Recipient.Has);
    }

    [Fact]
    public async Task What_is_not_wanted_counts_as_delivered()
    {
        Recipient.Wanted = happened => happened.IsEnd;
        await using var host = await StartAsync();

        await SubmitAndCancelAsync(300);

        await UntilHasAsync(300);
        await UntilSettledAsync();
        Recipient.Has.Should().OnlyContain(happened => happened.IsEnd);
    }

    [Fact]
    public async Task While_the_store_is_away_nothing_is_lost_and_it_is_said_once()
    {
        var away = true;
        await using var host = await StartAsync();
        await SubmitAsync();
        await UntilHasAsync(1);
        await UntilSettledAsync();
        host.Store.OnCall = () => away ? new StoreUnavailableException("It restarts.") : null;
        await SubmitAndCancelAsync(10);
        await Time.PassAsync(TimeSpan.FromSeconds(30));
        away = false;

        await UntilHasAsync(21);

        await UntilSettledAsync();
        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
        host.Log.Should().ContainSingle(line => line.Contains("until the store answers: It restarts."))
            .And.ContainSingle(line => line.Contains("The store answers"));
    }

    [Fact]
    public async Task A_host_that_starts_without_its_store_delivers_when_it_answers()
    {
        var away = true;
        await using var host = await DeliveryHost.StartAsync(Rows, Time, tasks =>
        {
            tasks.Services.AddSingleton<IDelivery>(Recipient);
            tasks.AddDeliverer().UseStore(_ => new SeverableStore(Rows) { OnCall = () => away ? new StoreUnavailableException("Not yet.") : null });
        });
        away = false;
        await Time.UntilAsync(async () => (await Rows.GetKeptEventsAsync()).AreKept && (await Rows.GetSubscriptionsAsync()).Count == 1, "the subscription");

        await SubmitAsync();

        await UntilHasAsync(1);
    }

    [Fact]
    public async Task An_answer_of_the_store_that_is_lost_repeats_no_delivery()
    {
        var lost = 0;
        await using var host = await StartAsync();
        host.Store.AfterDecide = () => Interlocked.Increment(ref lost) % 3 == 1 ? new UnknownOutcomeException("The connection is gone.") : null;

        for (var i = 0; i < 10; i++)
        {
            await SubmitAndCancelAsync(5);
            await UntilHasAsync((i + 1) * 10);
        }

        await UntilSettledAsync();
        lost.Should().BeGreaterThan(10);
        Recipient.Has.Should().BeEquivalentTo(await EventsAsync());
    }

    [Fact]
    public async Task Two_deliveries_of_one_name_keep_the_host_from_starting()
    {
        var start = () => DeliveryHost.StartAsync(Rows, Time, Recipient, new Recipient());

        await start.Should().ThrowAsync<InvalidOperationException>().WithMessage("Events are delivered to bills twice: each needs a name of its own.");
    }
}
