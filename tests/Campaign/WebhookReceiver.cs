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
    private readonly HashSet<(string Task, long Version)> received = [], failed = [];
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
            await Task.Delay(Within(4000, 10_000), CancellationToken.None);
            journal.Write(at => new TakenAway(at, Need.Receiver));
            listener!.Abort();
            await Task.Delay(Within(200, 2500), CancellationToken.None);
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
                _ = Task.Run(() => TryAnswer(context));
            }
        }
        catch (Exception gone) when (gone is HttpListenerException or ObjectDisposedException or InvalidOperationException)
        {
            // It is away.
        }
    }

    private void TryAnswer(HttpListenerContext context)
    {
        try
        {
            Answer(context);
        }
        catch (Exception cut) when (cut is HttpListenerException or IOException or JsonException or ObjectDisposedException or InvalidOperationException)
        {
            // Whoever has sent it is dead, or this has gone away meanwhile.
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

        var happened = (Task: task, Version: long.Parse(version));
        var lot = Draw(happened);
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
            received.Add(happened);
        }

        journal.Write(at => new Received(at, task, happened.Version, what));
        context.Response.StatusCode = (int)(lot < 8 ? HttpStatusCode.GatewayTimeout : HttpStatusCode.NoContent);
        context.Response.Close();
    }

    // An event fails once at most: the waits between attempts grow, and a campaign does not last for a day.
    private int Draw((string Task, long Version) happened)
    {
        lock (gate)
        {
            var lot = random.Next(100);
            return lot < 8 && !failed.Add(happened) ? 100 : lot;
        }
    }

    private int Within(int least, int most)
    {
        lock (gate)
        {
            return random.Next(least, most);
        }
    }

    // Below those that the system gives to whoever connects: while this is away, nobody else takes it.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 30_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody else is there.
            }
        }
    }
}
