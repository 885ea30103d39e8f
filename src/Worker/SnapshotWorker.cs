using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Claims as many tasks as it can run now, and runs them.</summary>
internal sealed class SnapshotWorker(
    ITaskStore store, ICapture capture, IOptions<WorkerOptions> options, TimeProvider time, ILogger<SnapshotWorker> log, WorkerCounters counters)
    : BackgroundService
{
    // Random per start: a restarted worker must not be taken for the one that died.
    private readonly string holder = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly WorkerParts parts = new(store, capture, options.Value, time, log, counters);
    private readonly CancellationTokenSource abandon = new();
    private readonly List<Task> running = [];

    private WorkerOptions Options => parts.Options;

    private bool HasFreeSlot => running.Count < Options.Concurrency;

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that cannot wait as long as we may get its children killed and its leases released, as far as time permits.
        await using var impatient = cancellationToken.Register(abandon.Cancel);
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // A host may be disposed without having been stopped, when another part failed to start: nothing goes on without it.
        abandon.Cancel();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        log.WorkerStarted(holder, Options.Concurrency);
        await ClaimUntilAsync(stoppingToken);
        await FinishAsync();
    }

    private async Task ClaimUntilAsync(CancellationToken stopping)
    {
        var submitted = Task.CompletedTask;
        var failures = 0;
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                // Asked before the claim: a submission in between is either claimed or ends the wait below.
                if (submitted.IsCompleted)
                {
                    await submitted;
                    submitted = store.WaitForSubmissionAsync(stopping);
                }

                do
                {
                    running.RemoveAll(run => run.IsCompleted);
                }
                while (HasFreeSlot && await ClaimAsync(stopping));

                if (failures > 0)
                {
                    failures = 0;
                    log.StoreRecovered();
                }

                await WaitForWorkAsync(submitted, stopping);
            }
            catch (Exception) when (stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception exception)
            {
                submitted = Task.CompletedTask;
                if (failures == 0)
                {
                    log.StoreFailed(exception.Message);
                }

                await Task.Delay(Backoff.After(failures++), time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Claims for the free slots and starts what it got; true when there may be more.</summary>
    private async Task<bool> ClaimAsync(CancellationToken stopping)
    {
        var claim = new Claim(holder, Options.Lease, Options.Concurrency - running.Count, Options.MaxAttempts);
        var sentAt = time.GetTimestamp();

        // Not cancelled by the stop: a claim that had been committed would leave its tasks to nobody until their leases expire.
        var outcomes = await store.ClaimAsync(claim, CancellationToken.None);
        foreach (var (answer, task) in outcomes)
        {
            switch (answer)
            {
                case ClaimAnswer.Started or ClaimAnswer.TakenOver:
                    running.Add(Task.Run(() => RunAsync(task, sentAt, stopping), CancellationToken.None));
                    break;
                case ClaimAnswer.AttemptsUsedUp:
                    log.GivenUp(task.Id, task.Project, task.Failure!.Reason);
                    break;
                case ClaimAnswer.Refused:
                    break;
            }
        }

        return outcomes.Count == claim.Count;
    }

    private async Task RunAsync(SnapshotTask task, long claimSentAt, CancellationToken stopping)
    {
        try
        {
            using var run = new TaskRun(parts, task, claimSentAt);
            await (stopping.IsCancellationRequested ? run.ReleaseAsync() : run.RunAsync(abandon.Token));
        }
        catch (Exception exception)
        {
            log.RunBroke(exception, task.Id, task.Project);
        }
    }

    private async Task WaitForWorkAsync(Task submitted, CancellationToken stopping)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var until = Task.Delay(HasFreeSlot ? Options.Poll : Timeout.InfiniteTimeSpan, time, waiting.Token);
        await Task.WhenAny(HasFreeSlot ? [.. running, until, submitted] : [.. running, until]);
        await waiting.CancelAsync();
    }

    /// <summary>Waits for running tasks within the bound; then they are stopped and released.</summary>
    private async Task FinishAsync()
    {
        var all = Task.WhenAll(running);
        await all.WaitAsync(Options.Shutdown, time, abandon.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await abandon.CancelAsync();
        await all;
    }
}
