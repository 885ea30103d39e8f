using System.Threading.Channels;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Handles every notification and keeps what it is told, in order.</summary>
internal sealed class Ear :
    INotificationHandler<SnapshotTaskQueued>,
    INotificationHandler<SnapshotTaskStarted>,
    INotificationHandler<SnapshotTaskTakenOver>,
    INotificationHandler<SnapshotTaskCompleted>,
    INotificationHandler<SnapshotTaskCancelled>
{
    private readonly Channel<(string What, SnapshotTask Task)> heard = Channel.CreateUnbounded<(string, SnapshotTask)>();

    /// <summary>What it does with a notification before it has heard it.</summary>
    public Func<SnapshotTask, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public int Count => heard.Reader.Count;

    public void AddTo(IServiceCollection services) => services
        .AddSingleton<INotificationHandler<SnapshotTaskQueued>>(this)
        .AddSingleton<INotificationHandler<SnapshotTaskStarted>>(this)
        .AddSingleton<INotificationHandler<SnapshotTaskTakenOver>>(this)
        .AddSingleton<INotificationHandler<SnapshotTaskCompleted>>(this)
        .AddSingleton<INotificationHandler<SnapshotTaskCancelled>>(this);

    /// <summary>Waits for the next ones: "queued 1", "cancelled 1".</summary>
    public async Task<IReadOnlyList<string>> NextAsync(int count)
    {
        var next = new List<string>();
        while (next.Count < count)
        {
            var (what, task) = await heard.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            next.Add($"{what} {task.Id}");
            Last = task;
        }

        return next;
    }

    /// <summary>The task of the last one that a test has waited for.</summary>
    public SnapshotTask? Last { get; private set; }

    public Task Handle(SnapshotTaskQueued notification, CancellationToken cancellationToken) => HearAsync("queued", notification.Task, cancellationToken);

    public Task Handle(SnapshotTaskStarted notification, CancellationToken cancellationToken) => HearAsync("started", notification.Task, cancellationToken);

    public Task Handle(SnapshotTaskTakenOver notification, CancellationToken cancellationToken) => HearAsync("taken over", notification.Task, cancellationToken);

    public Task Handle(SnapshotTaskCompleted notification, CancellationToken cancellationToken) => HearAsync("completed", notification.Task, cancellationToken);

    public Task Handle(SnapshotTaskCancelled notification, CancellationToken cancellationToken) => HearAsync("cancelled", notification.Task, cancellationToken);

    private async Task HearAsync(string what, SnapshotTask task, CancellationToken cancellationToken)
    {
        await Before(task, cancellationToken);
        heard.Writer.TryWrite((what, task));
    }
}
