using System.Buffers.Binary;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Bytes as containers have them: the most significant first.</summary>
internal static class Big
{
    public static byte[] U16(int number) => [(byte)(number >> 8), (byte)number];

    public static byte[] U32(long number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, unchecked((uint)number));
        return bytes;
    }

    public static byte[] U64(ulong number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(bytes, number);
        return bytes;
    }

    public static byte[] Zeros(int count) => new byte[count];

    public static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    public static byte[] Join(params IEnumerable<byte[]> parts) => [.. parts.SelectMany(part => part)];

    public static byte[] Times(this byte[] part, int count) => Join(Enumerable.Repeat(part, count));

    public static byte[] Noise(int count, int seed = 1)
    {
        var bytes = new byte[count];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>Overwrites bytes some bytes after the first place of a mark.</summary>
    public static byte[] Over(this byte[] bytes, byte[] mark, int after, params byte[] by) => bytes.Over(Found(bytes.AsSpan().IndexOf(mark)) + after, by);

    /// <summary>Overwrites bytes wherever a text stands.</summary>
    public static byte[] OverAll(this byte[] bytes, string mark, int after, params byte[] by)
    {
        var changed = bytes.ToArray();
        for (var at = Found(bytes.AsSpan().IndexOf(Text(mark))); at + after + by.Length <= bytes.Length; at += mark.Length)
        {
            by.CopyTo(changed, at + after);
            var next = bytes.AsSpan(at + mark.Length).IndexOf(Text(mark));
            if (next < 0)
            {
                break;
            }

            at += next;
        }

        return changed;
    }

    public static byte[] Over(this byte[] bytes, int at, params byte[] by)
    {
        var changed = bytes.ToArray();
        by.CopyTo(changed, at);
        return changed;
    }

    private static int Found(int place) => place >= 0 ? place : throw new InvalidOperationException("What a test changes is not in the clip.");
}
