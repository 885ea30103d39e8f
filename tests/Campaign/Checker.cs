namespace SnapshotTasks.Campaign;

/// <summary>Holds what clients were told against the final rows and what is on disk; knows nothing of the code that it checks.</summary>
internal sealed class Checker
{
    private static readonly string[] Order = ["WAITING", "PROCESSING", "SUCCEEDED", "FAILED", "CANCELED"];

    // In milliseconds: how long a database that was killed, and what it is told by its hosts, may take.
    private const double OutageTime = 15_000;

    // Until the first write is acknowledged after the database takes writes again.
    private const double RecoveryTime = 5_000;

    private readonly Evidence evidence;
    private readonly List<Finding> findings = [];
    private readonly Dictionary<string, Row> rows;
    private readonly ILookup<string, Row> rowsByMark;
    private readonly ILookup<long, Told> toldByRequest;
    private readonly Dictionary<long, Asked> asked;

    private Checker(Evidence evidence)
    {
        this.evidence = evidence;
        rows = evidence.Rows.ToDictionary(row => row.Id);
        rowsByMark = evidence.Rows.ToLookup(row => row.Mark);
        toldByRequest = evidence.Entries.OfType<Told>().ToLookup(told => told.Request);
        asked = evidence.Entries.OfType<Asked>().ToDictionary(asked => asked.Request);
    }

    /// <summary>Every broken promise that the evidence shows.</summary>
    public static IReadOnlyList<Finding> Check(Evidence evidence)
    {
        var checker = new Checker(evidence);
        checker.CheckSubmissions();
        checker.CheckCancels();
        checker.CheckWhatWasSaid();
        checker.CheckRows();
        checker.CheckRuns();
        checker.CheckHosts();
        checker.CheckRecoveries();
        return [.. checker.findings, .. PauseChecks.Check(evidence), .. ManyChecks.Check(evidence), .. AbortChecks.Check(evidence), .. AttemptChecks.Check(evidence), .. DeliveryChecks.Check(evidence)];
    }

    /// <summary>The answer to a question is not known to the client: it may have been done.</summary>
    public static bool IsUnknown(IEnumerable<Told> told) => told.All(each => each.Answer is Answer.Unknown or Answer.Silence);

    private IEnumerable<(Asked Asked, List<Told> Told)> Answered(Question what) =>
        asked.Values.Where(each => each.What == what).Select(each => (each, toldByRequest[each.Request].ToList()));

    private void CheckSubmissions()
    {
        var submissions = Answered(Question.Submit).ToLookup(submission => submission.Asked.About, submission => submission.Told);
        foreach (var submission in submissions)
        {
            var (mark, kept, told) = (submission.Key, rowsByMark[submission.Key].ToList(), submission.SelectMany(told => told).ToList());
            if (kept.Count > 1)
            {
                Find(Broken.TwoOutcomes, $"{mark} was submitted with one key and is the tasks {string.Join(", ", kept.Select(row => row.Id))}");
            }

            foreach (var id in told.Where(told => told.Answer == Answer.Accepted).Select(told => told.Task).Distinct().Where(id => kept.All(row => row.Id != id)))
            {
                Find(Broken.Lost, $"{mark} was accepted as task {id}, which is not there");
            }

            if (kept.Count > 0 && submission.All(told => told.Exists(each => each.Answer == Answer.Unavailable)))
            {
                Find(Broken.Untrue, $"{mark} was answered \"{told[0].Text}\" and is task {kept[0].Id}");
            }
        }

        foreach (var row in evidence.Rows.Where(row => !submissions.Contains(row.Mark)))
        {
            Find(Broken.Untrue, $"task {row.Id} ({row.Mark}) was submitted by nobody");
        }
    }

