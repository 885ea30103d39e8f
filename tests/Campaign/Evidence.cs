namespace SnapshotTasks.Campaign;

/// <summary>All that a campaign has left: what the checker knows, and nothing else.</summary>
/// <param name="Entries">The journal.</param>
/// <param name="Rows">The final rows.</param>
/// <param name="Pictures">The whole pictures in each output directory that exists, by its mark.</param>
internal sealed record Evidence(
    IReadOnlyList<Entry> Entries, IReadOnlyList<Row> Rows, IReadOnlyDictionary<string, IReadOnlySet<string>> Pictures)
{
    /// <summary>The tasks of all cancellations of many.</summary>
    public IReadOnlyList<ListedRow> Listed { get; init; } = [];

    /// <summary>What has happened, as the database has it.</summary>
    public IReadOnlyList<EventRow> Events { get; init; } = [];

    /// <summary>The files in each output directory, by its mark, so that one that took the place of another has another name.</summary>
    public IReadOnlyDictionary<string, IReadOnlySet<string>> Files { get; init; } = new Dictionary<string, IReadOnlySet<string>>();

    /// <summary>The pictures below a folder; a file that is no whole JPEG is none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> PicturesBelow(string folder) =>
        Below(folder, directory => Directory.GetFiles(directory).Where(IsWhole).Select(file => Path.GetFileName(file)));

    /// <summary>The files of each directory below a folder.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> FilesBelow(string folder) => Below(folder, FilesOf);

    /// <summary>The files of a directory, each by its name and when it was written: a picture that replaces another is another file.</summary>
    public static IEnumerable<string> FilesOf(string directory) => Directory.Exists(directory)
        ? new DirectoryInfo(directory).GetFiles().Select(file => $"{file.Name}@{file.LastWriteTimeUtc.Ticks}")
        : [];

    private static Dictionary<string, IReadOnlySet<string>> Below(string folder, Func<string, IEnumerable<string>> filesOf) => Directory.Exists(folder)
        ? Directory.GetDirectories(folder).ToDictionary(directory => Path.GetFileName(directory), IReadOnlySet<string> (directory) => filesOf(directory).ToHashSet())
        : [];

    private static bool IsWhole(string file) => File.ReadAllBytes(file) is [0xFF, 0xD8, .., 0xFF, 0xD9];
}

/// <summary>What must never happen.</summary>
internal enum Broken
{
    /// <summary>What was acknowledged is not there, or has not ended as it has to.</summary>
    Lost,

    /// <summary>A cancelled task has run, or left a picture.</summary>
    RanAfterCancel,

    /// <summary>A task was said to have started, and to be cancelled.</summary>
    StartedAndCancelled,

    /// <summary>What was said to have ended ended otherwise, or again.</summary>
    TwoOutcomes,

    /// <summary>A capture or a run whose host is gone.</summary>
    Orphan,

    /// <summary>An answer that was not true, one that nobody expects, or a host that ended by itself.</summary>
    Untrue,

    /// <summary>Something started after a pause was answered and before its end was asked for.</summary>
    StartedWhilePaused,

    /// <summary>A task of a cancellation of many has no outcome in the end.</summary>
    WithoutOutcome,

    /// <summary>A picture was published after an abort.</summary>
    PicturesAfterAbort,

    /// <summary>A task had more attempts than it may, or failed although some were left.</summary>
    Attempts,

    /// <summary>A database takes writes again, and nobody's were acknowledged.</summary>
    StayedReadOnly,

    /// <summary>What has happened was not received.</summary>
    NotDelivered,

    /// <summary>What was received has not happened.</summary>
    Phantom,

    /// <summary>An event was received before an earlier one of its task.</summary>
    OutOfOrder,
}

/// <summary>One broken promise.</summary>
internal sealed record Finding(Broken Promise, string What);
