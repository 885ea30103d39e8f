using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Removes the folders of attempts that nobody will end: at the start and then every ten minutes, whoever left them.</summary>
/// <remarks>
/// An attempt removes its folder itself, the next one of its task those before it. What is left is of tasks that had no next one: given up,
/// aborted, or ended just as their worker was killed.
/// </remarks>
internal sealed class LeftoverSweep(IMedia media, ITaskStore store, TimeProvider time, ILogger<LeftoverSweep> log) : BackgroundService
{
    private const int StepSize = 500;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    // A task that the store does not know was removed from it, or is another store's, which works in the same folder.
    private static readonly TimeSpan AgeOfUnknown = TimeSpan.FromDays(1);

    /// <summary>Removes what is left now.</summary>
    public async Task SweepAsync(CancellationToken stop)
    {
        // Looked for before the store is asked: an attempt that begins meanwhile is not among them.
        foreach (var folders in media.FindAttempts().ToList().GroupBy(folder => folder.Attempt.Project))
        {
            foreach (var some in folders.Chunk(StepSize))
            {
                TaskId[] ids = [.. some.Select(folder => folder.Attempt.Task).Distinct()];
                var tasks = (await store.GetAsync(folders.Key, ids, stop)).ToDictionary(task => task.Id);
                foreach (var folder in some.Where(folder => IsLeft(folder, tasks.GetValueOrDefault(folder.Attempt.Task))))
                {
                    folder.Remove();
                }
            }
        }
    }

    /// <inheritdoc/>
    /// <remarks>Nobody waits for it: the worker, which is told to stop after it, must not claim meanwhile.</remarks>
    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _ = base.StopAsync(cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await SweepAsync(stoppingToken);
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                log.NotSwept(exception.Message);
            }
            catch (Exception)
            {
                return;
            }

            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool IsLeft(AttemptFolder folder, SnapshotTask? task) =>
        task is null ? folder.IsOlderThan(AgeOfUnknown, time) : task.HasEnded || folder.Attempt.Number < task.Attempt;
}
