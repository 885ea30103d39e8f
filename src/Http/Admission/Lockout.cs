using System.Net;
using System.Net.Sockets;

namespace SnapshotTasks;

/// <summary>Closes a key to an address that has tried it wrongly too often; other addresses keep using it.</summary>
/// <remarks>Only known keys are counted, and only so many at once: the oldest are forgotten first.</remarks>
internal sealed class Lockout(TimeProvider time)
{
    public const int MostFailures = 5, MostEntries = 10_000;

    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);

    private readonly Lock rows = new();
    private readonly Dictionary<(string AccessKey, IPAddress? Network), LinkedListNode<Row>> byCaller = [];
    private readonly LinkedList<Row> oldestFirst = [];

    /// <summary>Whether an attempt succeeds: it is right, and the caller is not locked out. Keeps count.</summary>
    public bool Admits(string accessKey, IPAddress? address, bool right)
    {
        var caller = (accessKey, NetworkOf(address));
        lock (rows)
        {
            // Known or not, a row that is five minutes old is over, a lock as well as a count.
            var row = byCaller.TryGetValue(caller, out var node) && time.GetElapsedTime(node.Value.Since) < Duration ? node.Value : null;
            if (row?.Failures == MostFailures)
            {
                return false;
            }

            if (node is not null)
            {
                oldestFirst.Remove(node);
                byCaller.Remove(caller);
            }

            if (!right)
            {
                Keep(new Row(caller, (row?.Failures ?? 0) + 1, time.GetTimestamp()));
            }

            return right;
        }
    }

    private void Keep(Row row)
    {
        if (byCaller.Count == MostEntries)
        {
            byCaller.Remove(oldestFirst.First!.Value.Caller);
            oldestFirst.RemoveFirst();
        }

        byCaller.Add(row.Caller, oldestFirst.AddLast(row));
    }

    // Whoever has one address of version 6 has all 2^64 of its network.
    private static IPAddress? NetworkOf(IPAddress? address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. new byte[8]]),
        _ => address,
    };

    private sealed record Row((string AccessKey, IPAddress? Network) Caller, int Failures, long Since);
}
