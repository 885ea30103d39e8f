namespace SnapshotTasks.Campaign;

/// <summary>From the answer to a pause until its end is asked for nothing of it starts: no task, and no attempt that was put off.</summary>
/// <remarks>What had started before goes on, and runs of dead workers are taken over.</remarks>
internal static class PauseChecks
{
    /// <summary>Every start that the evidence shows to be in a pause.</summary>
    public static IEnumerable<Finding> Check(Evidence evidence)
    {
        var rows = evidence.Rows.ToDictionary(row => row.Id);
        foreach (var (paused, resumed) in PausesIn(evidence.Entries))
        {
            bool IsOf(Row row) => paused.Project is null || row.Project == paused.Project;
            foreach (var row in evidence.Rows.Where(row => IsOf(row) && row.StartedAt > paused.Time && (resumed is null || row.StartedAt < resumed.Time)))
            {
                yield return new(Broken.StartedWhilePaused, $"task {row.Id} of {row.Project} started at {row.StartedAt:O}, {paused.Project ?? "everything"} was paused at {paused.Time:O}");
            }

            foreach (var (before, after) in LooksIn(evidence.Entries, paused, resumed))
            {
                // What went on was started, or ended by an operator.
                foreach (var gone in before.Tasks.Except(after.Tasks).Where(gone => rows.GetValueOrDefault(gone.Task) is { IsAborted: false } row && IsOf(row)))
                {
                    yield return new(Broken.StartedWhilePaused, $"task {gone.Task} was put off after attempt {gone.Attempt}, and went on while {paused.Project ?? "everything"} was paused");
                }
            }
        }
    }

    /// <summary>How many attempts were seen to wait from one look to the next in the same pause.</summary>
    public static int CountWaited(IReadOnlyList<Entry> entries) =>
        PausesIn(entries).SelectMany(pause => LooksIn(entries, pause.Paused, pause.Resumed)).SelectMany(looks => looks.Before.Tasks.Intersect(looks.After.Tasks)).Distinct().Count();

    private static IEnumerable<(Paused Paused, ResumeAsked? Resumed)> PausesIn(IReadOnlyList<Entry> entries) =>
        entries.OfType<Paused>().Select(paused => (paused, entries.OfType<ResumeAsked>().FirstOrDefault(resumed => resumed.Project == paused.Project && resumed.At > paused.At)));

    private static IEnumerable<(PutOffSeen Before, PutOffSeen After)> LooksIn(IReadOnlyList<Entry> entries, Paused paused, ResumeAsked? resumed)
    {
        var looks = entries.OfType<PutOffSeen>().Where(look => look.At > paused.At && (resumed is null || look.At < resumed.At)).ToList();
        return looks.Zip(looks.Skip(1));
    }
}
