using System.Globalization;
using System.Text;

namespace SnapshotTasks;

/// <summary>A task as the wire has it.</summary>
internal sealed record WireTask(string TaskId, string Status)
{
    /// <summary>How times are written, always UTC.</summary>
    public const string TimeFormat = "yyyyMMddHHmmss";

    public string? CreateTime { get; init; }

    public string? EndTime { get; init; }

    public ObsObject? Input { get; init; }

    public ObsObject? Output { get; init; }

    public string? OutputFileName { get; init; }

    public string? UserData { get; init; }

    public string? Description { get; init; }

    public IReadOnlyList<PictureInfo>? ThumbnailInfo { get; init; }

    /// <summary>Where it stands in the queue, when that is asked for and it waits.</summary>
    public WirePlace? Place { get; init; }

    public static WireTask Of(SnapshotTask task) => new(task.Id.ToString(), WireStatus.Of(task))
    {
        CreateTime = Time(task.CreatedAt),
        EndTime = Time(task.EndedAt),
        Input = ObsObject.Of(task.Request.Input),
        Output = ObsObject.Of(task.Request.Output),

        // What there is, when that is one file, or else what was asked for.
        OutputFileName = task.Pictures is [var only] ? only : task.Request.OutputFileName,
        UserData = task.Request.UserData,
        Description = (task.Failure ?? task.Deferral?.Failure) is { } failure ? WireErrors.Describe(failure) : task.Pictures is null ? null : "The task has completed.",
        ThumbnailInfo = task.Pictures?.Select(name => new PictureInfo(name)).ToList(),
    };

    /// <summary>About how many bytes it is, by what can be long.</summary>
    public static long SizeOf(SnapshotTask task) =>
        512 + Encoding.UTF8.GetByteCount(task.Request.UserData ?? "") + (task.Pictures?.Sum(name => 16L + Encoding.UTF8.GetByteCount(name)) ?? 0);

    /// <summary>What stands for an id that this project does not have.</summary>
    public static WireTask Missing(TaskId id) => new(id.ToString(), WireStatus.NoTask);

    /// <summary>A time as sentences and cancellations have it.</summary>
    public static string Since(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>A time as events have it.</summary>
    public static string Moment(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string? Time(DateTimeOffset? time) => time?.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);
}

/// <summary>Where a task stands in the queue.</summary>
/// <param name="Ahead">How many queued tasks of the project come before it.</param>
/// <param name="AheadIsExact">Whether that is exact; if not, there are more.</param>
/// <param name="AheadOfAll">About how many of all projects.</param>
/// <param name="StartsIn">In about how many seconds it starts; none when that cannot be said.</param>
internal sealed record WirePlace(int Ahead, bool AheadIsExact, int AheadOfAll, int? StartsIn)
{
    public static WirePlace Of(QueuePlace place) =>
        new(place.Ahead, place.IsExact, place.AheadOfAll, place.StartsIn is { } wait ? (int)Math.Min(int.MaxValue, Math.Ceiling(wait.TotalSeconds)) : null);
}

/// <summary>One picture.</summary>
internal sealed record PictureInfo(string PicName);

/// <summary>A place in a bucket as the answers have it.</summary>
internal sealed record ObsObject(string Bucket, string Location, string Object, string? FileName)
{
    public static ObsObject Of(MediaObject place) => new(place.Bucket, place.Location, place.Path, place.FileName);
}

/// <summary>The words of the wire for where a task is in its life.</summary>
internal static class WireStatus
{
    /// <summary>What stands in place of a state for a task that the project does not have.</summary>
    public const string NoTask = "NO_TASK";

    private static readonly bool[] Endings = [false, true];

    public static string Of(SnapshotTask task) => Of(task.State, task.Ending);

    public static string Of(TaskState state, TaskEnding? ending) => Word(state, ending == TaskEnding.Failure);

    /// <summary>Every word.</summary>
    public static IReadOnlyList<string> Words { get; } =
        [.. Enum.GetValues<TaskState>().SelectMany(state => Endings.Select(failed => Word(state, failed))).Distinct()];

    /// <summary>Which tasks a word is about: false when it is none.</summary>
    public static bool TryRead(string word, out TaskState state, out bool? failed)
    {
        (state, failed) = (default, null);
        foreach (var candidate in Enum.GetValues<TaskState>())
        {
            var endings = Endings.Where(ending => Word(candidate, ending) == word).ToList();
            if (endings.Count > 0)
            {
                (state, failed) = (candidate, endings.Count == 1 ? endings[0] : null);
                return true;
            }
        }

        return false;
    }

    private static string Word(TaskState state, bool failed) => state switch
    {
        TaskState.Queued => "WAITING",
        TaskState.Running => "PROCESSING",
        TaskState.Completed => failed ? "FAILED" : "SUCCEEDED",
        TaskState.Cancelled => "CANCELED",
    };

    /// <summary>Every word for what has happened.</summary>
    public static IEnumerable<string> OfEvents =>
        Enum.GetValues<TaskEvent>().SelectMany(what => Enum.GetValues<TaskEnding>(), (what, ending) => Of(what, ending)).Distinct();

    /// <summary>What has happened; of an end how the task reads from then on.</summary>
    public static string Of(TaskEvent what, TaskEnding? ending) => what switch
    {
        TaskEvent.Queued => Of(TaskState.Queued, null),
        TaskEvent.Started => "STARTED",
        TaskEvent.TakenOver => "TAKEN_OVER",
        TaskEvent.Deferred => "DEFERRED",
        TaskEvent.Completed => Of(TaskState.Completed, ending),
        TaskEvent.Cancelled => Of(TaskState.Cancelled, null),
    };
}
