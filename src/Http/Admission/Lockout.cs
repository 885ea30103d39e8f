using System.Net;
using System.Net.Sockets;

namespace SnapshotTasks;

/// <summary>Closes a key, or all tokens, to an address that has tried wrongly too often; other addresses keep using them.</summary>
/// <remarks>
/// Whoever has been right from an address goes on being served there, so that a stranger behind the same address locks out nobody but
/// those who have not called yet. Only known keys are counted, and only so much is remembered, by each process.
/// </remarks>
internal sealed class Lockout(TimeProvider time)
{
    public const int MostFailures = 5, MostEntries = 10_000;

    public static readonly TimeSpan Duration = TimeSpan.FromMinutes(5);

    private readonly Lock rows = new();
    private readonly OldestForgotten<(string Counted, IPAddress? Network), Row> failures = new(MostEntries);
    private readonly OldestForgotten<(string Credential, IPAddress? Network), bool> known = new(MostEntries);

    /// <summary>Whether an attempt succeeds: it is right, and the caller is not locked out. Keeps count.</summary>
    /// <param name="counted">What failures are counted by: the name of a key, or one name for all tokens.</param>
    /// <param name="credential">Which credential it is, when it is right.</param>
    /// <param name="address">Where it comes from.</param>
    /// <param name="right">Whether it is right.</param>
    public bool Admits(string counted, string credential, IPAddress? address, bool right)
    {
        var network = NetworkOf(address);
        lock (rows)
        {
            // Known or not, a row that is five minutes old is over, a lock as well as a count.
            var row = failures.TryGet((counted, network), out var found) && time.GetElapsedTime(found.Since) < Duration ? found : null;
            var isLocked = row?.Failures == MostFailures;
            if (right)
            {
                if (isLocked && !known.TryGet((credential, network), out _))
                {
                    return false;
                }

                // Of a lock there is no way out but time, for those whom it holds.
                if (!isLocked)
                {
                    failures.Remove((counted, network));
                }

                known.Set((credential, network), true);
                return true;
            }

            if (!isLocked)
            {
                failures.Set((counted, network), new Row((row?.Failures ?? 0) + 1, time.GetTimestamp()));
            }

            return false;
        }
    }

    // Whoever has one address of version 6 has all 2^64 of its network.
    private static IPAddress? NetworkOf(IPAddress? address) => address switch
    {
        { IsIPv4MappedToIPv6: true } => address.MapToIPv4(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => new IPAddress([.. address.GetAddressBytes().AsSpan(0, 8), .. new byte[8]]),
        _ => address,
    };

    private sealed record Row(int Failures, long Since);
}
