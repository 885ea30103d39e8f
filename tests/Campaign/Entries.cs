using System.Globalization;
using System.Text.Json.Serialization;

namespace SnapshotTasks.Campaign;

/// <summary>One line of the journal: what was asked, told, seen or done, and when, in milliseconds since the start.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "entry")]
[JsonDerivedType(typeof(Asked), "asked")]
[JsonDerivedType(typeof(Told), "told")]
[JsonDerivedType(typeof(HostUp), "up")]
[JsonDerivedType(typeof(HostDown), "down")]
[JsonDerivedType(typeof(HostFrozen), "frozen")]
[JsonDerivedType(typeof(HostThawed), "thawed")]
[JsonDerivedType(typeof(WorkerSaid), "said")]
[JsonDerivedType(typeof(StoreDown), "store-down")]
[JsonDerivedType(typeof(StoreUp), "store-up")]
[JsonDerivedType(typeof(Orphan), "orphan")]
[JsonDerivedType(typeof(CancellationTold), "cancellation")]
[JsonDerivedType(typeof(OutcomeTold), "outcome")]
[JsonDerivedType(typeof(Paused), "paused")]
[JsonDerivedType(typeof(ResumeAsked), "resume")]
[JsonDerivedType(typeof(PutOffSeen), "put-off")]
[JsonDerivedType(typeof(TakenAway), "taken")]
[JsonDerivedType(typeof(Received), "received")]
[JsonDerivedType(typeof(ReceiverFailed), "receiver-failed")]
[JsonDerivedType(typeof(MachineLoad), "load")]
internal abstract record Entry(double At);

/// <summary>A client is about to ask; written before the request is sent.</summary>
/// <param name="At">When.</param>
/// <param name="Request">The number of the request.</param>
/// <param name="What">What is asked.</param>
/// <param name="About">The mark of a submission, its output directory; the ids of the tasks that are asked about; of a dry run its key and what it is about.</param>
internal sealed record Asked(double At, long Request, Question What, string About) : Entry(At);

/// <summary>What a client can ask.</summary>
internal enum Question
{
    Submit,
    Cancel,
    Look,

    /// <summary>Which queued tasks match: they are written down, to be cancelled by the next step.</summary>
    DryRun,

    /// <summary>The second step.</summary>
    CarryOut,

    /// <summary>A cancel of several tasks, by their ids.</summary>
    CancelMany,

    /// <summary>What has become of the tasks of a cancellation of many.</summary>
    LookAtMany,

    /// <summary>An end of a run, asked for by an operator.</summary>
    Abort,
}

/// <summary>What a client was told; a look at several tasks has one for each.</summary>
/// <param name="At">When.</param>
/// <param name="Request">The number of the request.</param>
/// <param name="Answer">What was answered.</param>
/// <param name="Task">The id of the task.</param>
/// <param name="Status">The status as the wire names it.</param>
/// <param name="Text">Details that make two equal answers different: pictures and end, the files there were at an abort, or the text of an error.</param>
internal sealed record Told(double At, long Request, Answer Answer, string? Task = null, string? Status = null, string? Text = null) : Entry(At);

/// <summary>What a client can be told.</summary>
internal enum Answer
{
    /// <summary>202 with an id.</summary>
    Accepted,

    /// <summary>204.</summary>
    Cancelled,

    /// <summary>400, naming the status that won.</summary>
    Refused,

    /// <summary>200 with the task.</summary>
    Seen,

    /// <summary>The run is ended; with the pictures that there were then.</summary>
    Aborted,

    /// <summary>The run publishes already.</summary>
    EndingNow,

    /// <summary>503: nothing was changed.</summary>
    Unavailable,

    /// <summary>503: it may or may not have been done.</summary>
    Unknown,

    /// <summary>No answer: the server died, was frozen for too long, or the client cut the connection itself.</summary>
    Silence,

    /// <summary>Anything else.</summary>
    Wrong,
}

/// <summary>A host is ready.</summary>
internal sealed record HostUp(double At, string Host, HostRole Role) : Entry(At);

/// <summary>What a host does.</summary>
internal enum HostRole
{
    /// <summary>It accepts and cancels, and runs nothing.</summary>
    Api,

    /// <summary>It runs tasks as well.</summary>
    Worker,
}

