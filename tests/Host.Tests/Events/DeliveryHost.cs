using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>A real host that delivers events of a store that may be shared.</summary>
internal sealed class DeliveryHost : IAsyncDisposable
{
    private readonly IHost host;
    private readonly LogLines lines = new();
    private readonly FakeTimeProvider time;

    private DeliveryHost(ITaskStore store, FakeTimeProvider time, Action<SnapshotTasksBuilder> configure)
    {
        (this.time, Store) = (time, new SeverableStore(store));
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(lines);
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSnapshotTasks(tasks => configure(tasks.UseStore(_ => Store).UseRetention(retention => retention.Age = TimeSpan.Zero)));
        host = builder.Build();
    }

    public SeverableStore Store { get; }

    public IServiceProvider Services => host.Services;

    public IReadOnlyCollection<string> Log => lines.Lines;

    public static Task<DeliveryHost> StartAsync(ITaskStore store, FakeTimeProvider time, params IDelivery[] deliveries) =>
        StartAsync(store, time, tasks =>
        {
            foreach (var delivery in deliveries)
            {
                tasks.Services.AddSingleton(delivery);
            }

            tasks.AddDeliverer();
        });

    public static async Task<DeliveryHost> StartAsync(ITaskStore store, FakeTimeProvider time, Action<SnapshotTasksBuilder> configure)
    {
        var host = new DeliveryHost(store, time, configure);
        await host.host.StartAsync();
        return host;
    }

    /// <summary>Ends it as a crash does: nothing that it still does reaches the store.</summary>
    public void Kill() => Store.IsSevered = true;

    /// <summary>Stops it in order.</summary>
    public async Task StopAsync()
    {
        var stopped = host.StopAsync();
        await time.UntilAsync(() => stopped.IsCompleted, "the stop");
        await stopped;
    }

    public async ValueTask DisposeAsync()
    {
        if (Store.IsSevered)
        {
            await host.StopAsync(new CancellationToken(canceled: true));
        }
        else
        {
            await StopAsync();
        }

        host.Dispose();
    }
}

/// <summary>Lets the time of a test pass.</summary>
internal static class Passing
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(20);

    /// <summary>Lets time pass, in small steps, until something is so.</summary>
    public static async Task UntilAsync(this FakeTimeProvider time, Func<Task<bool>> condition, string what)
    {
        for (var waiting = Stopwatch.StartNew(); !await condition();)
        {
            waiting.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(60), "the test waits for {0}", what);
            time.Advance(Step);
            await Task.Delay(1);
        }
    }

    public static Task UntilAsync(this FakeTimeProvider time, Func<bool> condition, string what) => time.UntilAsync(() => Task.FromResult(condition()), what);

    /// <summary>Lets so much time pass, in small steps.</summary>
    public static Task PassAsync(this FakeTimeProvider time, TimeSpan span)
    {
        var end = time.GetUtcNow() + span;
        return time.UntilAsync(() => time.GetUtcNow() >= end, "time to pass");
    }
}

/// <summary>Takes events as a test says, and keeps what it was told.</summary>
internal sealed class Recipient(string name = "bills") : IDelivery
{
    public static readonly DeliveryResult Taken = new(DeliveryEnd.Delivered);

    private int now;

    public string Name { get; } = name;

    public Func<RecordedEvent, bool> Wanted { get; set; } = _ => true;

    /// <summary>What comes of a delivery.</summary>
    public Func<RecordedEvent, int, CancellationToken, Task<DeliveryResult>> Answer { get; set; } = (_, _, _) => Task.FromResult(Taken);

    /// <summary>All attempts, in the order in which they began.</summary>
    public ConcurrentQueue<(RecordedEvent Event, int Attempt)> Tried { get; } = new();

    /// <summary>What it has, in the order in which it got it.</summary>
    public ConcurrentQueue<RecordedEvent> Has { get; } = new();

    /// <summary>The most deliveries that were on their way at once.</summary>
    public int Most { get; set; }

    public bool Wants(RecordedEvent happened) => Wanted(happened);

    public async Task<DeliveryResult> DeliverAsync(RecordedEvent happened, int attempt, CancellationToken cancellationToken)
    {
        Tried.Enqueue((happened, attempt));
        Most = Math.Max(Most, Interlocked.Increment(ref now));
        try
        {
            var result = await Answer(happened, attempt, cancellationToken);
            if (result.End == DeliveryEnd.Delivered)
            {
                Has.Enqueue(happened);
            }

            return result;
        }
        finally
        {
            Interlocked.Decrement(ref now);
        }
    }
}

