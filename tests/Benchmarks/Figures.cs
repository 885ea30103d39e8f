using System.Globalization;

namespace SnapshotTasks.Benchmarks;

/// <summary>A figure this software is judged by; its name never changes.</summary>
/// <param name="Name">The name in reports.</param>
/// <param name="Meaning">What is measured, and against what.</param>
/// <param name="Unit">The unit of the value, the floor and the goal.</param>
/// <param name="Floor">What the value must reach; none for a figure that is only reported.</param>
/// <param name="Goal">Where the value should end.</param>
/// <param name="Direction">Which values are better.</param>
internal sealed record Figure(string Name, string Meaning, string Unit, double? Floor, double? Goal, Better Direction)
{
    public static Figure AtLeast(string name, string meaning, string unit, double floor, double goal) =>
        new(name, meaning, unit, floor, goal, Better.Higher);

    public static Figure AtMost(string name, string meaning, string unit, double floor, double goal) =>
        new(name, meaning, unit, floor, goal, Better.Lower);

    /// <summary>A ratio that is only reported.</summary>
    public static Figure Told(string name, string meaning) => new(name, meaning, "×", null, null, Better.Higher);

    public bool? Meets(double? limit, double value) => Direction switch
    {
        Better.Higher => value >= limit,
        Better.Lower => value <= limit,
    } is var met && limit is null ? null : met;

    public string Limit(double? limit) => limit is null
        ? "–"
        : string.Create(CultureInfo.InvariantCulture, $"{(Direction == Better.Higher ? '≥' : '≤')} {limit} {Unit}");
}

/// <summary>Which values of a figure are better.</summary>
internal enum Better
{
    Higher,
    Lower,
}

/// <summary>Every figure of these benchmarks.</summary>
internal static class Figures
{
    private const string HistoryIs = "cancels per second while events are kept, against none";

    /// <summary>What many callers at once are measured by: whose work, divided by whose.</summary>
    public static IReadOnlyList<(Figure Figure, Work Work, Contestant Ours, Contestant Rival)> Queue(StoreKind store) => store switch
    {
        StoreKind.Sqlite =>
        [
            (Figure.AtLeast("queue.sqlite.submit", "submits per second, against one insert per commit", "×", 5, 10),
                Work.Submit, Contestant.Store, Contestant.Statements),
            (Figure.AtLeast("queue.sqlite.cancel", "cancels per second, against one update per commit", "×", 9, 16),
                Work.Cancel, Contestant.Store, Contestant.Statements),
            (Figure.Told("queue.sqlite.claim-complete", "claims with completion per second, against two updates in two commits"),
                Work.ClaimAndComplete, Contestant.Store, Contestant.Statements),
        ],
        StoreKind.Postgres =>
        [
            (Figure.Told("queue.postgres.submit", "submits per second, against one insert per commit at its best"),
                Work.Submit, Contestant.Store, Contestant.Statements),
            (Figure.AtLeast("queue.postgres.cancel", "cancels per second, against one update per commit with a connection for each caller", "×", 5, 8),
                Work.Cancel, Contestant.Store, Contestant.ConnectionPerCaller),
            (Figure.AtLeast("queue.postgres.cancel.many-callers", "cancels per second of four times as many callers, against one update per commit at its best", "×", 4.5, 8),
                Work.Cancel, Contestant.StoreWithManyCallers, Contestant.Statements),
            (Figure.AtLeast("queue.postgres.claim-complete", "claims with completion per second, against two updates in two commits at their best", "×", 4, 8),
                Work.ClaimAndComplete, Contestant.Store, Contestant.Statements),
            (Figure.Told("queue.postgres.submit.hangfire", "submits per second, against Hangfire on PostgreSQL"),
                Work.Submit, Contestant.Store, Contestant.Hangfire),
            (Figure.AtLeast("queue.postgres.cancel.hangfire", "cancels per second, against Hangfire on PostgreSQL", "×", 40, 80),
                Work.Cancel, Contestant.Store, Contestant.Hangfire),
            (Figure.Told("queue.postgres.claim-complete.hangfire", "claims with completion per second, against Hangfire on PostgreSQL"),
                Work.ClaimAndComplete, Contestant.Store, Contestant.Hangfire),
        ],
    };

    public static Figure Latency(StoreKind store) => store switch
    {
        StoreKind.Sqlite => Figure.AtMost("latency.sqlite.cancel", "one caller's cancel, against a bare guarded update", "×", 1.6, 1.2),
        StoreKind.Postgres => Figure.AtMost("latency.postgres.cancel", "one caller's cancel, against a bare guarded update", "×", 2.3, 1.5),
    };

    public static Figure Depth(StoreKind store, string operation) => Figure.AtMost(
        $"depth.{store.Name()}.{operation}", $"{operation} with 10⁶ tasks at worst, against 10³", "×", 1.2, 1.05);

