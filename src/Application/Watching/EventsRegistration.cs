using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Has the store keep events.</summary>
public static class EventsRegistration
{
    /// <summary>Keeps events of all tasks of the store from the start of the host on, whichever host decides; they stay kept when the host ends.</summary>
    public static SnapshotTasksBuilder KeepEvents(this SnapshotTasksBuilder tasks)
    {
        tasks.Services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, EventsAtStart>());
        return tasks;
    }
}

/// <summary>Switches events on before the host serves; a store that cannot be written to just then is asked until it can.</summary>
internal sealed partial class EventsAtStart(IEventStore store, TimeProvider time, ILogger<EventsAtStart> log) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    private bool isOn;

    /// <inheritdoc/>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        isOn = await SwitchOnAsync(first: true, cancellationToken);
        await base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!isOn)
            {
                await Task.Delay(Pause, time, stoppingToken);
                isOn = await SwitchOnAsync(first: false, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host ends before the store could be written to.
        }
    }

    private async Task<bool> SwitchOnAsync(bool first, CancellationToken cancellationToken)
    {
        try
        {
            if (!(await store.GetKeptEventsAsync(cancellationToken)).AreKept)
            {
                await store.KeepEventsAsync(keep: true, cancellationToken);
            }

            return true;
        }
        catch (Exception error) when (error is StoreUnavailableException or UnknownOutcomeException)
        {
            if (first)
            {
                LogNotYet(error.Message);
            }

            return false;
        }
    }

    [LoggerMessage(50, LogLevel.Warning, "Events are not kept yet, trying again until they are: {Reason}")]
    private partial void LogNotYet(string reason);
}
