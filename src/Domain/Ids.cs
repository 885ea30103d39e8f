using System.Globalization;

namespace SnapshotTasks;

/// <summary>The id of a task: a decimal number of 1 to 16 digits.</summary>
public readonly record struct TaskId(long Value) : IComparable<TaskId>
{
    private const long Max = 9_999_999_999_999_999;

    /// <summary>Whether the number is in the range of ids.</summary>
    public static bool IsValid(long value) => value is >= 1 and <= Max;

    /// <summary>Reads an id as written by <see cref="ToString"/>: ASCII digits only, without sign, blank or leading zero.</summary>
    public static bool TryParse(string? text, out TaskId id)
    {
        // The parser alone would take trailing U+0000.
        var read = text is [not '0', ..] && text.All(char.IsAsciiDigit);
        id = read && long.TryParse(text, CultureInfo.InvariantCulture, out var value) && IsValid(value) ? new TaskId(value) : default;
        return id != default;
    }

    /// <inheritdoc/>
    public int CompareTo(TaskId other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString(CultureInfo.InvariantCulture);

#pragma warning disable CS1591 // Comparison operators say what they are.
    public static bool operator <(TaskId left, TaskId right) => left.Value < right.Value;

    public static bool operator <=(TaskId left, TaskId right) => left.Value <= right.Value;

    public static bool operator >(TaskId left, TaskId right) => left.Value > right.Value;

    public static bool operator >=(TaskId left, TaskId right) => left.Value >= right.Value;
#pragma warning restore CS1591
}

/// <summary>A caller's name for a submission: repeated in the same project, it gives the same task again.</summary>
/// <param name="Text">The key.</param>
/// <param name="RequestHash">A hash of all that was asked for, its version in front, by which a key that is used for something else is found out.</param>
public sealed record IdempotencyKey(string Text, string RequestHash)
{
    /// <summary>The hash of the same by version 0.1, which has no version in front; computed only where such a one is kept.</summary>
    public Func<string>? EarlierHash { get; init; }

    /// <summary>The most characters of a key.</summary>
    public const int MaxLength = 255;

    /// <summary>Whether a hash that is kept with a task is of what is asked for now.</summary>
    public bool IsOf(string keptHash) => keptHash == RequestHash || (!keptHash.Contains(':') && keptHash == EarlierHash?.Invoke());

    /// <summary>Whether the text is a key: 1 to 255 printable ASCII characters.</summary>
    public static bool IsValid(string? text) => text is { Length: >= 1 and <= MaxLength } && text.All(c => c is >= ' ' and <= '~');
}

/// <summary>The id of a project: 1 to 64 ASCII letters, digits, hyphens and underscores.</summary>
public readonly record struct ProjectId(string Value)
{
    /// <summary>The most characters of a project id.</summary>
    public const int MaxLength = 64;

    /// <summary>Whether the text is a project id.</summary>
    public static bool IsValid(string? value) =>
        value is { Length: >= 1 and <= MaxLength } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    /// <inheritdoc/>
    public override string ToString() => Value ?? "";
}
