using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace SnapshotTasks.Campaign;

/// <summary>Receives webhooks, and writes each down before it answers; fails now and then, leaves answers out, and is away for a while.</summary>
internal sealed class WebhookReceiver(Journal journal, Random random) : IAsyncDisposable
{
    /// <summary>What it is told by.</summary>
    public const string Secret = "whsec_Y2FtcGFpZ24tY2FtcGFpZ24tY2FtcGFpZ24=";

    private readonly Lock gate = new();
    private readonly HashSet<(string Task, long Version)> received = [], failed = [];
    private WebApplication? server;

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
    public async Task StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls(Address.ToString());
        server = builder.Build();
        server.Run(AnswerAsync);
        await server.StartAsync();
    }

    /// <summary>Goes away, with whoever is connected, and comes back, again and again.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(Within(4000, 10_000), CancellationToken.None);
            journal.Write(at => new TakenAway(at, Need.Receiver));
            await DisposeAsync();
            await Task.Delay(Within(200, 2500), CancellationToken.None);
            await StartAsync();
        }
    }

    // Whoever is connected is cut off, and not answered.
    public async ValueTask DisposeAsync()
    {
        await server!.StopAsync(new CancellationToken(canceled: true));
        await server.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (task, version) = context.Request.Headers["webhook-id"].ToString().Split('.') is [var id, var led, _] ? (id, long.Parse(led)) : default;
        using var body = await JsonDocument.ParseAsync(context.Request.Body);
        var lot = Draw((task, version));
        if (lot < 4)
        {
            journal.Write(at => new ReceiverFailed(at));
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
            return;
        }

        lock (gate)
        {
            received.Add((task, version));
        }

        journal.Write(at => new Received(at, task, version, body.RootElement.GetProperty("type").GetString()!));
        if (lot < 8)
        {
            context.Abort();
        }
        else
        {
            context.Response.StatusCode = StatusCodes.Status204NoContent;
        }
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
