using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using StandardWebhooks;

namespace SnapshotTasks.Tests;

/// <summary>A receiver of webhooks on a real socket, which answers as a test says.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private WebhookReceiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<ReceivedWebhook> Received { get; } = new();

    public string Address => app.Urls.Single().Replace("127.0.0.1", "localhost", StringComparison.Ordinal) + "/hooks";

    public static async Task<WebhookReceiver> StartAsync(RequestDelegate? answer = null, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(IPAddress.Loopback, 0, listen ?? (_ => { }));
        });
        var app = builder.Build();
        var receiver = new WebhookReceiver(app);
        app.Run(async context =>
        {
            using var body = new StreamReader(context.Request.Body);
            receiver.Received.Enqueue(new(new HeaderDictionary(context.Request.Headers.ToDictionary()), await body.ReadToEndAsync()));
            await (answer ?? (_ => Task.CompletedTask))(context);
        });
        await app.StartAsync();
        return receiver;
    }

    public static RequestDelegate Status(int status, string body = "", params (string Name, string Value)[] headers) => context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers)
        {
            context.Response.Headers[name] = value;
        }

        return context.Response.WriteAsync(body);
    };

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await app.StopAsync(now.Token);
        await app.DisposeAsync();
    }
}

/// <summary>A message as it arrived.</summary>
internal sealed record ReceivedWebhook(IHeaderDictionary Headers, string Body)
{
    public string Id => Headers["webhook-id"].ToString();

    /// <summary>Verifies it with the package that receivers use.</summary>
    public void MustBeSignedWith(string secret) => new StandardWebhook(secret).Verify(Body, Headers);
}
