using System.Globalization;

namespace SnapshotTasks.Campaign;

/// <summary>What a campaign comes to: one table, and whether it shows what it is for.</summary>
internal sealed class Summary
{
    private readonly List<Line> lines = [];
    private readonly List<string> missing = [];

    /// <summary>Sums up what has happened.</summary>
    /// <param name="evidence">What there is.</param>
    /// <param name="findings">The broken promises in it.</param>
    /// <param name="kills">How many kills were asked for.</param>
    /// <param name="hasServer">Whether the store has a server of its own, to which more can happen.</param>
    public Summary(Evidence evidence, IReadOnlyList<Finding> findings, int kills, bool hasServer = false)
    {
        var entries = evidence.Entries;
        var downs = entries.OfType<HostDown>().Where(down => down.End is HostEnd.Killed or HostEnd.KilledFrozen).ToList();
        var servers = entries.OfType<StoreDown>().Count(down => down.Why == Outage.Killed);
        Kills = downs.Count + servers;
        AtLeast("kill -9", Kills, kills);
        Count("  of workers", downs.Count(down => down.Role == HostRole.Worker));
        Count("  of hosts that only accept", downs.Count(down => down.Role == HostRole.Api));
        Count("  of the database server", servers);
        Count("  while frozen", downs.Count(down => down.End == HostEnd.KilledFrozen));
        Count("freezes", entries.OfType<HostFrozen>().Count());
        Count("connections cut by clients", entries.OfType<Told>().Count(told => told is { Answer: Answer.Silence, Text: Wire.Cut }));
        Count("orderly stops", entries.OfType<HostDown>().Count(down => down.End == HostEnd.Stopped));

        Count("starts refused while the database was down", entries.OfType<HostDown>().Count(down => down.End == HostEnd.NotStarted));

        Count("tasks", evidence.Rows.Count);
        CountAnswers(evidence);

        Count("attempts", evidence.Rows.Sum(row => row.Attempt));
        var aborted = evidence.Rows.Where(row => row.IsAborted).Select(row => row.Id).ToHashSet();
        AtLeast("late completions refused", entries.OfType<WorkerSaid>().Count(said => said.Event == WorkerEvents.CompletedLate && !aborted.Contains(said.Task)), 1);
        Count("runs stopped for a lost lease", entries.OfType<WorkerSaid>().Count(said => said.Event == WorkerEvents.LeaseLost));
        var putOff = evidence.Rows.Where(row => KnownTask.SubjectOf(row.Mark) is Subject.Passing or Subject.Hopeless).Select(row => row.Id).ToHashSet();
        AddTakeovers(Takeovers.Measure(entries, putOff), Takeovers.Bound(entries));
        CountSteering(evidence);
        CountMishaps(evidence);
        CountDeliveries(evidence);
        if (hasServer)
        {
            CountFences(entries);
        }

        Add("highest load per core", entries.OfType<MachineLoad>().Select(load => load.PerCore).DefaultIfEmpty().Max().ToString("0.0", CultureInfo.InvariantCulture));

        foreach (var promise in Enum.GetValues<Broken>())
        {
            var broken = findings.Count(finding => finding.Promise == promise);
            lines.Add(new(Name(promise), $"{broken}", "0", broken == 0));
        }
    }

    /// <summary>How many processes were killed.</summary>
    public int Kills { get; }

    /// <summary>The situations that have not occurred.</summary>
    public IReadOnlyList<string> Missing => missing;

    public int Passed => lines.Count(line => line.Holds == true);

    public int Failed => lines.Count(line => line.Holds == false);

    public void Print(TextWriter output)
    {
        string[][] cells = [["what", "value", "must be", ""], .. lines.Select(line => new[]
        {
            line.What, line.Value, line.Bound, line.Holds is null ? "" : line.Holds.Value ? "ok" : "BROKEN",
        })];
        var widths = Enumerable.Range(0, cells[0].Length).Select(column => cells.Max(row => row[column].Length)).ToList();
        foreach (var (number, row) in cells.Index())
        {
            output.WriteLine($"| {string.Join(" | ", row.Select((cell, column) => cell.PadRight(widths[column])))} |");
            if (number == 0)
            {
                output.WriteLine($"|{string.Concat(widths.Select(width => new string('-', width + 2) + '|'))}");
            }
        }
    }

