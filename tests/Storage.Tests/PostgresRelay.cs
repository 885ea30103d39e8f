using System.Net.Sockets;
using System.Text;
using Npgsql;

namespace SnapshotTasks.Tests;

/// <summary>When a relay cuts a connection.</summary>
internal enum Cut
{
    Never,

    /// <summary>Before the server hears of the commit.</summary>
    BeforeCommit,

    /// <summary>After the server has committed, before its answer arrives.</summary>
    AfterCommit,
}

/// <summary>Stands between a store and its server and cuts connections in the middle of a commit.</summary>
/// <remarks>It knows a commit by its text, so that statements must not be prepared.</remarks>
internal sealed class PostgresRelay : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("relay-");
    private readonly Socket listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly string server;
    private readonly Task accepting;

    public PostgresRelay(PostgresCluster cluster)
    {
        server = cluster.Socket;
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(folder.FullName, Path.GetFileName(server))));
        listener.Listen();
        Source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(cluster.ConnectionString) { Host = folder.FullName, Pooling = false });
        accepting = AcceptAsync();
    }

    /// <summary>The way to the server through the relay.</summary>
    public NpgsqlDataSource Source { get; }

    /// <summary>When the next commit is cut; once.</summary>
    public Cut Cut { get; set; }

    public async ValueTask DisposeAsync()
    {
        await Source.DisposeAsync();
        listener.Dispose();
        await accepting;
        folder.Delete(recursive: true);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = RelayAsync(await listener.AcceptAsync());
            }
        }
        catch (SocketException)
        {
            // Closed.
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var up = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        using (client)
        {
            try
            {
                await up.ConnectAsync(new UnixDomainSocketEndPoint(server));
                var cutting = false;
                var down = PumpAsync(up, client, _ => !cutting);
                await await Task.WhenAny(down, PumpAsync(client, up, sent =>
                {
                    if (Cut == Cut.Never || Encoding.UTF8.GetString(sent.Span).Contains("\0commit\0", StringComparison.Ordinal) is false)
                    {
                        return true;
                    }

                    cutting = Cut == Cut.AfterCommit;
                    Cut = Cut.Never;
                    return cutting;
                }));
            }
            catch (SocketException)
            {
                // One end is gone, and with it the other.
            }
        }
    }

    private static async Task PumpAsync(Socket from, Socket to, Func<ReadOnlyMemory<byte>, bool> passes)
    {
        var buffer = new byte[1 << 16];
        int read;
        while ((read = await from.ReceiveAsync(buffer)) > 0 && passes(buffer.AsMemory(0, read)))
        {
            for (var sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent));
            }
        }
    }
}