    public static Figure Churn(StoreKind store) => Figure.AtMost(
        $"churn.{store.Name()}.claim", "claim after 10⁶ tasks have passed under another session's snapshot, against before", "×", 3, 1.3);

    public static Figure TurnsClaim(StoreKind store, int count) => Figure.AtMost(
        $"turns.{store.Name()}.claim-{count}",
        $"claim of {count} with 10⁶ queued tasks of 1,000 projects, against few of one",
        "×",
        count == 1 ? 1.3 : 1.8,
        count == 1 ? 1.15 : 1.5);

    public static Figure TurnsShare(StoreKind store) => Figure.AtMost(
        $"turns.{store.Name()}.share", "how far a backlog beside ten clients that keep one task queued each is from its fair share, either way", "×", 1.25, 1.1);

    public static Figure PauseClaim(StoreKind store) => Figure.AtMost(
        $"pause.{store.Name()}.claim", "claim beside 10⁶ queued tasks of a project that is paused, against none", "×", 1.2, 1.05);

    public static Figure PauseStrangers(StoreKind store) => Figure.AtMost(
        $"pause.{store.Name()}.strangers", "cancels of others, 99 %, while a project of 10⁶ queued tasks is paused and resumed without a rest, against none", "×", 2, 1.2);

    public static Figure CancelMany(StoreKind store) => Figure.AtLeast(
        $"cancel-many.{store.Name()}.rate", "10⁵ tasks cancelled by a filter, without the dry run, against 256 callers who cancel one each", "×", 0.8, 1.2);

    public static Figure CancelManyStrangers(StoreKind store) => Figure.AtMost(
        $"cancel-many.{store.Name()}.strangers", "cancels of others meanwhile, 99 %, against none", "×", 4, 2);

    public static Figure History(StoreKind store) => store switch
    {
        StoreKind.Sqlite => Figure.AtLeast("events.sqlite.history", HistoryIs, "×", 0.9, 0.95),
        StoreKind.Postgres => Figure.AtLeast("events.postgres.history", HistoryIs, "×", 0.75, 0.85),
    };

    public static Figure HttpCancel(StoreKind store) => Figure.AtLeast(
        $"http.{store.Name()}.cancel", "cancels over HTTP per second, against an empty endpoint of the same server", "×", 0.25, 0.5);

    public static Figure DecideTime { get; } = Figure.AtMost("decide.time", "one cancel through MediatR, FluentValidation and the machine, in memory", "µs", 4, 2);

    public static Figure DecideMemory { get; } = Figure.AtMost("decide.memory", "what it allocates", "B", 8192, 4096);

    public static Figure Authentication { get; } = Figure.AtMost("auth.request", "processor time to authenticate one request", "µs", 50, 15);

    public static Figure Memory(StoreKind store) => Figure.AtMost(
        $"memory.{store.Name()}.peak", "peak working set while 1,024 callers cancel 1,000,000 tasks", "MB", 300, 150);

    public static Figure Notifications(StoreKind store) => Figure.AtLeast(
        $"notifications.{store.Name()}.cancel", "cancels per second with a handler that is told of each, against none", "×", 0.9, 0.97);

    public static Figure CaptureLongGroups { get; } = Figure.AtLeast(
        "capture.groups-of-10", "processor time of the filter fps, against a picture each 12 s of 720p with key frames each 10 s", "×", 2.2, 3.3);

    public static Figure CaptureShortGroups { get; } = Figure.AtLeast("capture.groups-of-2", "the same with key frames each 2 s", "×", 10, 14);

    public static Figure CapturePoints { get; } = Figure.AtLeast("capture.ten-points", "processor time of a process for each of ten points, against one task", "×", 1.3, 2);

    public static Figure CaptureThrough { get; } = Figure.AtLeast("capture.no-index", "processor time of the filter fps, against a file that has to be read through", "×", 0.95, 1);

    public static Figure CaptureOne { get; } = Figure.AtMost("capture.one-point", "time of one point of a small clip, against ffmpeg -ss alone", "×", 2.5, 2);

    public static Figure CaptureBoxed { get; } = Figure.AtLeast("capture.boxed", "captures of groups of 2 s a second in the box, against those without", "×", 0.95, 0.98);

    public static Figure CaptureBoxedOne { get; } = Figure.AtLeast("capture.boxed-one-point", "captures of one point a second in the box, against those without", "×", 0.85, 0.95);

    public static Figure StartupReady { get; } = Figure.AtMost("startup.ready", "from the start of the process to ready", "s", 1, 0.4);

    public static Figure StartupIdle { get; } = Figure.AtMost("startup.idle", "resident 3 s after that", "MB", 150, 80);
}
