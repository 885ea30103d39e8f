using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>What every run of a worker uses.</summary>
internal sealed record WorkerParts(
    ITaskStore Store, ICapture Capture, WorkerOptions Options, TimeProvider Time, ILogger Log, WorkerCounters Counters, WorkerTraces Traces);

/// <summary>The life of one attempt: capture while the lease is kept, then record how it ended, or give the lease back.</summary>
internal sealed class TaskRun : IDisposable
{
    private readonly WorkerParts parts;
    private readonly SnapshotTask task;
    private readonly Lease claimed;
    private readonly HeldLease lease;
    private readonly long startedAt;

    /// <summary>Creates the run of a task that was claimed.</summary>
    /// <param name="parts">What every run uses.</param>
    /// <param name="task">The task, with its lease.</param>
    /// <param name="claimSentAt">The time stamp from before the claim was sent.</param>
    public TaskRun(WorkerParts parts, SnapshotTask task, long claimSentAt)
    {
        (this.parts, this.task, claimed, startedAt) = (parts, task, task.Lease!, claimSentAt);
        lease = new HeldLease(parts.Options.Lease, parts.Time, claimSentAt);
    }

    /// <summary>Whether somebody waits for the task as it ends; if not, it need not be read in order to end it.</summary>
    public bool IsAwaited { get; init; }

    /// <summary>Runs the attempt to its end; the answer is how that was.</summary>
    /// <param name="abandon">Fires when the host waits no longer.</param>
    public async Task<RunEnding> RunAsync(CancellationToken abandon)
    {
        using var trace = parts.Traces.Run(task);
        parts.Log.RunStarted(task.Id, task.Project, task.Attempt);
        var ending = await CaptureAsync(abandon) switch
        {
            { Obstacle: { } obstacle } => await GiveBackAsync(RunEnd.GivenBack) with { Obstacle = obstacle },
            { } result => await RecordAsync(result, abandon),
            null when lease.IsLost => Ending(RunEnd.LeaseLost),
            null => await GiveBackAsync(RunEnd.Released),
        };
        trace.EndsWith(ending);
        return Told(ending);
    }

    /// <summary>Gives the lease back, so that another worker takes over at once.</summary>
    public async Task ReleaseAsync() => Told(await GiveBackAsync(RunEnd.Released));

    public void Dispose() => lease.Dispose();

    /// <summary>How the attempt ended; none when it was stopped and this worker has nothing to record.</summary>
    private async Task<CaptureResult?> CaptureAsync(CancellationToken abandon)
    {
        using var timeLimit = new CancellationTokenSource(parts.Options.TimeLimit, parts.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, timeLimit.Token, abandon);
        var keeping = KeepLeaseAsync(stop.Token);
        try
        {
            return await parts.Capture.CaptureAsync(new CaptureRun(task, stopped => RenewAsync(publishing: true, stopped)), stop.Token);
        }
        catch (Exception) when (lease.IsLost)
        {
            return null;
        }
        catch (Exception) when (timeLimit.IsCancellationRequested)
        {
            return CaptureResult.Failed(
                FailureCode.SystemError, $"The capture took longer than the time limit of {parts.Options.TimeLimit.TotalSeconds:0.###} s.");
        }
        catch (Exception) when (abandon.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception exception)
        {
            parts.Log.CaptureBroke(exception, task.Id, task.Project);
            return CaptureResult.Failed(FailureCode.SystemError, $"The capture failed unexpectedly ({exception.GetType().Name}).");
        }
        finally
        {
            await stop.CancelAsync();
            await keeping;
        }
    }

    private async Task KeepLeaseAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(stop);
                await Task.WhenAny(
                    Task.Delay(Waits.Within(parts.Options.Lease / 3), parts.Time, waiting.Token), parts.Store.WaitForAbortAsync(task.Id, waiting.Token));
                await waiting.CancelAsync();
                stop.ThrowIfCancellationRequested();

