namespace SnapshotTasks.Campaign;

/// <summary>Each task of a cancellation of many has one outcome in the end, the one that clients were told, and it is true.</summary>
internal static class ManyChecks
{
    private const string Cancelled = "Cancelled", Refused = "Refused", NotFound = "NotFound";

    /// <summary>Every outcome that is missing, changed or untrue.</summary>
    public static IEnumerable<Finding> Check(Evidence evidence)
    {
        var rows = evidence.Rows.ToDictionary(row => row.Id);
        return [.. CheckLists(evidence, rows), .. CheckTold(evidence), .. evidence.Listed.SelectMany(listed => CheckOutcome(listed, rows.GetValueOrDefault(listed.Task)))];
    }

    private static IEnumerable<Finding> CheckLists(Evidence evidence, Dictionary<string, Row> rows)
    {
        var listed = evidence.Listed.ToLookup(listed => listed.Cancellation);
        var asked = evidence.Entries.OfType<Asked>().ToDictionary(asked => asked.Request);
        foreach (var told in evidence.Entries.OfType<CancellationTold>().GroupBy(told => told.Cancellation))
        {
            foreach (var total in told.Select(told => told.Total).Distinct().Where(total => total != listed[told.Key].Count()))
            {
                yield return new(Broken.Lost, $"cancellation {told.Key} was said to be about {total} tasks, and is about {listed[told.Key].Count()}");
            }

            foreach (var open in listed[told.Key].Where(listed => listed.Answer is null))
            {
                yield return new(Broken.WithoutOutcome, $"task {open.Task} of cancellation {told.Key} has no outcome in the end");
            }

            if (told.Select(told => asked[told.Request]).FirstOrDefault(asked => asked.What == Question.DryRun)?.About.Split(' ') is [_, { Length: > 0 } prefix])
            {
                foreach (var other in listed[told.Key].Where(listed => rows.TryGetValue(listed.Task, out var row) && !Clips.NameOf(KnownTask.SubjectOf(row.Mark)).StartsWith(prefix, StringComparison.Ordinal)))
                {
                    yield return new(Broken.Untrue, $"cancellation {told.Key} is about {prefix}, and about task {other.Task}");
                }
            }
        }
    }

    private static IEnumerable<Finding> CheckTold(Evidence evidence)
    {
        var kept = evidence.Listed.ToDictionary(listed => (listed.Cancellation, listed.Task));
        foreach (var told in evidence.Entries.OfType<OutcomeTold>().Where(told => told.Outcome is not null).GroupBy(told => (told.Cancellation, told.Task)))
        {
            if (told.Select(told => (told.Outcome, told.Details)).Distinct().ToList() is { Count: > 1 } several)
            {
                yield return new(Broken.TwoOutcomes, $"task {told.Key.Task} of cancellation {told.Key.Cancellation} was said to be {string.Join(" and ", several)}");
            }

            var answer = kept.GetValueOrDefault(told.Key)?.Answer;
            foreach (var other in told.Select(told => AnswerOf(told.Outcome!)).Distinct().Where(said => said != answer))
            {
                yield return new(Broken.TwoOutcomes, $"task {told.Key.Task} of cancellation {told.Key.Cancellation} was said to be {other}, its row says {answer ?? "nothing"}");
            }
        }
    }

    private static IEnumerable<Finding> CheckOutcome(ListedRow listed, Row? row)
    {
        var name = $"task {listed.Task} of cancellation {listed.Cancellation}";
        switch (listed.Answer)
        {
            case Cancelled when row?.State != Cancelled:
                yield return new(row is { Attempt: > 0 } ? Broken.StartedAndCancelled : Broken.Lost, $"{name} has the outcome cancelled, its row says {row?.State ?? "nothing"}");
                break;
            case Refused when row is not null && (listed.State == Cancelled) != (row.State == Cancelled):
                yield return new(Broken.StartedAndCancelled, $"{name} was refused as {listed.State}, its row says {row.State}");
                break;
            case NotFound when row?.Project == listed.Project:
                yield return new(Broken.Lost, $"{name} was not found, its row says {row.State}");
                break;
            case Cancelled or Refused when row is null || row.Project != listed.Project:
                yield return new(Broken.Untrue, $"{name} was found by {listed.Project}, which has no such task");
                break;
        }
    }

    private static string AnswerOf(string outcome) => outcome switch
    {
        "CANCELED" => Cancelled,
        "REFUSED" => Refused,
        "NO_TASK" => NotFound,
        _ => outcome,
    };
}
