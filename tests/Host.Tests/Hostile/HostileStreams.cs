using static SnapshotTasks.Tests.Big;

namespace SnapshotTasks.Tests;

/// <summary>Packets of MPEG transport streams.</summary>
internal static class HostileStreams
{
    /// <summary>A list of programs, in as many sections as it takes, and a table for each, in packets of their own.</summary>
    public static byte[] Programs(int count, int? table = null)
    {
        var packets = new List<byte[]>();
        foreach (var some in Enumerable.Range(0, count).Chunk(40))
        {
            packets.Add(Packet(0, Section(0, [.. some.SelectMany(number => (byte[])[.. U16(number + 1), .. U16(0xE000 | (table ?? Pid(number)))])])));
        }

        if (table is null)
        {
            packets.AddRange(Enumerable.Range(0, Math.Min(count, 4000)).Select(number => Packet(
                Pid(number), Section(2, [.. U16(0xE000 | Pid(number)), 0xF0, 0, 0x1B, .. U16(0xE000 | Pid(number)), 0xF0, 0]))));
        }

        return Join(packets);
    }

    /// <summary>Puts a clock into each packet that has a field for it.</summary>
    public static byte[] WithClocks(byte[] stream, byte[] clock) => Join(stream.Chunk(188).Select((packet, number) =>
        packet.Length == 188 && (packet[3] & 0x20) != 0 && packet[4] >= 7 && (packet[5] & 0x10) != 0
            ? packet.Over(6, [.. clock.Select(part => (byte)(part ^ number))])
            : packet));

    private static int Pid(int number) => 0x20 + (number % 8000);

    private static byte[] Packet(int pid, byte[] section) =>
        [0x47, (byte)(0x40 | (pid >> 8)), (byte)pid, 0x10, 0, .. section, .. Enumerable.Repeat((byte)0xFF, 183 - section.Length)];

    private static byte[] Section(int table, byte[] content)
    {
        byte[] section = [(byte)table, .. U16(0xB000 | (content.Length + 9)), .. U16(1), 0xC1, 0, 0, .. content];
        return [.. section, .. U32(Checksum(section))];
    }

    private static long Checksum(byte[] section)
    {
        var sum = uint.MaxValue;
        foreach (var part in section)
        {
            sum ^= (uint)part << 24;
            for (var bit = 0; bit < 8; bit++)
            {
                sum = (sum << 1) ^ ((sum >> 31) * 0x04C11DB7);
            }
        }

        return sum;
    }
}
