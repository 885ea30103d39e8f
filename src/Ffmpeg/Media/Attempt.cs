using System.Globalization;

namespace SnapshotTasks;

/// <summary>An attempt at a task, by which its private folder is called.</summary>
/// <param name="Project">The project of the task.</param>
/// <param name="Task">The task.</param>
/// <param name="Number">The number of the attempt.</param>
internal sealed record Attempt(ProjectId Project, TaskId Task, int Number)
{
    /// <summary>The attempt that a task is at.</summary>
    public static Attempt Of(SnapshotTask task) => new(task.Project, task.Id, task.Attempt);

    /// <summary>Reads a name as written by <see cref="ToString"/>.</summary>
    public static Attempt? Read(string name) =>
        name.Split('-') is [_, _, ..] parts
        && string.Join('-', parts[..^2]) is var project && ProjectId.IsValid(project)
        && TaskId.TryParse(parts[^2], out var task)
        && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new(new(project), task, number)
            : null;

    /// <summary>Whether it is another one or came before it: nothing of it is needed once that has ended.</summary>
    public bool IsUpTo(Attempt other) => (Project, Task) == (other.Project, other.Task) && Number <= other.Number;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Project}-{Task}-{Number}");
}

/// <summary>The private folder of an attempt, whether that runs or is long dead.</summary>
internal sealed record AttemptFolder(Attempt Attempt, string Path)
{
    /// <summary>Those in a directory of them.</summary>
    public static IEnumerable<AttemptFolder> In(string work) =>
        from path in Directory.GetDirectories(work) let attempt = Attempt.Read(System.IO.Path.GetFileName(path)) where attempt is not null select new AttemptFolder(attempt, path);

    /// <summary>Whether nothing has been put into it for so long.</summary>
    public bool IsOlderThan(TimeSpan age, TimeProvider time) => time.GetUtcNow() - Directory.GetLastWriteTimeUtc(Path) > age;

    /// <summary>Removes it, with what is in it.</summary>
    public void Remove()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It is gone already: nothing a caller could do about it.
        }
    }
}