/// <summary>A host has ended.</summary>
internal sealed record HostDown(double At, string Host, HostRole Role, HostEnd End) : Entry(At)
{
    /// <summary>With what, when nobody killed it.</summary>
    public int? ExitCode { get; init; }
}

/// <summary>What ends a host.</summary>
internal enum HostEnd
{
    Killed,
    KilledFrozen,
    Stopped,

    /// <summary>It refused to start, as it does while its database cannot be reached.</summary>
    NotStarted,

    /// <summary>It ended and nobody had done anything to it, or not with 0 when it was asked to.</summary>
    ByItself,
}

/// <summary>SIGSTOP.</summary>
internal sealed record HostFrozen(double At, string Host) : Entry(At);

/// <summary>SIGCONT.</summary>
internal sealed record HostThawed(double At, string Host) : Entry(At);

/// <summary>A line of a worker's log about a task, by its number in the log's list of events.</summary>
internal sealed record WorkerSaid(double At, string Host, int Event, string Task, int? Attempt) : Entry(At);

/// <summary>The store takes nobody's writes.</summary>
internal sealed record StoreDown(double At, Outage Why) : Entry(At);

/// <summary>Why a store takes no writes.</summary>
internal enum Outage
{
    /// <summary>Its server was killed.</summary>
    Killed,

    /// <summary>A frozen host holds what everybody needs.</summary>
    Held,

    /// <summary>It was made read-only, as in a failover.</summary>
    ReadOnly,
}

/// <summary>The store serves again.</summary>
internal sealed record StoreUp(double At) : Entry(At);

/// <summary>A capture's process outlived its host.</summary>
internal sealed record Orphan(double At, int Process, string CommandLine) : Entry(At);

/// <summary>How far a cancellation of many has come, and how many tasks it is about.</summary>
internal sealed record CancellationTold(double At, long Request, string Cancellation, int Total, int Remaining) : Entry(At);

/// <summary>What became of one task of a cancellation of many; no outcome as long as it was not come to.</summary>
/// <param name="At">When.</param>
/// <param name="Request">The number of the request.</param>
/// <param name="Cancellation">The cancellation.</param>
/// <param name="Task">The task.</param>
/// <param name="Outcome">The outcome as the wire names it.</param>
/// <param name="Details">The status that won, and since when.</param>
internal sealed record OutcomeTold(double At, long Request, string Cancellation, string Task, string? Outcome, string? Details) : Entry(At);

/// <summary>An operator was told that nothing starts any more; of everything, when there is no project.</summary>
/// <param name="At">When.</param>
/// <param name="Project">Of what.</param>
/// <param name="Time">The same in the time of the store, which has the clock of this machine.</param>
internal sealed record Paused(double At, string? Project, DateTimeOffset Time) : Entry(At);

/// <summary>An operator is about to end a pause.</summary>
internal sealed record ResumeAsked(double At, string? Project, DateTimeOffset Time) : Entry(At);

/// <summary>Which tasks wait for an attempt that was put off, looked at between a pause and its end.</summary>
internal sealed record PutOffSeen(double At, IReadOnlyList<PutOff> Tasks) : Entry(At);

/// <summary>A task whose next attempt is put off.</summary>
/// <param name="Task">The task.</param>
/// <param name="Attempt">The number of the latest attempt.</param>
internal sealed record PutOff(string Task, int Attempt);

/// <summary>Something that hosts need was taken away for a while.</summary>
internal sealed record TakenAway(double At, Need What) : Entry(At);

/// <summary>What hosts need.</summary>
internal enum Need
{
    /// <summary>A bucket of videos, of all hosts.</summary>
    Bucket,

    /// <summary>The programs of ffmpeg, of one host.</summary>
    Programs,

    /// <summary>The receiver of webhooks.</summary>
    Receiver,
}

/// <summary>A webhook was received; written before it was answered, if it was.</summary>
/// <param name="At">When.</param>
/// <param name="Task">The task.</param>
/// <param name="Version">The version of the task that the event led to.</param>
/// <param name="What">The name of the event.</param>
internal sealed record Received(double At, string Task, long Version, string What) : Entry(At);

/// <summary>A webhook was answered that nothing was done.</summary>
internal sealed record ReceiverFailed(double At) : Entry(At);

/// <summary>How many processes want each core, on average over a minute.</summary>
internal sealed record MachineLoad(double At, double PerCore) : Entry(At)
{
    public static MachineLoad Read(double at) =>
        new(at, double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) / Environment.ProcessorCount);
}