                // What was aborted is refused, and ends at once.
                await RenewAsync(publishing: false, stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The capture has ended, or the lease is lost and it ends now.
        }
    }

    private async Task RenewAsync(bool publishing, CancellationToken stop)
    {
        using var held = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, stop);
        for (var failures = 0; ; failures++)
        {
            var sentAt = parts.Time.GetTimestamp();
            try
            {
                // WaitAsync, because a store that hangs must not keep a capture alive whose lease has run out.
                var renewal = await parts.Store
                    .DecideAsync(TaskDecision.Renew(task.Id, claimed, parts.Options.Lease, publishing), cancellationToken: held.Token).WaitAsync(held.Token);
                if (renewal.Answer == LeaseAnswer.Held)
                {
                    lease.Extend(sentAt);
                    return;
                }

                lease.Lose();
            }
            catch (Exception exception) when (!held.IsCancellationRequested)
            {
                if (failures == 0)
                {
                    parts.Log.NotRenewed(task.Id, task.Project, exception.Message);
                }
            }

            held.Token.ThrowIfCancellationRequested();
            await Task.Delay(parts.Options.Lease / 20, parts.Time, held.Token);
        }
    }

    /// <summary>Records the outcome, trying again without renewing: a lease that were renewed would keep the task stuck for ever.</summary>
    private async Task<RunEnding> RecordAsync(CaptureResult result, CancellationToken abandon)
    {
        using var trace = parts.Traces.Record(task);
        var delay = Waits.BeforeAttempt(task.Attempt - task.ReleasedAttempts, parts.Options.RetryDelay, parts.Options.MaxRetryDelay);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(lease.Lost, abandon);
        for (var failures = 0; ; failures++)
        {
            try
            {
                var ending = result.Failure is not { } failure ? TaskDecision.Complete(task.Id, claimed, result.Pictures)
                    : result.MayPass ? TaskDecision.Defer(task.Id, claimed, failure, delay, parts.Options.MaxAttempts)
                    : TaskDecision.Fail(task.Id, claimed, failure);

                // Not cancelled with the host: an outcome on its way is worth waiting for. A store that hangs is not.
                var recording = parts.Store.DecideAsync(ending with { Whole = ending.Whole || IsAwaited }, cancellationToken: CancellationToken.None);
                var recorded = await recording.WaitAsync(parts.Options.Lease, parts.Time, CancellationToken.None);
                var end = recorded.Answer == CompleteAnswer.LeaseLost ? RunEnd.Refused
                    : recorded.Task.Deferral is not null ? RunEnd.Deferred
                    : result.Failure is null ? RunEnd.Pictures
                    : RunEnd.Failed;
                return Ending(end, recorded.TaskIfAny) with { Pictures = result.Pictures.Count, Failure = result.Failure };
            }
            catch (Exception exception)
            {
                if (failures == 0)
                {
                    parts.Log.NotRecorded(task.Id, task.Project, exception.Message);
                }
            }

            await Task.Delay(Waits.After(failures), parts.Time, giveUp.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (giveUp.IsCancellationRequested)
            {
                return Ending(RunEnd.OutcomeLost);
            }
        }
    }

    private async Task<RunEnding> GiveBackAsync(RunEnd end)
    {
        using var bound = new CancellationTokenSource(TimeSpan.FromSeconds(2), parts.Time);
        try
        {
            var release = await parts.Store.DecideAsync(TaskDecision.Release(task.Id, claimed), cancellationToken: bound.Token).WaitAsync(bound.Token);
            return Ending(release.Answer == LeaseAnswer.Held ? end : RunEnd.LeaseLost);
        }
        catch (Exception exception)
        {
            return Ending(RunEnd.NotReleased) with { Reason = exception.Message };
        }
    }

    private RunEnding Ending(RunEnd end, SnapshotTask? ended = null) => new(end, ended ?? task, parts.Time.GetElapsedTime(startedAt).TotalSeconds);

    private RunEnding Told(RunEnding ending)
    {
        parts.Counters.RunEnded(ending.End);
        parts.Log.RunEnded(ending);
        return ending;
    }
}
