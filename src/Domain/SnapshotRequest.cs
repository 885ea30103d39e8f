namespace SnapshotTasks;

/// <summary>What a caller asks for: pictures of a video, taken at some times, written to a directory.</summary>
/// <param name="Input">The video.</param>
/// <param name="Output">The directory for the pictures.</param>
/// <param name="Sampling">When pictures are taken.</param>
public sealed record SnapshotRequest(MediaObject Input, MediaObject Output, Sampling Sampling)
{
    /// <summary>The most characters of <see cref="UserData"/>.</summary>
    public const int MaxUserDataLength = 65_535;

    /// <summary>The most characters of <see cref="OutputFileName"/>.</summary>
    public const int MaxOutputFileNameLength = 256;

    /// <summary>The caller's own text, given back in answers.</summary>
    public string? UserData { get; init; }

    /// <summary>The name of the picture, what the names of several begin with, or the name of the archive.</summary>
    public string? OutputFileName { get; init; }

    /// <summary>How large the pictures are; as large as the video when not given.</summary>
    public PictureSize? Size { get; init; }

    /// <summary>Which frames are skipped as black; none when not given.</summary>
    public BlackFrames? Black { get; init; }

    /// <summary>Whether the pictures are packed into one tar archive, which is then all there is.</summary>
    public bool Archive { get; init; }

    /// <summary>The directory that was drawn for the pictures, the last segment of the output's path; none when the output is used as it was asked for.</summary>
    public string? DrawnDirectory { get; init; }

    /// <summary>Which ended task is run again; none when the task is the first of its kind.</summary>
    public RunAgain? Again { get; init; }

    /// <summary>The names of a plan's pictures, in its order, all ending in <c>.jpg</c> or <c>.jpeg</c>: loose ones, or as the archive holds them.</summary>
    public IReadOnlyList<string> PictureNames(SamplingPlan plan) =>
        [.. (Sampling.Kind == SamplingKind.Points ? plan.Moments : plan.Seconds.Select(second => $"{second}")).Select(moment => PictureName(moment, plan.Count))];

    /// <summary>The name of the archive of a task: the name asked for, or else the task's id; it always ends in <c>.tar</c>.</summary>
    public string ArchiveName(TaskId id) =>
        string.IsNullOrEmpty(OutputFileName) ? $"{id}.tar" : EndsIn(OutputFileName, ".tar") ? OutputFileName : $"{OutputFileName}.tar";

    /// <summary>The request as it was asked for: without a directory that was drawn for it.</summary>
    internal SnapshotRequest WithoutDrawnDirectory() => DrawnDirectory is { } drawn && Output.Path.EndsWith($"/{drawn}", StringComparison.Ordinal)
        ? this with { Output = Output with { Path = Output.Path[..^(drawn.Length + 1)] }, DrawnDirectory = null }
        : this;

    // In an archive, the name asked for is the archive's.
    private string PictureName(string moment, int count) => (Archive ? null : OutputFileName, count) switch
    {
        (null or "", _) => $"{moment}.jpg",
        ({ } name, 1) => EndsIn(name, ".jpg") || EndsIn(name, ".jpeg") ? name : $"{name}.jpg",
        ({ } name, _) => $"{name}_{moment}.jpg",
    };

    // Any other ending is part of the name: a picture is never called as if it were something else.
    private static bool EndsIn(string name, string ending) => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase);
}

/// <summary>What a task that runs another one again names.</summary>
/// <param name="Of">The ended task.</param>
/// <param name="Action">The name of the action: what is sent again with it makes no second task.</param>
public sealed record RunAgain(TaskId Of, string Action)
{
    /// <summary>The most characters of an action's name.</summary>
    public const int MaxActionLength = 100;

    /// <summary>The key of the task that this makes; no caller's own, which has printable characters only.</summary>
    internal string Key => $"again\n{Of}\n{Action}";
}

/// <summary>A place in a bucket: a file, or a directory for output.</summary>
/// <param name="Bucket">The bucket.</param>
/// <param name="Location">The region, kept as given.</param>
/// <param name="Path">The path in the bucket, with forward slashes; one at its beginning has no effect and is kept as given.</param>
/// <param name="FileName">Kept as given; it has no effect.</param>
public sealed record MediaObject(string Bucket, string Location, string Path, string? FileName = null)
{
    /// <summary>The most characters of a bucket and of a location.</summary>
    public const int MaxNameLength = 64;

    /// <summary>The most bytes of a path in UTF-8.</summary>
    public const int MaxPathBytes = 1024;

    /// <summary>The most characters of a file name that is kept.</summary>
    public const int MaxFileNameLength = 1024;

    /// <summary>Whether a name is one path segment that stays where it is put.</summary>
    public static bool IsSegment(string? name) =>
        !string.IsNullOrWhiteSpace(name) && name is not ("." or "..") && StoredText.IsPlain(name) && name.IndexOfAny(['/', '\\']) < 0;

    /// <summary>Whether a name can be that of a bucket: a segment that does not begin with a dot, as what is ours beside the buckets does.</summary>
    public static bool IsBucket(string? name) => IsSegment(name) && !name!.StartsWith('.');

    /// <summary>The path below the bucket: what was given without a slash at its beginning.</summary>
    public string RelativePath() => WithoutSlash(Path);

    /// <summary>Whether a path is made of segments that stay below where it is put; it may begin and end with one slash.</summary>
    public static bool IsPath(string? path)
    {
        var segments = path is null ? [] : WithoutSlash(path).Split('/');
        return segments.Length > 0 && segments[..^1].All(IsSegment) && (IsSegment(segments[^1]) || (segments[^1] == "" && segments.Length > 1));
    }

    private static string WithoutSlash(string path) => path.StartsWith('/') ? path[1..] : path;
}
