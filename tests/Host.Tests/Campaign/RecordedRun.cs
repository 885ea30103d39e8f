using SnapshotTasks.Campaign;

namespace SnapshotTasks.Tests;

/// <summary>The evidence of a campaign that was made up, to be falsified.</summary>
internal sealed class RecordedRun
{
    public const string Host = "worker-1.1", Other = "worker-2.1";

    public static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private long requests;
    private double now;

    public List<Entry> Entries { get; } = [];

    public List<Row> Rows { get; } = [];

    public Dictionary<string, IReadOnlySet<string>> Pictures { get; } = [];

    public List<ListedRow> Listed { get; } = [];

    public Dictionary<string, IReadOnlySet<string>> Files { get; } = [];

    public List<EventRow> Events { get; } = [];

    public Evidence Evidence => new(Entries, Rows, Pictures) { Listed = Listed, Files = Files, Events = Events };

    public void Ask(Question what, string about, params Told[] told) => AskMany(what, about, request => told.Select(each => each with { Request = request }));

    public void AskMany(Question what, string about, Func<long, IEnumerable<Entry>> answer)
    {
        var request = ++requests;
        Entries.Add(new Asked(++now, request, what, about));
        Entries.AddRange(answer(request).Select(each => each with { At = ++now }));
    }

    public void Add(Func<double, Entry> entry) => Entries.Add(entry(++now));

    /// <summary>Changes the only entry of a kind.</summary>
    public void Change<T>(Func<T, T> change)
        where T : Entry
    {
        var found = Entries.FindIndex(entry => entry is T);
        Entries[found] = change((T)Entries[found]);
    }

    public void ChangeListed(string task, Func<ListedRow, ListedRow> change) =>
        Listed[Listed.FindIndex(listed => listed.Task == task)] = change(Listed.Find(listed => listed.Task == task)!);

    /// <summary>Asked and answered before everything else.</summary>
    public void AskFirst(Question what, string about, Told told)
    {
        var request = ++requests;
        Entries.Insert(0, told with { At = -1, Request = request });
        Entries.Insert(0, new Asked(-2, request, what, about));
    }

    public void Say(string host, int number, string task, int? attempt = null) => Entries.Add(new WorkerSaid(++now, host, number, task, attempt));

    public void Change(string id, Func<Row, Row> change) => Rows[Rows.FindIndex(row => row.Id == id)] = change(Rows.Find(row => row.Id == id)!);

    /// <summary>What the checker finds when an honest run is falsified.</summary>
    public static IEnumerable<Broken> Falsified(Action<RecordedRun> falsify)
    {
        var run = Honest();
        falsify(run);
        return Checker.Check(run.Evidence).Select(finding => finding.Promise).Distinct();
    }

    /// <summary>Task 1 ran and refused a cancel, task 2 was cancelled, task 3 is one whose submission was never answered.</summary>
    public static RecordedRun Honest()
    {
        var run = new RecordedRun();
        run.Ask(Question.Submit, "Short-1-1", new Told(0, 0, Answer.Accepted, "1", "WAITING"));
        run.Ask(Question.Submit, "Short-1-2", new Told(0, 0, Answer.Accepted, "2", "WAITING"));
        run.Ask(Question.Submit, "Short-1-3", new Told(0, 0, Answer.Silence));
        run.Ask(Question.Submit, "Short-1-4", new Told(0, 0, Answer.Unavailable));
        run.Ask(Question.Cancel, "2", new Told(0, 0, Answer.Cancelled, "2", "CANCELED"));
        run.Say(Host, WorkerEvents.Started, "1", 1);
        run.Ask(Question.Cancel, "1", new Told(0, 0, Answer.Refused, "1", "PROCESSING", "20260301120000"));
        run.Say(Host, WorkerEvents.Completed, "1");
        run.Ask(Question.Look, "1 2", new Told(0, 0, Answer.Seen, "1", "SUCCEEDED", "20260301120001 with 1"), new Told(0, 0, Answer.Seen, "2", "CANCELED", "20260301120000 with 0"));
        run.Ask(Question.Cancel, "1", new Told(0, 0, Answer.Refused, "1", "SUCCEEDED", "20260301120001"));
        run.Rows.Add(new("1", "Short-1-1", "Completed", 1, Noon, ["0.jpg"]));
        run.Rows.Add(new("2", "Short-1-2", "Cancelled", 0, null));
        run.Rows.Add(new("3", "Short-1-3", "Completed", 2, Noon, ["0.jpg"]));
        run.Pictures["Short-1-1"] = run.Pictures["Short-1-3"] = new HashSet<string> { "0.jpg" };
        run.Steer();
        run.Rows.ForEach(run.Deliver);
        run.Add(at => new Received(at, "1", 1, "task.queued"));
        return run;
    }

