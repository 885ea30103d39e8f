using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Connects to receivers: to the very addresses that were looked at, and to none that is not of the internet unless its host is allowed by name.</summary>
internal sealed class WebhookConnections(IOptions<WebhookOptions> options, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null)
{
    private readonly Func<string, CancellationToken, Task<IPAddress[]>> resolve = resolve ?? Dns.GetHostAddressesAsync;

    public SocketsHttpHandler CreateHandler() => new()
    {
        // What a redirect, a proxy of the environment or a cookie would add, nobody has asked for.
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ActivityHeadersPropagator = null,

        // A receiver that moves is found again.
        PooledConnectionLifetime = TimeSpan.FromMinutes(1),
        ConnectTimeout = WebhookSender.Timeout,

        // Kilobytes; and what is left of an answer, so that a small one does not cost its connection.
        MaxResponseHeadersLength = 16,
        MaxResponseDrainSize = AnswerText.MaxBytes,
        ConnectCallback = async (context, cancellationToken) => await ConnectAsync(context.DnsEndPoint, cancellationToken),
    };

    private async Task<Stream> ConnectAsync(DnsEndPoint place, CancellationToken cancellationToken)
    {
        var addresses = IPAddress.TryParse(place.Host, out var literal) ? [literal] : await resolve(place.Host, cancellationToken);

        // One that is not public among others that are is no accident.
        if (!options.Value.AllowPrivateAddresses.Contains(place.Host, StringComparer.OrdinalIgnoreCase)
            && Array.Find(addresses, address => !AddressGuard.IsPublic(address)) is { } refused)
        {
            throw new RefusedAddressException(
                $"{place.Host} is at {refused}, which is no address of the internet: if it is meant, name the host in Webhooks:AllowPrivateAddresses.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, place.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A receiver has an address that must not be called.</summary>
internal sealed class RefusedAddressException(string message) : Exception(message);