/// <summary>A store that several hosts share, as one of them sees it: it can be cut off from it.</summary>
internal sealed class SeverableStore(ITaskStore store) : PassingStore(store), IEventStore, ISubscriptionStore
{
    private readonly IEventStore events = (IEventStore)store;
    private readonly ISubscriptionStore subscriptions = (ISubscriptionStore)store;

    /// <summary>Whether no call reaches the store, and none is answered.</summary>
    public bool IsSevered { get; set; }

    /// <summary>Fails calls about events and subscriptions; those where it returns null are made.</summary>
    public Func<Exception?> OnCall { get; set; } = () => null;

    /// <summary>Loses the answers to changes that were made.</summary>
    public Func<Exception?> AfterDecide { get; set; } = () => null;

    public Task KeepEventsAsync(bool keep, CancellationToken cancellationToken = default) => Call(async () =>
    {
        await events.KeepEventsAsync(keep, cancellationToken);
        return true;
    });

    public Task<KeptEvents> GetKeptEventsAsync(CancellationToken cancellationToken = default) => Call(() => events.GetKeptEventsAsync(cancellationToken));

    public Task<IReadOnlyList<RecordedEvent>> GetHistoryAsync(ProjectId project, TaskId task, int limit, CancellationToken cancellationToken = default) =>
        Call(() => events.GetHistoryAsync(project, task, limit, cancellationToken));

    public Task<long> GetSettledAsync(CancellationToken cancellationToken = default) => Call(() => events.GetSettledAsync(cancellationToken));

    public Task<EventPosition?> GetLastAsync(long upTo, CancellationToken cancellationToken = default) => Call(() => events.GetLastAsync(upTo, cancellationToken));

    public Task<EventPosition?> LookAsync(long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        Call(() => events.LookAsync(after, upTo, limit, cancellationToken));

    public Task<IReadOnlyList<RecordedEvent>> GetEventsAsync(
        ProjectId? project, long after, long upTo, int limit, CancellationToken cancellationToken = default) =>
        Call(() => events.GetEventsAsync(project, after, upTo, limit, cancellationToken));

    public Task WaitForEventAsync(CancellationToken cancellationToken = default) => events.WaitForEventAsync(cancellationToken);

    public Task<SubscriptionOutcome> DecideAsync(SubscriptionDecision decision, CancellationToken cancellationToken = default) => Call(async () =>
    {
        var outcome = await subscriptions.DecideAsync(decision, cancellationToken);
        return AfterDecide() is { } lost ? throw lost : outcome;
    });

    public Task<IReadOnlyList<Subscription>> GetSubscriptionsAsync(CancellationToken cancellationToken = default) =>
        Call(() => subscriptions.GetSubscriptionsAsync(cancellationToken));

    public Task<IReadOnlyList<ParkedEvent>> GetDueAsync(string subscription, int limit, CancellationToken cancellationToken = default) =>
        Call(() => subscriptions.GetDueAsync(subscription, limit, cancellationToken));

    public Task<IReadOnlyList<ParkedEvent>> GetParkedAsync(
        string subscription, bool onlySetAside, long after, int limit, CancellationToken cancellationToken = default) =>
        Call(() => subscriptions.GetParkedAsync(subscription, onlySetAside, after, limit, cancellationToken));

    public Task<IReadOnlySet<TaskId>> FindParkedAsync(string subscription, IReadOnlyCollection<TaskId> tasks, CancellationToken cancellationToken = default) =>
        Call(() => subscriptions.FindParkedAsync(subscription, tasks, cancellationToken));

    public Task<DeliveryTransaction?> BeginDeliveryAsync(string subscription, EventKey happened, CancellationToken cancellationToken = default) =>
        Call(() => subscriptions.BeginDeliveryAsync(subscription, happened, cancellationToken));

    private async Task<T> Call<T>(Func<Task<T>> call)
    {
        if (OnCall() is { } error)
        {
            throw error;
        }

        if (!IsSevered)
        {
            var answer = await call();
            if (!IsSevered)
            {
                return answer;
            }
        }

        return await new TaskCompletionSource<T>().Task;
    }
}
