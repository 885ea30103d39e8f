using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace SnapshotTasks.Campaign;

/// <summary>Receives webhooks, and writes each down before it answers; fails now and then, also when it has received, and is away for a while.</summary>
internal sealed class WebhookReceiver(Journal journal, Random random) : IDisposable
{
    /// <summary>What it is told by.</summary>
    public const string Secret = "whsec_Y2FtcGFpZ24tY2FtcGFpZ24tY2FtcGFpZ24=";

    private readonly Lock gate = new();
    private readonly HashSet<(string Task, long Version)> received = [];
    private HttpListener? listener;

    /// <summary>Where it is.</summary>
    public Uri Address { get; } = new($"http://127.0.0.1:{FreePort()}/");

    /// <summary>How many different events it has.</summary>
    public int Received
    {
        get
        {
            lock (gate)
            {
                return received.Count;
            }
        }
    }

    /// <summary>Begins to receive.</summary>
    public void Start()
    {
        listener = new HttpListener { Prefixes = { Address.ToString() } };
        listener.Start();
        _ = ReceiveAsync(listener);
    }

    /// <summary>Goes away, with whoever is connected, and comes back, again and again.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(random.Next(4000, 10_000), CancellationToken.None);
            journal.Write(at => new TakenAway(at, Need.Receiver));
            listener!.Abort();
            await Task.Delay(random.Next(200, 2500), CancellationToken.None);
            Start();
        }
    }

    public void Dispose() => listener?.Abort();

    private async Task ReceiveAsync(HttpListener listening)
    {
        try
        {
            while (true)
            {
                var context = await listening.GetContextAsync();
                try
                {
                    Answer(context);
                }
                catch (Exception cut) when (cut is HttpListenerException or IOException or ObjectDisposedException or InvalidOperationException)
                {
                    // Whoever has sent it is dead, or this has gone away meanwhile.
                }
            }
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // It is away.
        }
    }

    private void Answer(HttpListenerContext context)
    {
        if (context.Request.Headers["webhook-id"]?.Split('.') is not [var task, var version, _])
        {
            context.Response.StatusCode = (int)HttpStatusCode.BadRequest;
            context.Response.Close();
            return;
        }

        var lot = random.Next(100);
        if (lot < 4)
        {
            journal.Write(at => new ReceiverFailed(at));
            context.Response.StatusCode = (int)HttpStatusCode.InternalServerError;
            context.Response.Close();
            return;
        }

        using var body = JsonDocument.Parse(context.Request.InputStream);
        var what = body.RootElement.GetProperty("type").GetString()!;
        lock (gate)
        {
            received.Add((task, long.Parse(version)));
        }

        journal.Write(at => new Received(at, task, long.Parse(version), what));
        context.Response.StatusCode = (int)(lot < 8 ? HttpStatusCode.GatewayTimeout : HttpStatusCode.NoContent);
        context.Response.Close();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
