using System.Net;
using System.Net.Sockets;

namespace SnapshotTasks;

/// <summary>Tells addresses of the internet from those that lead to this machine, its network, or nowhere.</summary>
internal static class AddressGuard
{
    // IANA's registries of special addresses, and what is not unicast.
    private static readonly IPNetwork[] NotPublic =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(IPNetwork.Parse),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3"), Teredo = IPNetwork.Parse("2001::/32"),
        SixToFour = IPNetwork.Parse("2002::/16"), Nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether an address is one of the internet; of an address that carries another one, whether that is.</summary>
    public static bool IsPublic(IPAddress address)
    {
        if (address.AddressFamily == AddressFamily.InterNetwork)
        {
            return !IsSpecial(address);
        }

        var bytes = address.GetAddressBytes();
        if (address.IsIPv4MappedToIPv6 || Nat64.Contains(address))
        {
            return IsPublic(new IPAddress(bytes.AsSpan(12)));
        }

        if (Teredo.Contains(address))
        {
            // The server, and the client with every bit turned.
            var client = bytes.Skip(12).Select(part => (byte)~part).ToArray();
            return IsPublic(new IPAddress(bytes.AsSpan(4, 4))) && IsPublic(new IPAddress(client));
        }

        if (SixToFour.Contains(address))
        {
            return IsPublic(new IPAddress(bytes.AsSpan(2, 4)));
        }

        return GlobalUnicast.Contains(address) && !IsSpecial(address);
    }

    private static bool IsSpecial(IPAddress address) => NotPublic.Any(network => network.Contains(address));
}