    private void CheckCancels()
    {
        var cancelsOf = Answered(Question.Cancel).ToLookup(cancel => cancel.Asked.About);
        var manyOf = evidence.Listed.Where(listed => listed.Answer == "Cancelled").ToLookup(listed => listed.Task);
        foreach (var id in cancelsOf.Select(cancels => cancels.Key).Union(manyOf.Select(many => many.Key)))
        {
            var won = cancelsOf[id].Count(cancel => cancel.Told.Exists(told => told.Answer == Answer.Cancelled));
            var row = rows.GetValueOrDefault(id);
            if (won + manyOf[id].Count() > 1)
            {
                Find(Broken.TwoOutcomes, $"task {id} was cancelled {won} times by itself and {manyOf[id].Count()} times with others");
            }

            if (won > 0 && row?.State != "Cancelled")
            {
                Find(row is { Attempt: > 0 } ? Broken.StartedAndCancelled : Broken.Lost, $"task {id} was answered as cancelled, its row says {row?.State ?? "nothing"}");
            }
        }

        foreach (var row in evidence.Rows.Where(row => row.State == "Cancelled"))
        {
            if (!manyOf.Contains(row.Id) && !cancelsOf[row.Id].Any(cancel => IsUnknown(cancel.Told) || cancel.Told.Exists(told => told.Answer == Answer.Cancelled)))
            {
                Find(Broken.Untrue, $"task {row.Id} is cancelled and nobody was told so");
            }
        }
    }

    /// <summary>What was said about a task only moves forward: an answer to a question that was asked after another answer says no less.</summary>
    private void CheckWhatWasSaid()
    {
        var said = evidence.Entries.OfType<Told>().Where(told => told is { Task: not null, Status: not null }).GroupBy(told => told.Task!);
        var starts = evidence.Entries.OfType<WorkerSaid>().Where(said => said.Event == WorkerEvents.Started)
            .Select(said => new Told(said.At, 0, Answer.Seen, said.Task, "PROCESSING")).ToLookup(started => started.Task);
        foreach (var ofTask in said)
        {
            var row = rows.GetValueOrDefault(ofTask.Key);
            Told? furthest = null;
            var earlier = new Queue<Told>(ofTask.Concat(starts[ofTask.Key]).OrderBy(told => told.At));
            foreach (var told in ofTask.OrderBy(told => asked[told.Request].At))
            {
                while (earlier.TryPeek(out var before) && before.At < asked[told.Request].At)
                {
                    furthest = furthest is null || Rank(before) > Rank(furthest) ? before : furthest;
                    earlier.Dequeue();
                }

                // A submission that is accepted again says that the task is there, and nothing of its state.
                if (furthest is not null && told.Answer != Answer.Accepted)
                {
                    CheckStep(furthest, told.Status!, told.Answer == Answer.Seen ? told.Text : null);
                }
            }

            foreach (var told in ofTask.DistinctBy(told => (told.Status, told.Text)))
            {
                CheckStep(told, row is null ? "NO_TASK" : StatusOf(row), null);
            }
        }
    }

    private void CheckStep(Told before, string after, string? details)
    {
        var rank = Array.IndexOf(Order, before.Status);
        if (rank < 0)
        {
            Find(Broken.Lost, $"task {before.Task} was said to be {before.Status}");
        }
        else if (after == "NO_TASK")
        {
            Find(Broken.Lost, $"task {before.Task} was said to be {before.Status}, and then not to exist");
        }
        else if (before.Status == "PROCESSING" && after == "CANCELED")
        {
            Find(Broken.StartedAndCancelled, $"task {before.Task} was said to be {before.Status}, and then {after}");
        }
        else if (rank >= 2 && after != before.Status)
        {
            Find(before.Status == "CANCELED" || after == "CANCELED" ? Broken.StartedAndCancelled : Broken.TwoOutcomes, $"task {before.Task} was said to be {before.Status}, and then {after}");
        }
        else if (rank == 1 && after == "WAITING")
        {
            Find(Broken.TwoOutcomes, $"task {before.Task} was said to be {before.Status}, and then {after}");
        }
        else if (rank >= 2 && before is { Answer: Answer.Seen, Text: { } then } && details is not null && details != then)
        {
            Find(Broken.TwoOutcomes, $"task {before.Task} was said to have ended {then}, and then {details}");
        }
        else if (rank >= 2 && before is { Answer: Answer.Refused, Text: { } since } && details?.StartsWith(since, StringComparison.Ordinal) == false)
        {
            Find(Broken.TwoOutcomes, $"task {before.Task} was said to have ended at {since}, and then {details}");
        }
    }

