using Microsoft.Extensions.Logging;

namespace SnapshotTasks;

/// <summary>Keeps the whole worker from starting anything while its machine cannot capture: it is tried with one task at a time, ever later, until one shows that it can.</summary>
#pragma warning disable CA1001 // The semaphore has nothing to dispose of as long as nobody asks for its wait handle.
internal sealed class WorkerCircuit(TimeProvider time, ILogger log, WorkerCounters counters)
#pragma warning restore CA1001
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim trial = new(1, 1);
    private WorkerObstacle? obstacle;
    private int failures;
    private TimeSpan rest;
    private long failedAt;

    /// <summary>What keeps the machine from capturing; none when nothing does.</summary>
    public WorkerObstacle? Obstacle
    {
        get
        {
            lock (gate)
            {
                return obstacle;
            }
        }
    }

    /// <summary>Waits until something may start; true when it is the trial, which ends with <see cref="Ended"/> or with <see cref="Leave"/>.</summary>
    public async Task<bool> EnterAsync(CancellationToken cancellationToken)
    {
        if (Obstacle is null)
        {
            return false;
        }

        await trial.WaitAsync(cancellationToken);
        try
        {
            while (Remaining() is { } remaining)
            {
                if (remaining <= TimeSpan.Zero)
                {
                    return true;
                }

                await Task.Delay(remaining, time, cancellationToken);
            }
        }
        catch
        {
            trial.Release();
            throw;
        }

        trial.Release();
        return false;
    }

    /// <summary>There was nothing to be tried.</summary>
    public void Leave(bool isTrial)
    {
        if (isTrial)
        {
            trial.Release();
        }
    }

    /// <summary>A run has ended; none when it broke, which says nothing of the machine.</summary>
    public void Ended(RunEnding? ending, bool isTrial)
    {
        lock (gate)
        {
            if (ending?.Obstacle is { } reason)
            {
                Open(reason, isTrial);
            }
            else if (isTrial && ending is not null && HasCaptured(ending.End))
            {
                Close();
            }
        }

        Leave(isTrial);
    }

    // None when nothing is in the way.
    private TimeSpan? Remaining()
    {
        lock (gate)
        {
            return obstacle is null ? null : rest - time.GetElapsedTime(failedAt);
        }
    }

    // Of those that were under way when it opened only the first is heard: they all met the same.
    private void Open(string reason, bool isTrial)
    {
        if (obstacle is not null && !isTrial)
        {
            return;
        }

        if (obstacle is null)
        {
            log.CircuitOpened(reason);
            counters.IsObstructed = true;
        }

        obstacle = new(obstacle?.Since ?? time.GetUtcNow(), reason);
        (rest, failedAt) = (Waits.After(++failures + 2), time.GetTimestamp());
    }

    private void Close()
    {
        if (obstacle is not null)
        {
            log.CircuitClosed((time.GetUtcNow() - obstacle.Since).TotalSeconds);
            counters.IsObstructed = false;
            (obstacle, failures) = (null, 0);
        }
    }

    private static bool HasCaptured(RunEnd end) => end switch
    {
        RunEnd.Pictures or RunEnd.Failed or RunEnd.Deferred or RunEnd.Refused or RunEnd.OutcomeLost => true,
        RunEnd.LeaseLost or RunEnd.Released or RunEnd.GivenBack or RunEnd.NotReleased => false,
    };
}