    /// <summary>A task that has ended, with its events, which were received.</summary>
    public void AddEnded(Row row)
    {
        Rows.Add(row);
        Deliver(row);
    }

    private void Deliver(Row row)
    {
        Events.AddRange([new(row.Id, 1, "Queued"), new(row.Id, 2, row.State)]);
        Add(at => new Received(at, row.Id, 1, "task.queued"));
        Add(at => new Received(at, row.Id, 2, row.State == "Cancelled" ? "task.cancelled" : row.Failure is null ? "task.completed" : "task.failed"));
    }

    /// <summary>
    /// Of another project, task 11 was put off during a pause and then aborted, task 12 was cancelled with others, task 13 failed after all of its
    /// attempts and task 14 was given back once; then the database was read-only for a while.
    /// </summary>
    private void Steer()
    {
        string[] marks = ["Passing-2-1", "Short-2-2", "Hopeless-2-3", "Short-2-4"];
        foreach (var (number, mark) in marks.Index())
        {
            Ask(Question.Submit, mark, new Told(0, 0, Answer.Accepted, $"{11 + number}", "WAITING"));
        }

        Say(Host, WorkerEvents.Started, "11", 1);
        Say(Host, WorkerEvents.Deferred, "11");
        Add(at => new Paused(at, null, Noon.AddSeconds(10)));
        Add(at => new PutOffSeen(at, [new("11", 1)]));
        Add(at => new PutOffSeen(at, [new("11", 1)]));
        Add(at => new ResumeAsked(at, null, Noon.AddSeconds(20)));
        AskMany(Question.DryRun, "2-1 ", request => [new CancellationTold(0, request, "many", 3, 3)]);
        AskMany(Question.CarryOut, "many", request => [new CancellationTold(0, request, "many", 3, 0)]);
        AskMany(Question.LookAtMany, "many", request =>
        [
            new CancellationTold(0, request, "many", 3, 0),
            new OutcomeTold(0, request, "many", "12", "CANCELED", "CANCELED since noon"),
            new OutcomeTold(0, request, "many", "14", "REFUSED", "PROCESSING since noon"),
            new OutcomeTold(0, request, "many", "1", "NO_TASK", null),
        ]);
        Ask(Question.Abort, "11", new Told(0, 0, Answer.Aborted, "11", "FAILED", "0.jpg@1"));
        Say(Host, WorkerEvents.Started, "14", 1);
        Say(Host, WorkerEvents.GivenBack, "14");
        Say(Other, WorkerEvents.Started, "14", 2);
        Add(at => new StoreDown(at, Outage.ReadOnly));
        Add(at => new StoreUp(at));
        Ask(Question.Submit, "Short-1-1", new Told(0, 0, Answer.Accepted, "1", "WAITING"));
        Listed.AddRange([new("many", "even", "12", "Cancelled", "Cancelled"), new("many", "even", "14", "Refused", "Running"), new("many", "even", "1", "NotFound", null)]);
        Rows.AddRange(
        [
            new("11", marks[0], "Completed", 2, Noon, Failure: "Aborted by campaign") { Project = KnownTask.Even, Code = Row.AbortedCode },
            new("12", marks[1], "Cancelled", 0, null) { Project = KnownTask.Even },
            new("13", marks[2], "Completed", FleetSettings.MaxAttempts, Noon, Failure: "The bucket does not exist.") { Project = KnownTask.Even, Code = "InputNotFound" },
            new("14", marks[3], "Completed", 2, Noon, ["0.jpg"]) { Project = KnownTask.Even, Released = 1 },
        ]);
        Pictures[marks[3]] = new HashSet<string> { "0.jpg" };
        Files[marks[0]] = new HashSet<string> { "0.jpg@1" };
    }
}
