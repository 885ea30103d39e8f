using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SnapshotTasks.Tests;

/// <summary>A collector: takes what OpenTelemetry sends over HTTP, and reads as much of it as tests ask for.</summary>
internal sealed class OtlpReceiver : IAsyncDisposable
{
    private readonly WebApplication app;

    private OtlpReceiver(WebApplication app) => this.app = app;

    public ConcurrentQueue<OtlpSpan> Spans { get; } = new();

    public ConcurrentDictionary<string, bool> Metrics { get; } = new();

    public ConcurrentQueue<string> Logs { get; } = new();

    public string Address => app.Urls.Single();

    public static async Task<OtlpReceiver> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        var receiver = new OtlpReceiver(app);
        app.MapPost("/v1/traces", request => TakeAsync(request, receiver.TakeSpan));
        app.MapPost("/v1/metrics", request => TakeAsync(request, metric => receiver.Metrics[metric.Text(1)] = true));
        app.MapPost("/v1/logs", request => TakeAsync(request, log => receiver.Logs.Enqueue(new Protobuf(log.Bytes(5)).Text(1))));
        await app.StartAsync();
        return receiver;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private void TakeSpan(Protobuf span) => Spans.Enqueue(new(
        span.Text(5), Convert.ToHexStringLower(span.Bytes(1)), Convert.ToHexStringLower(span.Bytes(2)), Convert.ToHexStringLower(span.Bytes(4))));

    // Each of the three kinds comes as resources, which have scopes, which have the things themselves.
    private static async Task TakeAsync(HttpContext context, Action<Protobuf> take)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        foreach (var thing in new Protobuf(body.ToArray()).All(1).SelectMany(resource => resource.All(2)).SelectMany(scope => scope.All(2)))
        {
            take(thing);
        }
    }
}

/// <summary>A span as it arrived.</summary>
internal sealed record OtlpSpan(string Name, string Trace, string Id, string Parent);

/// <summary>A message of protocol buffers, field by field.</summary>
internal sealed class Protobuf
{
    private readonly List<(int Field, byte[] Value)> fields = [];

    public Protobuf(byte[] message)
    {
        for (var at = 0; at < message.Length;)
        {
            var key = Varint(message, ref at);
            var length = (key & 7) switch
            {
                0 => -1,
                1 => 8,
                5 => 4,
                _ => (int)Varint(message, ref at),
            };
            if (length < 0)
            {
                Varint(message, ref at);
                continue;
            }

            fields.Add(((int)(key >> 3), message[at..(at + length)]));
            at += length;
        }
    }

    public IEnumerable<Protobuf> All(int field) => fields.Where(each => each.Field == field).Select(each => new Protobuf(each.Value));

    public byte[] Bytes(int field) => fields.Find(each => each.Field == field).Value ?? [];

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
