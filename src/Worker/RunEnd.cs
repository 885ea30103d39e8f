namespace SnapshotTasks;

/// <summary>The ways in which a run ends for this worker.</summary>
internal enum RunEnd
{
    /// <summary>With pictures, recorded.</summary>
    Pictures,

    /// <summary>With a failure, recorded.</summary>
    Failed,

    /// <summary>With a failure that may pass, recorded: the next attempt is put off.</summary>
    Deferred,

    /// <summary>With an outcome that was refused: another worker has taken over, or an operator has aborted the run.</summary>
    Refused,

    /// <summary>With an outcome that could not be recorded while the lease lasted.</summary>
    OutcomeLost,

    /// <summary>Stopped, because the lease was lost.</summary>
    LeaseLost,

    /// <summary>Stopped with the host, and the lease given back.</summary>
    Released,

    /// <summary>Not possible on this machine now, and the lease given back.</summary>
    GivenBack,

    /// <summary>Stopped with the host or not possible, and the lease could not be given back.</summary>
    NotReleased,
}

/// <summary>How a run has ended: what log, counters and traces read.</summary>
/// <param name="End">In which way.</param>
/// <param name="Task">The task, as this worker last knows it.</param>
/// <param name="Seconds">After how long.</param>
internal sealed record RunEnding(RunEnd End, SnapshotTask Task, double Seconds)
{
    /// <summary>How many pictures there are.</summary>
    public int Pictures { get; init; }

    /// <summary>The failure that was recorded.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Why this machine could not capture, also when the lease could not be given back then.</summary>
    public string? Obstacle { get; init; }

    /// <summary>Why the lease could not be given back.</summary>
    public string Reason { get; init; } = "";
}
