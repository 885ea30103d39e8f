namespace SnapshotTasks.Campaign;

/// <summary>All that a campaign has left: what the checker knows, and nothing else.</summary>
/// <param name="Entries">The journal.</param>
/// <param name="Rows">The final rows.</param>
/// <param name="Pictures">The whole pictures in each output directory that exists, by its mark.</param>
internal sealed record Evidence(
    IReadOnlyList<Entry> Entries, IReadOnlyList<Row> Rows, IReadOnlyDictionary<string, IReadOnlySet<string>> Pictures)
{
    /// <summary>The pictures below a folder; a file that is no whole JPEG is none.</summary>
    public static IReadOnlyDictionary<string, IReadOnlySet<string>> PicturesBelow(string folder) =>
        Directory.Exists(folder)
            ? Directory.GetDirectories(folder).ToDictionary(
                directory => Path.GetFileName(directory),
                IReadOnlySet<string> (directory) => Directory.GetFiles(directory).Where(IsWhole).Select(file => Path.GetFileName(file)).ToHashSet())
            : new Dictionary<string, IReadOnlySet<string>>();

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
}

/// <summary>One broken promise.</summary>
internal sealed record Finding(Broken Promise, string What);
