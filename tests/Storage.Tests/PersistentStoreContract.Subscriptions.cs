namespace SnapshotTasks.Tests;

/// <summary>What a handler writes, with what was delivered to it.</summary>
public abstract partial class PersistentStoreContract
{
    private const string Notes = "notes";

    private ISubscriptionStore Delivering => (ISubscriptionStore)Store;

    [Fact]
    public async Task Subscriptions_are_there_after_reopening()
    {
        var happened = await OneEvent();
        await Delivering.DecideAsync(SubscriptionDecision.Step(new(Notes, "me", Lease, happened.Number)
        {
            Deliveries = new() { Failed = [new(EventKey.Of(happened), 3, TimeSpan.FromDays(1), "no, 'never' – \u00e9")] },
            Failing = "refused",
        }));
        var (subscriptions, parked) = (await Delivering.GetSubscriptionsAsync(), await Delivering.GetParkedAsync(Notes, onlySetAside: false, 0, 10));

        Store = await factory.ReopenAsync();

        (await Delivering.GetSubscriptionsAsync()).Should().Equal(subscriptions);
        (await Delivering.GetParkedAsync(Notes, onlySetAside: false, 0, 10)).Should().Equal(parked);
    }

    [Fact]
    public async Task An_event_is_delivered_once_with_what_its_handler_wrote_or_not_at_all()
    {
        var happened = await OneEvent();
        await using var connection = await OpenWithNotesAsync();
        await DeliverAsync(happened, commits: false);
        await DeliverAsync(happened, commits: true);
        (await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened))).Should().BeNull("it was delivered");
        await Delivering.DecideAsync(SubscriptionDecision.Step(new(Notes, "me", Lease, happened.Number)));
        (await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened))).Should().BeNull("the position has passed it");

        (await NotesAsync(connection)).Should().Be(1);
    }

    [Fact]
    public async Task A_parked_event_is_delivered_once_with_what_its_handler_wrote()
    {
        var happened = await OneEvent();
        await Delivering.DecideAsync(SubscriptionDecision.Step(new(Notes, "me", Lease, happened.Number)
        {
            Deliveries = new() { Failed = [new(EventKey.Of(happened), 1, TimeSpan.Zero, "no")] },
        }));
        await using var connection = await OpenWithNotesAsync();
        await DeliverAsync(happened, commits: true);
        await Delivering.DecideAsync(SubscriptionDecision.Step(new(Notes, "me", Lease, happened.Number)));
        (await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened))).Should().BeNull("a step that does not know of it forgets nothing");
        await Delivering.DecideAsync(SubscriptionDecision.Step(new(Notes, "me", Lease, happened.Number) { Deliveries = new() { Delivered = [EventKey.Of(happened)] } }));
        (await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened))).Should().BeNull();

        (await NotesAsync(connection)).Should().Be(1);
    }

    [Fact]
    public async Task Two_processes_deliver_an_event_once()
    {
        var happened = await OneEvent();
        var first = await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened));
        var second = Task.Run(() => Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened)));
        await first!.CommitAsync();
        await first.DisposeAsync();

        (await second).Should().BeNull("it waited for the first, and learned that it had committed");
    }

    private async Task<RecordedEvent> OneEvent()
    {
        await Kept.KeepEventsAsync(keep: true);
        await Delivering.DecideAsync(SubscriptionDecision.Open(Notes, 0));
        await Delivering.DecideAsync(SubscriptionDecision.Take(Notes, "me", Lease));
        await Submit();
        return (await AllEvents()).Single();
    }

    private async Task DeliverAsync(RecordedEvent happened, bool commits)
    {
        await using var begun = await Delivering.BeginDeliveryAsync(Notes, EventKey.Of(happened));
        await NoteAsync(begun!.Transaction);
        await (commits ? begun.CommitAsync() : Task.CompletedTask);
    }
}
