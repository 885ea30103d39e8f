namespace SnapshotTasks.Storage;

/// <summary>What is paused at a time.</summary>
/// <param name="pauses">The pauses, one of everything and one of each project at most.</param>
public sealed class Pauses(IEnumerable<Pause> pauses)
{
    private readonly Dictionary<ProjectId, Pause> projects = pauses.Where(pause => pause.Project is not null).ToDictionary(pause => pause.Project!.Value);

    /// <summary>That nothing is paused.</summary>
    public static Pauses None { get; } = new([]);

    /// <summary>The pause of everything; none when there is none.</summary>
    public Pause? Everything { get; } = pauses.FirstOrDefault(pause => pause.Project is null);

    /// <summary>The pauses of projects.</summary>
    public IReadOnlyCollection<Pause> OfProjects => projects.Values;

    /// <summary>All of them, that of everything first.</summary>
    public IReadOnlyList<Pause> All => Everything is null ? [.. OfProjects] : [Everything, .. OfProjects];

    /// <summary>Whether nothing of a project may start.</summary>
    public bool HoldBack(ProjectId project) => Everything is not null || projects.ContainsKey(project);

    /// <summary>The pause of a project itself, or of everything.</summary>
    public Pause? Of(ProjectId? project) => project is { } one ? projects.GetValueOrDefault(one) : Everything;

    /// <summary>What is paused after a decision on everything, or on a project.</summary>
    public Pauses After(ProjectId? project, PauseOutcome outcome) => outcome.Answer switch
    {
        PauseAnswer.Paused => new([.. All, outcome.Pause!]),
        PauseAnswer.Resumed => new(All.Where(pause => pause.Project != project)),
        PauseAnswer.AlreadyPaused or PauseAnswer.NotPaused => this,
    };
}

/// <summary>A pause, or its end, to be decided on while nothing starts.</summary>
public sealed record PauseDecision
{
    private PauseDecision(ProjectId? project, string? by, string? reason) => (Project, By, Reason) = (project, by, reason);

    /// <summary>The project; none when it is about everything.</summary>
    public ProjectId? Project { get; }

    private string? By { get; }

    private string? Reason { get; }

    /// <summary>Pauses everything, or a project, whether it has tasks or not.</summary>
    public static PauseDecision Pause(ProjectId? project, string by, string reason) => new(project, by, reason);

    /// <summary>Ends a pause.</summary>
    public static PauseDecision Resume(ProjectId? project) => new(project, null, null);

    /// <summary>Decides on the pause that there is, without effects: a store calls it again when it has to repeat a transaction.</summary>
    /// <param name="current">The pause, or none.</param>
    /// <param name="now">The store's time.</param>
    public PauseOutcome Decide(Pause? current, DateTimeOffset now) => (By, current) switch
    {
        (null, null) => new(PauseAnswer.NotPaused, null),
        (null, _) => new(PauseAnswer.Resumed, current),
        (_, null) => new(PauseAnswer.Paused, new(Project, By, Reason!, now)),
        _ => new(PauseAnswer.AlreadyPaused, current),
    };
}
