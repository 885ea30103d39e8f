using System.Globalization;
using System.Text;

namespace SnapshotTasks.Storage;

/// <summary>What one process tells the others: which lanes have tasks to start, and the first of each; and which runs were aborted.</summary>
internal static class LaneNews
{
    // What a notification of PostgreSQL can say, less than 8,000 bytes.
    private const int MostBytes = 7000;

    // Too many lanes to say: whoever hears it looks for itself.
    private const string Look = "*";

    private const string Abort = "abort";

    /// <summary>The first task of each lane among those that were queued.</summary>
    public static IEnumerable<KeyValuePair<Lane, TaskId>> Of(Changes changes) => changes.Added
        .Select(added => added.Task).Where(task => task.IsQueued)
        .GroupBy(Lane.Of, task => task.Id).Select(lane => KeyValuePair.Create(lane.Key, lane.Min()));

    /// <summary>The news as a text.</summary>
    /// <param name="from">Who tells them, so that it can pass over its own.</param>
    /// <param name="entered">The first task of each lane.</param>
    /// <param name="aborted">The runs that were aborted.</param>
    public static string Write(string from, IEnumerable<KeyValuePair<Lane, TaskId>> entered, IEnumerable<TaskId> aborted)
    {
        var text = new StringBuilder(from);
        foreach (var id in aborted.TakeWhile(_ => text.Length < MostBytes / 2))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{Abort} {id}");
        }

        var aborts = text.ToString();
        foreach (var (lane, first) in entered)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{(int)lane.Priority} {lane.Project} {first}");
            if (text.Length > MostBytes)
            {
                return $"{aborts}\n{Look}";
            }
        }

        return text.ToString();
    }

    /// <summary>Reads the news: who tells them; the lanes, none when whoever hears it has to look for itself; and the runs that were aborted.</summary>
    public static (string From, IReadOnlyDictionary<Lane, TaskId>? Entered, IReadOnlyList<TaskId> Aborted) Read(string text)
    {
        var lines = text.Split('\n');
        var (entered, aborted) = (new Dictionary<Lane, TaskId>(), new List<TaskId>());
        foreach (var line in lines.Skip(1))
        {
            switch (line.Split(' '))
            {
                case [Abort, var run] when TaskId.TryParse(run, out var id):
                    aborted.Add(id);
                    break;
                case [var priority, var project, var first] when Enum.TryParse<TaskPriority>(priority, out var known) && Enum.IsDefined(known)
                    && ProjectId.IsValid(project) && TaskId.TryParse(first, out var id):
                    entered[new(known, new(project))] = id;
                    break;
                default:
                    return (lines[0], null, aborted);
            }
        }

        return (lines[0], entered, aborted);
    }
}
