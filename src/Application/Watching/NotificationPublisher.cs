using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks;

/// <summary>Publishes notifications one after the other, behind the backs of those who made the decisions.</summary>
/// <remarks>Nobody waits for a handler: neither a caller for its answer, nor a worker that has leases to keep.</remarks>
internal sealed class NotificationPublisher : IHostedService, IDisposable
{
    /// <summary>How many notifications wait; when there are more, handlers are too slow for good and the newest are dropped.</summary>
    public const int MaxWaiting = 10_000;

    /// <summary>How long the handlers of one notification are waited for before the next is published all the same.</summary>
    public static readonly TimeSpan MaxHandling = TimeSpan.FromSeconds(30);

    // Bounded by a count of its own: reading from a bounded channel takes the lock that callers write under.
    private readonly Channel<Item> waiting = Channel.CreateUnbounded<Item>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource abandon = new();
    private readonly CancellationToken abandoned;
    private readonly bool[] heard;
    private readonly IServiceScopeFactory scopes;
    private readonly TimeProvider time;
    private readonly Telemetry telemetry;
    private readonly ILogger log;
    private int count;
    private int started;
    private int dropping;
    private volatile bool disposed;

    public NotificationPublisher(
        IServiceScopeFactory scopes,
        TimeProvider time,
        Telemetry telemetry,
        IServiceProviderIsService? services = null,
        ILogger<NotificationPublisher>? log = null)
    {
        (this.scopes, this.time, this.telemetry, this.log) = (scopes, time, telemetry, log ?? NullLogger<NotificationPublisher>.Instance);
        abandoned = abandon.Token;
        heard = [.. Enum.GetValues<TaskEvent>().Select(happened => services?.IsService(HandlerOf(happened)) ?? true)];
        HearsAny = heard.Contains(true);
    }

    /// <summary>Whether the host has a handler for any of the notifications.</summary>
    public bool HearsAny { get; }

    /// <summary>Whether the host has a handler for what happened.</summary>
    public bool Hears(TaskEvent happened) => heard[(int)happened];

    /// <summary>Has a notification published, unless the host has no handler for it.</summary>
    public void Publish(TaskEvent happened, SnapshotTask task)
    {
        if (!Hears(happened))
        {
            return;
        }

        if (Interlocked.Increment(ref count) <= MaxWaiting)
        {
            waiting.Writer.TryWrite(new(happened, task, null));
            Start();
            return;
        }

        Interlocked.Decrement(ref count);
        telemetry.NotificationDropped();
        if (Interlocked.Exchange(ref dropping, 1) == 0)
        {
            log.NotificationsDropped(task.Id, task.Project, happened, MaxWaiting);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until what has been decided so far has been published.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await using var impatient = cancellationToken.Register(abandon.Cancel);
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            waiting.Writer.TryWrite(new(default, null, reached));
            Start();
            await reached.Task.WaitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            log.NotificationsAbandoned(Volatile.Read(ref count));
        }
    }

    /// <summary>Publishes nothing more: the services of handlers are gone.</summary>
    public void Dispose()
    {
        disposed = true;
        abandon.Dispose();
    }

    // Only when there is something to publish, and without what belongs to the caller who happens to be the first.
    private void Start()
    {
        if (Volatile.Read(ref started) == 0 && Interlocked.Exchange(ref started, 1) == 0)
        {
            ThreadPool.UnsafeQueueUserWorkItem(publisher => _ = publisher.PublishAsync(), this, preferLocal: false);
        }
    }

    private async Task PublishAsync()
    {
        await foreach (var (happened, task, reached) in waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            if (task is not null)
            {
                // Drops are said again only after handlers have caught up.
                if (Interlocked.Decrement(ref count) == 0)
                {
                    dropping = 0;
                }

                if (!disposed)
                {
                    await PublishAsync(Notification(happened, task), task);
                }
            }

            reached?.SetResult();
        }
    }

    private async ValueTask PublishAsync(INotification notification, SnapshotTask task)
    {
        try
        {
            var publishing = InScopeAsync(notification, task);
            if (!publishing.IsCompleted)
            {
                await publishing.WaitAsync(MaxHandling, time);
            }
        }
        catch (TimeoutException)
        {
            log.HandlerSlow(task.Id, task.Project, notification.GetType().Name, MaxHandling.TotalSeconds);
        }
    }

    private async Task InScopeAsync(INotification notification, SnapshotTask task)
    {
        try
        {
            using var trace = telemetry.Notify(notification, task);
            await using var scope = scopes.CreateAsyncScope();
            await scope.ServiceProvider.GetRequiredService<IMediator>().Publish(notification, abandoned);
        }
        catch (Exception exception)
        {
            log.HandlerFailed(exception, task.Id, task.Project, notification.GetType().Name);
        }
    }

    private static Type HandlerOf(TaskEvent happened) => happened switch
    {
        TaskEvent.Queued => typeof(INotificationHandler<SnapshotTaskQueued>),
        TaskEvent.Started => typeof(INotificationHandler<SnapshotTaskStarted>),
        TaskEvent.TakenOver => typeof(INotificationHandler<SnapshotTaskTakenOver>),
        TaskEvent.Deferred => typeof(INotificationHandler<SnapshotTaskDeferred>),
        TaskEvent.Completed => typeof(INotificationHandler<SnapshotTaskCompleted>),
        TaskEvent.Cancelled => typeof(INotificationHandler<SnapshotTaskCancelled>),
    };

    private static INotification Notification(TaskEvent happened, SnapshotTask task) => happened switch
    {
        TaskEvent.Queued => new SnapshotTaskQueued(task),
        TaskEvent.Started => new SnapshotTaskStarted(task),
        TaskEvent.TakenOver => new SnapshotTaskTakenOver(task),
        TaskEvent.Deferred => new SnapshotTaskDeferred(task),
        TaskEvent.Completed => new SnapshotTaskCompleted(task),
        TaskEvent.Cancelled => new SnapshotTaskCancelled(task),
    };

    /// <summary>What happened to a task, or a mark that is completed when the queue has got there.</summary>
    private readonly record struct Item(TaskEvent Happened, SnapshotTask? Task, TaskCompletionSource? Reached);
}
