using System.Security.Cryptography;

namespace SnapshotTasks;

/// <summary>The name of a cancellation of many: 32 lower-case hexadecimal digits.</summary>
public readonly record struct CancellationId(string Value)
{
    private const int Length = 32;

    /// <summary>One that nobody can guess.</summary>
    public static CancellationId New() => new(RandomNumberGenerator.GetHexString(Length, lowercase: true));

    /// <summary>Whether the text is such a name.</summary>
    public static bool IsValid(string? value) => value is { Length: Length } && value.All(char.IsAsciiHexDigitLower);

    /// <inheritdoc/>
    public override string ToString() => Value ?? "";
}

/// <summary>Which queued tasks of a project are cancelled together.</summary>
public sealed record QueuedTaskFilter
{
    /// <summary>Only tasks accepted at this time or later.</summary>
    public DateTimeOffset? CreatedFrom { get; init; }

    /// <summary>Only tasks accepted at this time or earlier.</summary>
    public DateTimeOffset? CreatedTo { get; init; }

    /// <summary>Only tasks of this priority.</summary>
    public TaskPriority? Priority { get; init; }

    /// <summary>Only tasks whose input's path begins with this, as it was asked for, 1 to 1,024 bytes in UTF-8.</summary>
    public string? InputPathPrefix { get; init; }

    /// <summary>Says that every queued task is meant, where there is nothing else that a task has to meet.</summary>
    public bool All { get; init; }

    /// <summary>Whether there is nothing that a task has to meet.</summary>
    public bool IsEmpty => this is { CreatedFrom: null, CreatedTo: null, Priority: null, InputPathPrefix: null };

    /// <summary>Whether a task of any project and state matches.</summary>
    public bool Matches(SnapshotTask task) =>
        (CreatedFrom is null || task.CreatedAt >= CreatedFrom)
        && (CreatedTo is null || task.CreatedAt <= CreatedTo)
        && (Priority is null || task.Priority == Priority)
        && (InputPathPrefix is null || task.Request.Input.Path.StartsWith(InputPathPrefix, StringComparison.Ordinal));
}

/// <summary>A cancellation of many, as far as it has come.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Listed">How many tasks it is about.</param>
/// <param name="Cancelled">How many of them it has cancelled.</param>
/// <param name="Refused">How many had left the queue before.</param>
/// <param name="NotFound">How many the project does not have.</param>
public sealed record Cancellation(CancellationId Id, int Listed, int Cancelled, int Refused, int NotFound)
{
    /// <summary>How many tasks have no outcome yet.</summary>
    public int Remaining => Listed - Cancelled - Refused - NotFound;
}

/// <summary>A task that a cancellation of many is about.</summary>
/// <param name="Id">The task.</param>
/// <param name="Outcome">What became of it; none as long as it was not come to.</param>
public sealed record ListedTask(TaskId Id, CancelOutcome? Outcome);
