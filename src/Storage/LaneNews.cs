using System.Globalization;
using System.Text;

namespace SnapshotTasks.Storage;

/// <summary>What one process tells the others after it has queued something: which lanes have tasks to start, and the first of each.</summary>
internal static class LaneNews
{
    // What a notification of PostgreSQL can say, less than 8,000 bytes.
    private const int MostBytes = 7000;

    // Too many lanes to say: whoever hears it looks for itself.
    private const string Look = "*";

    /// <summary>The first task of each lane among those that were queued.</summary>
    public static IEnumerable<KeyValuePair<Lane, TaskId>> Of(Changes changes) => changes.Added
        .Select(added => added.Task).Where(task => task.IsQueued)
        .GroupBy(Lane.Of, task => task.Id).Select(lane => KeyValuePair.Create(lane.Key, lane.Min()));

    /// <summary>The news as a text.</summary>
    /// <param name="from">Who tells them, so that it can pass over its own.</param>
    /// <param name="entered">The first task of each lane.</param>
    public static string Write(string from, IEnumerable<KeyValuePair<Lane, TaskId>> entered)
    {
        var text = new StringBuilder(from);
        foreach (var (lane, first) in entered)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{(int)lane.Priority} {lane.Project} {first}");
            if (text.Length > MostBytes)
            {
                return $"{from}\n{Look}";
            }
        }

        return text.ToString();
    }

    /// <summary>Reads the news: who tells them, and the lanes; none when whoever hears it has to look for itself.</summary>
    public static (string From, IReadOnlyDictionary<Lane, TaskId>? Entered) Read(string text)
    {
        var lines = text.Split('\n');
        var entered = new Dictionary<Lane, TaskId>();
        foreach (var line in lines.Skip(1))
        {
            if (line.Split(' ') is not [var priority, var project, var id]
                || !Enum.TryParse<TaskPriority>(priority, out var known) || !Enum.IsDefined(known) || !ProjectId.IsValid(project) || !TaskId.TryParse(id, out var first))
            {
                return (lines[0], null);
            }

            entered[new(known, new(project))] = first;
        }

        return (lines[0], entered);
    }
}
