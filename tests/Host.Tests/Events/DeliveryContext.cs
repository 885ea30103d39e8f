using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>What tests of deliveries have: a store in memory, a clock that only they advance, and tasks to which something happens.</summary>
public abstract class DeliveryContext
{
    private protected static readonly ProjectId Project = new("p");
    private protected static readonly DeliveryResult No = new(DeliveryEnd.RefusedEvent, "no");
    private protected static readonly DeliveryResult Down = new(DeliveryEnd.Failed, "down");

    private protected FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    private protected InMemoryTaskStore Rows { get; }

    private protected Recipient Recipient { get; } = new();

    protected DeliveryContext() => Rows = new(Time);

    private protected Task<DeliveryHost> StartAsync() => DeliveryHost.StartAsync(Rows, Time, Recipient);

    /// <summary>A task that was queued.</summary>
    private protected async Task<TaskId> SubmitAsync() =>
        (await Rows.AddAsync(new NewTask(Project, CaptureStudio.Request(CaptureStudio.At(1))))).Task.Id;

    /// <summary>Tasks that were queued and then cancelled, by turns.</summary>
    private protected async Task<IReadOnlyList<TaskId>> SubmitAndCancelAsync(int tasks)
    {
        List<TaskId> ids = [];
        for (var i = 0; i < tasks; i++)
        {
            ids.Add(await SubmitAsync());
        }

        foreach (var id in ids)
        {
            await CancelAsync(id);
        }

        return ids;
    }

    private protected Task CancelAsync(TaskId id) => Rows.DecideAsync(TaskDecision.Cancel(Project, id));

    private protected Task<IReadOnlyList<RecordedEvent>> EventsAsync() => Rows.GetEventsAsync(null, 0, long.MaxValue, int.MaxValue);

    private protected async Task<Subscription> KnownAsync() => (await Rows.GetSubscriptionsAsync()).Single();

    private protected Task<IReadOnlyList<ParkedEvent>> ParkedAsync() => Rows.GetParkedAsync(Recipient.Name, onlySetAside: false, 0, int.MaxValue);

    private protected Task UntilHasAsync(int events) => Time.UntilAsync(() => Recipient.Has.Count >= events, $"{events} events");

    /// <summary>Waits until the store knows that everything was delivered.</summary>
    private protected Task UntilSettledAsync() => Time.UntilAsync(
        async () => (await KnownAsync()).Position == await Rows.GetSettledAsync() && (await ParkedAsync()).Count == 0, "all to be written");

    /// <summary>What happened to each task was received in its order, whatever else was received meanwhile.</summary>
    private protected static void MustBeInOrder(IEnumerable<RecordedEvent> received) =>
        received.GroupBy(happened => happened.Task).Should().AllSatisfy(task => task.Select(happened => happened.Version).Should().BeInAscendingOrder());
}