    private void CheckRows()
    {
        foreach (var row in evidence.Rows)
        {
            var pictures = evidence.Pictures.GetValueOrDefault(row.Mark);
            switch (row.State)
            {
                case "Cancelled" when row.Attempt > 0 || row.StartedAt is not null || pictures is not null:
                    Find(Broken.RanAfterCancel, $"task {row.Id} ({row.Mark}) is cancelled, has {row.Attempt} attempts and {(pictures is null ? "no" : "an")} output directory");
                    break;
                case "Completed" when row.Pictures is not null && (row.Pictures.Count != KnownTask.PicturesOf(row.Mark) || !row.Pictures.All(name => pictures?.Contains(name) == true)):
                    Find(Broken.Lost, $"task {row.Id} ({row.Mark}) has recorded {row.Pictures.Count} pictures, {pictures?.Count ?? 0} are on disk, {KnownTask.PicturesOf(row.Mark)} were asked for");
                    break;
                case "Queued":
                    Find(Broken.Lost, $"task {row.Id} ({row.Mark}) still waits at the end");
                    break;
                case "Running":
                    Find(Broken.Orphan, $"task {row.Id} ({row.Mark}) still runs at the end");
                    break;
            }
        }
    }

    /// <summary>What workers said about their own runs.</summary>
    private void CheckRuns()
    {
        foreach (var run in evidence.Entries.OfType<WorkerSaid>().GroupBy(said => said.Task))
        {
            var row = rows.GetValueOrDefault(run.Key);
            if (row?.State == "Cancelled" && run.Any(said => said.Event == WorkerEvents.Started))
            {
                Find(Broken.RanAfterCancel, $"task {run.Key} is cancelled and was started by {run.First().Host}");
            }

            var recorded = run.Where(said => said.Event is WorkerEvents.Completed or WorkerEvents.Failed).ToList();
            var holders = recorded.Select(said => said.Host).Distinct().ToList();
            if (holders.Count > 1)
            {
                Find(Broken.TwoOutcomes, $"the outcome of task {run.Key} was recorded by {string.Join(" and ", holders)}");
            }

            foreach (var outcome in recorded)
            {
                var attempt = run.LastOrDefault(said => said.Event == WorkerEvents.Started && said.Host == outcome.Host && said.At <= outcome.At)?.Attempt;
                if (row?.State != "Completed" || row.Attempt != attempt)
                {
                    Find(Broken.TwoOutcomes, $"{outcome.Host} recorded the outcome of task {run.Key} in attempt {attempt}, the row says {row?.State} in attempt {row?.Attempt}");
                }
            }
        }
    }

    private void CheckHosts()
    {
        foreach (var entry in evidence.Entries)
        {
            switch (entry)
            {
                case Orphan orphan:
                    Find(Broken.Orphan, $"process {orphan.Process} outlived its host: {orphan.CommandLine}");
                    break;
                case HostDown { End: HostEnd.ByItself } down:
                    Find(Broken.Untrue, $"{down.Host} ended by itself, with exit code {down.ExitCode}");
                    break;
                case HostDown { End: HostEnd.NotStarted } down when !evidence.Entries.OfType<StoreDown>().Any(store => store.At < down.At && store.At > down.At - OutageTime):
                    Find(Broken.Untrue, $"{down.Host} refused to start although its database could be reached");
                    break;
                case Told { Answer: Answer.Wrong } wrong:
                    Find(Broken.Untrue, $"{asked[wrong.Request].What} {asked[wrong.Request].About} was answered {wrong.Text}");
                    break;
            }
        }
    }

    /// <summary>A database that was read-only for a while is written to again soon, without anybody's help.</summary>
    private void CheckRecoveries()
    {
        foreach (var down in evidence.Entries.OfType<StoreDown>().Where(down => down.Why == Outage.ReadOnly))
        {
            var up = evidence.Entries.OfType<StoreUp>().First(up => up.At > down.At).At;
            var accepted = evidence.Entries.OfType<Told>().FirstOrDefault(told => told.Answer == Answer.Accepted && told.At > up)?.At;
            if (accepted is null || accepted - up > RecoveryTime)
            {
                Find(Broken.StayedReadOnly, $"the database took writes again at {up}, the next submission was accepted at {accepted}");
            }
        }
    }

    private static int Rank(Told told) => Math.Min(2, Array.IndexOf(Order, told.Status));

    private static string StatusOf(Row row) => row.State switch
    {
        "Queued" => "WAITING",
        "Running" => "PROCESSING",
        "Completed" => row.Pictures is null ? "FAILED" : "SUCCEEDED",
        "Cancelled" => "CANCELED",
        _ => row.State,
    };

    private void Find(Broken promise, string what) => findings.Add(new(promise, what));
}
