namespace SnapshotTasks;

/// <summary>What is held back: tasks that have not started do not start, and attempts that were put off stay so.</summary>
/// <param name="Project">The project; none when it is everything.</param>
/// <param name="By">Who has paused it.</param>
/// <param name="Reason">Why.</param>
/// <param name="Since">Since when.</param>
public sealed record Pause(ProjectId? Project, string By, string Reason, DateTimeOffset Since);

/// <summary>The answers to a pause and to its end.</summary>
public enum PauseAnswer
{
    /// <summary>It is paused now: nothing of it starts any more, on any host.</summary>
    Paused,

    /// <summary>It was paused before, and stays so.</summary>
    AlreadyPaused,

    /// <summary>It goes on now.</summary>
    Resumed,

    /// <summary>It was not paused.</summary>
    NotPaused,
}

/// <summary>The answer to a pause, or to its end.</summary>
/// <param name="Answer">Which of the answers it is.</param>
/// <param name="Pause">The pause that holds now, or that has ended; none when it was not paused.</param>
public sealed record PauseOutcome(PauseAnswer Answer, Pause? Pause);
