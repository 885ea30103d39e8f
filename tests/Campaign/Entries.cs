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
[JsonDerivedType(typeof(MachineLoad), "load")]
internal abstract record Entry(double At);

/// <summary>A client is about to ask; written before the request is sent.</summary>
/// <param name="At">When.</param>
/// <param name="Request">The number of the request.</param>
/// <param name="What">What is asked.</param>
/// <param name="About">The mark of a submission, its output directory; or the ids of the tasks that are asked about.</param>
internal sealed record Asked(double At, long Request, Question What, string About) : Entry(At);

/// <summary>What a client can ask.</summary>
internal enum Question
{
    Submit,
    Cancel,
    Look,
}

/// <summary>What a client was told; a look at several tasks has one for each.</summary>
/// <param name="At">When.</param>
/// <param name="Request">The number of the request.</param>
/// <param name="Answer">What was answered.</param>
/// <param name="Task">The id of the task.</param>
/// <param name="Status">The status as the wire names it.</param>
/// <param name="Text">Details that make two equal answers different: pictures and end, or the text of an error.</param>
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

/// <summary>The store serves nobody: its server was killed, or a frozen host holds what everybody needs.</summary>
internal sealed record StoreDown(double At, bool Killed) : Entry(At);

/// <summary>The store serves again.</summary>
internal sealed record StoreUp(double At) : Entry(At);

/// <summary>A capture's process outlived its host.</summary>
internal sealed record Orphan(double At, int Process, string CommandLine) : Entry(At);

/// <summary>How many processes want each core, on average over a minute.</summary>
internal sealed record MachineLoad(double At, double PerCore) : Entry(At)
{
    public static MachineLoad Read(double at) =>
        new(at, double.Parse(File.ReadAllText("/proc/loadavg").Split(' ')[0], CultureInfo.InvariantCulture) / Environment.ProcessorCount);
}
