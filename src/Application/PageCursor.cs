using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SnapshotTasks;

/// <summary>A place in the pages of one filter as a text, which callers carry from page to page.</summary>
internal static class PageCursor
{
    private const int FilterBytes = 8;

    /// <summary>How many characters it has.</summary>
    public const int Length = 2 * (sizeof(long) + sizeof(long) + FilterBytes);

    public static string Write(TaskFilter filter, TaskPlace place)
    {
        Span<byte> bytes = stackalloc byte[Length / 2];
        BinaryPrimitives.WriteInt64BigEndian(bytes, place.CreatedAt.UtcTicks);
        BinaryPrimitives.WriteInt64BigEndian(bytes[sizeof(long)..], place.Id.Value);
        HashOf(filter).CopyTo(bytes[(2 * sizeof(long))..]);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>Reads the place; none when the text is not one of this filter's.</summary>
    public static TaskPlace? Read(TaskFilter filter, string text)
    {
        Span<byte> bytes = stackalloc byte[Length / 2];
        if (text.Length != Length || !text.All(char.IsAsciiHexDigitLower) || Convert.FromHexString(text, bytes, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            return null;
        }

        var (ticks, id) = (BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[sizeof(long)..]));
        return ticks >= DateTimeOffset.MinValue.Ticks && ticks <= DateTimeOffset.MaxValue.Ticks && TaskId.IsValid(id) && bytes[(2 * sizeof(long))..].SequenceEqual(HashOf(filter))
            ? new TaskPlace(new(ticks, TimeSpan.Zero), new(id))
            : null;
    }

    private static ReadOnlySpan<byte> HashOf(TaskFilter filter) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"{filter.Project} {filter.State} {filter.Failed} {filter.CreatedFrom?.UtcTicks} {filter.CreatedTo?.UtcTicks}"))).AsSpan(0, FilterBytes);
}
