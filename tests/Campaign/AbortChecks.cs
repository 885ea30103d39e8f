namespace SnapshotTasks.Campaign;

/// <summary>An accepted abort is the outcome of its task, once, and from its answer on no picture of the task is published.</summary>
internal static class AbortChecks
{
    /// <summary>Every abort that did not hold.</summary>
    public static IEnumerable<Finding> Check(Evidence evidence)
    {
        var rows = evidence.Rows.ToDictionary(row => row.Id);
        var accepted = AcceptedIn(evidence);
        foreach (var aborts in accepted)
        {
            if (aborts.Count() > 1)
            {
                yield return new(Broken.TwoOutcomes, $"task {aborts.Key} was aborted {aborts.Count()} times");
            }

            if (rows.GetValueOrDefault(aborts.Key) is { IsAborted: false } row)
            {
                yield return new(Broken.TwoOutcomes, $"task {aborts.Key} was aborted, its row says {row.State} with {row.Pictures?.Count ?? 0} pictures, {row.Code ?? "no failure"}");
            }
        }

        foreach (var told in accepted.SelectMany(told => told).Where(told => PublishedAfter(evidence, told).Any() && !WasFrozen(evidence.Entries, told)))
        {
            yield return new(Broken.PicturesAfterAbort, $"task {told.Task} was aborted, and then had {string.Join(", ", PublishedAfter(evidence, told))}");
        }

        var asked = evidence.Entries.OfType<Asked>().Where(asked => asked.What == Question.Abort).ToLookup(asked => asked.About);
        var answers = evidence.Entries.OfType<Told>().ToLookup(told => told.Request);
        foreach (var row in evidence.Rows.Where(row => row.IsAborted))
        {
            if (!accepted.Contains(row.Id) && !asked[row.Id].Any(abort => Checker.IsUnknown(answers[abort.Request])))
            {
                yield return new(Broken.Untrue, $"task {row.Id} is aborted and nobody was told so");
            }
        }
    }

    /// <summary>How many times a worker that was frozen published all the same: the exception that is documented.</summary>
    public static int CountOfFrozen(Evidence evidence) =>
        AcceptedIn(evidence).SelectMany(told => told).Count(told => PublishedAfter(evidence, told).Any() && WasFrozen(evidence.Entries, told));

    private static ILookup<string, Told> AcceptedIn(Evidence evidence) =>
        evidence.Entries.OfType<Told>().Where(told => told.Answer == Answer.Aborted).ToLookup(told => told.Task!);

    private static IEnumerable<string> PublishedAfter(Evidence evidence, Told told) =>
        evidence.Rows.FirstOrDefault(row => row.Id == told.Task) is { } row && evidence.Files.TryGetValue(row.Mark, out var files)
            ? files.Except((told.Text ?? "").Split(' '))
            : [];

    /// <summary>Whether a worker with an attempt at the task was frozen before the abort was answered, so that it may have been between its last renewal and publishing.</summary>
    private static bool WasFrozen(IReadOnlyList<Entry> entries, Told told)
    {
        var workers = entries.OfType<WorkerSaid>().Where(said => said.Event == WorkerEvents.Started && said.Task == told.Task).ToDictionary(said => said.Host, said => said.At);
        return entries.OfType<HostFrozen>().Any(frozen => workers.TryGetValue(frozen.Host, out var started) && frozen.At < told.At
            && !entries.OfType<HostThawed>().Any(thawed => thawed.Host == frozen.Host && thawed.At > frozen.At && thawed.At < started));
    }
}
