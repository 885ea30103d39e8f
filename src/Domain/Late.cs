namespace SnapshotTasks.Storage;

/// <summary>A part of a stored task that is read when it is first asked for, equal to another when their values are.</summary>
/// <remarks>Most decisions never look at it, and reading it costs more than the decision.</remarks>
internal sealed class Late<T>(Func<T> read) : IEquatable<Late<T>>
{
    private Func<T>? unread = read;
    private T? value;

    public T Value
    {
        get
        {
            if (unread is { } read)
            {
                value = read();
                unread = null;
            }

            return value!;
        }
    }

    public static Late<T> Known(T value) => new(() => value);

    public bool Equals(Late<T>? other) => ReferenceEquals(this, other) || (other is not null && EqualityComparer<T>.Default.Equals(Value, other.Value));

    public override bool Equals(object? obj) => Equals(obj as Late<T>);

    public override int GetHashCode() => Value?.GetHashCode() ?? 0;
}