    private static string Name(Broken promise) => promise switch
    {
        Broken.Lost => "lost",
        Broken.RanAfterCancel => "ran after cancel",
        Broken.StartedAndCancelled => "started and cancelled",
        Broken.TwoOutcomes => "two outcomes",
        Broken.Orphan => "orphans",
        Broken.Untrue => "untrue answers, hosts that crashed",
        Broken.StartedWhilePaused => "started while paused",
        Broken.WithoutOutcome => "cancelled with others, without an outcome",
        Broken.PicturesAfterAbort => "pictures after an abort",
        Broken.Attempts => "attempts too many, or left when a task failed",
        Broken.StayedReadOnly => "writes refused after the database took them again",
        Broken.NotDelivered => "events that were never received",
        Broken.Phantom => "received, and has not happened",
        Broken.OutOfOrder => "received out of order",
    };

    private void CountAnswers(Evidence evidence)
    {
        var marks = evidence.Rows.Select(row => row.Mark).ToHashSet();
        var told = evidence.Entries.OfType<Told>().ToLookup(told => told.Request);
        var asked = evidence.Entries.OfType<Asked>().ToLookup(asked => asked.What);
        var submissions = asked[Question.Submit].GroupBy(submission => submission.About)
            .Select(mark => (Mark: mark.Key, Requests: mark.Count(), Told: mark.SelectMany(each => told[each.Request]).ToList())).ToList();
        var unknown = submissions.Where(submission => Checker.IsUnknown(submission.Told)).ToList();
        var cancels = asked[Question.Cancel].Select(cancel => told[cancel.Request].ToList()).ToList();

        Count("  acknowledged", submissions.Count(submission => submission.Told.Exists(each => each.Answer == Answer.Accepted)));
        Count("    after a repetition with the same key", submissions.Count(submission =>
            submission.Requests > 1 && submission.Told.Exists(each => each.Answer == Answer.Accepted)));
        Count("submissions whose outcome stayed unknown to the client", unknown.Count);
        AtLeast("  of which had committed", unknown.Count(submission => marks.Contains(submission.Mark)), 1);
        Count("cancels", cancels.Count);
        AtLeast("  that won", cancels.Count(cancel => cancel.Exists(told => told.Answer == Answer.Cancelled)), 1);
        AtLeast("  that lost to a start", cancels.Count(cancel => cancel.Exists(told => told is { Answer: Answer.Refused, Status: not "CANCELED" })), 1);
        Count("  that came after another", cancels.Count(cancel => cancel.Exists(told => told is { Answer: Answer.Refused, Status: "CANCELED" })));
        Count("  whose outcome is unknown to the client", cancels.Count(Checker.IsUnknown));
        Count("answers 503", evidence.Entries.OfType<Told>().Count(told => told.Answer is Answer.Unavailable or Answer.Unknown));
        Count("  that say that it may have been done", evidence.Entries.OfType<Told>().Count(told => told.Answer is Answer.Unknown));
    }

    private void CountSteering(Evidence evidence)
    {
        var entries = evidence.Entries;
        AtLeast("pauses of everything", entries.OfType<Paused>().Count(paused => paused.Project is null), 1);
        AtLeast("pauses of a project", entries.OfType<Paused>().Count(paused => paused.Project is not null), 1);
        AtLeast("  attempts that were put off and waited in them", PauseChecks.CountWaited(entries), 1);

        var answered = entries.OfType<CancellationTold>().Select(told => told.Request).ToHashSet();
        var many = entries.OfType<Asked>().ToLookup(asked => asked.What);
        AtLeast("dry runs", many[Question.DryRun].Count(asked => answered.Contains(asked.Request)), 1);
        AtLeast("cancels of several by their ids", many[Question.CancelMany].Count(asked => answered.Contains(asked.Request)), 1);
        AtLeast("  repeated after a lost answer", many[Question.DryRun].Concat(many[Question.CancelMany]).GroupBy(asked => asked.About).Count(IsRepeated), 1);
        AtLeast("  carried out again after a lost answer", many[Question.CarryOut].GroupBy(asked => asked.About).Count(IsRepeated), 1);
        AtLeast("  tasks cancelled by them", evidence.Listed.Count(listed => listed.Answer == "Cancelled"), 1);
        AtLeast("  tasks that had started or ended before", evidence.Listed.Count(listed => listed.Answer == "Refused"), 1);
        AtLeast("  tasks of another project", evidence.Listed.Count(listed => listed.Answer == "NotFound"), 1);

        var told = entries.OfType<Told>().ToLookup(told => told.Request);
        var aborts = many[Question.Abort].SelectMany(asked => told[asked.Request]).ToList();
        AtLeast("aborts accepted", aborts.Count(told => told.Answer == Answer.Aborted), 1);
        Count("  refused, because the run published already", aborts.Count(told => told.Answer == Answer.EndingNow));
        AtLeast("  refused, because the task was queued or had ended", aborts.Count(told => told.Answer == Answer.Refused), 1);
        Count("  after which a worker published that had been frozen", AbortChecks.CountOfFrozen(evidence));

        bool IsRepeated(IEnumerable<Asked> asked) => asked.Any(each => !answered.Contains(each.Request)) && answered.Contains(asked.Last().Request);
    }

