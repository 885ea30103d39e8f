using System.Security.Cryptography;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Claims as many tasks as it can run now, and runs them; also those that are to run at once, past the queue.</summary>
internal sealed class SnapshotWorker(
    ITaskStore store,
    ICapture capture,
    IOptions<WorkerOptions> options,
    TimeProvider time,
    ILogger<SnapshotWorker> log,
    WorkerCounters counters,
    WorkerTraces traces)
    : BackgroundService, IImmediateWorker
{
    // Random per start: a restarted worker must not be taken for the one that died.
    private readonly string holder = RandomNumberGenerator.GetHexString(32, lowercase: true);
    private readonly WorkerParts parts = new(store, capture, options.Value, time, log, counters, traces);
    private readonly CancellationTokenSource abandon = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly WorkerSlots slots = new(options.Value.Concurrency);

    private readonly WorkerCircuit circuit = new(time, log, counters);

    private WorkerOptions Options => parts.Options;

    /// <inheritdoc/>
    public string? Sandbox => parts.Capture.Sandbox;

    /// <inheritdoc/>
    public WorkerObstacle? Obstacle => circuit.Obstacle;

    /// <inheritdoc/>
    public async Task<ImmediateRun?> StartAsync(NewTask task, TimeSpan maxWait, CancellationToken cancellationToken)
    {
        if (await TakeSlotAsync(maxWait, cancellationToken) is not { } slot)
        {
            return null;
        }

        // From here on nothing is cancelled by the caller: what is started is run, and what is run is recorded.
        var started = new TaskCompletionSource<Decision<SubmitAnswer>>(TaskCreationOptions.RunContinuationsAsynchronously);
        var ended = new TaskCompletionSource<SnapshotTask>(TaskCreationOptions.RunContinuationsAsynchronously);
        if (!slots.TryRun(() => AddAndRunAsync(task, slot.IsTrial, started, ended)))
        {
            slots.GiveBack(1);
            circuit.Leave(slot.IsTrial);
            return null;
        }

        var submitted = await started.Task;
        return new(submitted, ended.Task)
        {
            Limit = submitted.Answer == SubmitAnswer.LimitReached ? new(ProjectLimit.MaxRunning, Options.MaxRunning) : null,
        };
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that cannot wait as long as we may get its children killed and its leases released, as far as time permits.
        await using var impatient = cancellationToken.Register(abandon.Cancel);
        await stopping.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // A host may be disposed without having been stopped, when another part failed to start: nothing goes on without it.
        stopping.Cancel();
        abandon.Cancel();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        log.WorkerStarted(holder, Options.Concurrency);
        await using var stops = stoppingToken.Register(stopping.Cancel);
        await ClaimUntilStoppedAsync();
        await FinishAsync();
    }

    private async Task ClaimUntilStoppedAsync()
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
                    submitted = store.WaitForSubmissionAsync(stopping.Token);
                }

                var more = await ClaimAsync();
                if (failures > 0)
                {
                    failures = 0;
                    log.StoreRecovered();
                }

                if (!more)
                {
                    await WaitForWorkAsync(submitted);
                }
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

                await Task.Delay(Waits.After(failures++), time, stopping.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for a free slot, claims for all that are free, or for one to be tried, and starts what it got; true when there may be more.</summary>
    private async Task<bool> ClaimAsync()
    {
        await slots.TakeAsync(stopping.Token);
        var (free, isTrial) = (1, false);
        try
        {
            // After the slot: the run that had it may just have found out that nothing can be run.
            isTrial = await circuit.EnterAsync(stopping.Token);
            free += isTrial ? 0 : slots.TakeFree();

            // A slot that becomes free while the host stops is not for another task.
            stopping.Token.ThrowIfCancellationRequested();
            var claim = new Claim(holder, Options.Lease, free, Options.MaxAttempts) { MaxRunning = Options.MaxRunning };
            var sentAt = time.GetTimestamp();

            // Not cancelled by the stop: a claim that had been committed would leave its tasks to nobody until their leases expire.
            var outcomes = await store.ClaimAsync(claim, CancellationToken.None);
            foreach (var (answer, task) in outcomes)
            {
                switch (answer)
                {
                    case ClaimAnswer.Started or ClaimAnswer.TakenOver:
                        // Only this loop's end closes the slots, so a claimed task is always run.
                        var isTried = isTrial;
                        slots.TryRun(() => RunAsync(task, sentAt, isTried));
                        (free, isTrial) = (free - 1, false);
                        break;
                    case ClaimAnswer.AttemptsUsedUp:
                        GiveUp(task);
                        break;
                    case ClaimAnswer.Refused:
                        break;
                }
            }

            return outcomes.Count == claim.Count;
        }
        finally
        {
            circuit.Leave(isTrial);
            slots.GiveBack(free);
        }
    }

    private void GiveUp(SnapshotTask task)
    {
        log.GivenUp(task.Id, task.Project, task.Failure!.Reason);
        try
        {
            parts.Capture.GivenUp(task);
        }
        catch (Exception exception)
        {
            // Its own concern: those that were claimed with this task are to be run.
            log.CaptureBroke(exception, task.Id, task.Project);
        }
    }

    /// <summary>Runs a task to its end; the answer is the task as far as this process knows it then.</summary>
    private async Task<SnapshotTask> RunAsync(SnapshotTask task, long claimSentAt, bool isTrial, bool isAwaited = false)
    {
        RunEnding? ending = null;
        try
        {
            using var run = new TaskRun(parts, task, claimSentAt) { IsAwaited = isAwaited };
            if (!stopping.IsCancellationRequested)
            {
                ending = await run.RunAsync(abandon.Token);
                return ending.Task;
            }

            await run.ReleaseAsync();
        }
        catch (Exception exception)
        {
            log.RunBroke(exception, task.Id, task.Project);
        }
        finally
        {
            circuit.Ended(ending, isTrial);
        }

        return task;
    }

    private async Task AddAndRunAsync(NewTask task, bool isTrial, TaskCompletionSource<Decision<SubmitAnswer>> started, TaskCompletionSource<SnapshotTask> ended)
    {
        var sentAt = time.GetTimestamp();
        Decision<SubmitAnswer> submitted;
        try
        {
            var claim = new Claim(holder, Options.Lease, 1, Options.MaxAttempts) { MaxRunning = Options.MaxRunning };
            submitted = await store.AddAsync(task with { StartedBy = claim }, cancellationToken: CancellationToken.None);
            started.SetResult(submitted);
        }
        catch (Exception exception)
        {
            circuit.Leave(isTrial);

            // The caller's to hear. Where the answer of the store was lost, the lease ends unrenewed and the task is taken over.
            started.SetException(exception);
            return;
        }

        // What an earlier submission added is run by whoever started it; what was refused has no end.
        if (submitted.Answer == SubmitAnswer.Accepted)
        {
            ended.SetResult(await RunAsync(submitted.Task, sentAt, isTrial, isAwaited: true));
            return;
        }

        circuit.Leave(isTrial);
        if (submitted.TaskIfAny is { } one)
        {
            ended.SetResult(one);
        }
        else
        {
            ended.SetCanceled();
        }
    }

    private async Task<Slot?> TakeSlotAsync(TimeSpan maxWait, CancellationToken cancellationToken)
    {
        using var bound = new CancellationTokenSource(maxWait, time);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, stopping.Token, cancellationToken);
        try
        {
            await slots.TakeAsync(wait.Token);
            try
            {
                return new(await circuit.EnterAsync(wait.Token));
            }
            catch
            {
                slots.GiveBack(1);
                throw;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task WaitForWorkAsync(Task submitted)
    {
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        await Task.WhenAny(submitted, Task.Delay(Waits.Within(Options.Poll), time, waiting.Token));
        await waiting.CancelAsync();
    }

    /// <summary>Waits for running tasks within the bound; then they are stopped and released.</summary>
    private async Task FinishAsync()
    {
        var all = slots.CloseAsync();
        await all.WaitAsync(Options.Shutdown, time, abandon.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await abandon.CancelAsync();
        await all;
    }

    /// <summary>A slot that was taken, and whether what runs in it is the circuit's trial.</summary>
    private readonly record struct Slot(bool IsTrial);
}