    private void CountMishaps(Evidence evidence)
    {
        var (taken, said) = (evidence.Entries.OfType<TakenAway>().ToLookup(taken => taken.What), evidence.Entries.OfType<WorkerSaid>().ToLookup(said => said.Event));
        AtLeast("times a bucket was away", taken[Need.Bucket].Count(), 1);
        AtLeast("  attempts put off", said[WorkerEvents.Deferred].Count(), 1);
        AtLeast("  tasks that failed with all attempts used up", AttemptChecks.CountUsedUp(evidence), 1);
        AtLeast("times a worker missed its programs", taken[Need.Programs].Count(), 1);
        AtLeast("  attempts given back", said[WorkerEvents.GivenBack].Count(), 1);
    }

    private void CountDeliveries(Evidence evidence)
    {
        Count("events", evidence.Events.Count);
        AtLeast("  received more than once", DeliveryChecks.CountRepeated(evidence.Entries), 1);
        AtLeast("  answered 500 by their receiver", evidence.Entries.OfType<ReceiverFailed>().Count(), 1);
        AtLeast("times the receiver was away", evidence.Entries.OfType<TakenAway>().Count(taken => taken.What == Need.Receiver), 1);
    }

    private void CountFences(IReadOnlyList<Entry> entries)
    {
        var fences = entries.OfType<StoreDown>().Where(down => down.Why == Outage.ReadOnly)
            .Select(down => (From: down.At, To: entries.OfType<StoreUp>().First(up => up.At > down.At).At)).ToList();
        AtLeast("times the database was read-only", fences.Count, 1);
        AtLeast("  answers 503 meanwhile", entries.OfType<Told>().Count(told =>
            told.Answer is Answer.Unavailable or Answer.Unknown && fences.Exists(fence => told.At > fence.From && told.At < fence.To)), 1);
    }

    private void AddTakeovers(IReadOnlyList<Takeover> takeovers, double bound)
    {
        AtLeast("takeovers from hosts that died or froze", takeovers.Count, 1);
        if (takeovers.Count > 0)
        {
            var took = takeovers.Select(takeover => takeover.Took).Order().ToList();
            Add("  from the death to the next start: median, s", Seconds(Quantile(0.5)));
            Add("  99 %, s", Seconds(Quantile(0.99)));
            Add("  longest, s", Seconds(took[^1]));
            var worst = takeovers.MaxBy(takeover => takeover.Waited)!;
            lines.Add(new(
                "  longest with a free worker there, s",
                $"{Seconds(worst.Waited)} (task {worst.Task}, attempt {worst.Attempt})",
                $"at most {Seconds(bound)}",
                worst.Waited <= bound));

            double Quantile(double share) => took[(int)Math.Ceiling((share * took.Count) - 1)];
        }
    }

    private static string Seconds(double milliseconds) => (milliseconds / 1000).ToString("0.00", CultureInfo.InvariantCulture);

    private void Count(string what, int value) => Add(what, $"{value}");

    private void Add(string what, string value) => lines.Add(new(what, value, "", null));

    // A campaign in which a situation never occurred says nothing about it.
    private void AtLeast(string what, int value, int least)
    {
        lines.Add(new(what, $"{value}", $"at least {least}", value >= least));
        if (value < least)
        {
            missing.Add(what.Trim());
        }
    }

    private sealed record Line(string What, string Value, string Bound, bool? Holds);
}
