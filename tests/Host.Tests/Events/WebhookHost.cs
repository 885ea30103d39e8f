using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>The parts of a host that tell receivers, without what decides when.</summary>
internal sealed class WebhookHost : IAsyncDisposable
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", OtherSecret = "whsec_plJ3nmyCDGBKInavdOK15jsl0fJbhCqrCDEw";

    private readonly ServiceProvider services;

    public WebhookHost(
        Action<WebhookOptions> configure, Func<string, CancellationToken, Task<IPAddress[]>>? resolve = null, bool withWire = true)
    {
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.AddProvider(Log)).AddSingleton<TimeProvider>(Time);
        if (resolve is not null)
        {
            collection.AddSingleton(provider => new WebhookConnections(provider.GetRequiredService<IOptions<WebhookOptions>>(), resolve));
        }

        collection.AddSnapshotTasks(tasks => _ = withWire
            ? tasks.UseStore(_ => Store!).AddWebhooks(configure).AddWireForm()
            : tasks.UseStore(_ => Store!).AddWebhooks(configure));
        services = collection.BuildServiceProvider();
        Store = new InMemoryTaskStore(Time);
    }

    public FakeTimeProvider Time { get; } = new(TimeProvider.System.GetUtcNow());

    public InMemoryTaskStore Store { get; }

    public LogLines Log { get; } = new();

    public IReadOnlyList<IDelivery> Deliveries => [.. services.GetServices<IDelivery>()];

    /// <summary>A host with one receiver on this machine, allowed by its name.</summary>
    public static WebhookHost For(string address, Action<WebhookEndpoint>? configure = null) => new(options =>
    {
        options.AllowPrivateAddresses.Add("localhost");
        options.Endpoints.Add(Endpoint(address, configure));
    });

    public static WebhookEndpoint Endpoint(string address, Action<WebhookEndpoint>? configure = null)
    {
        var endpoint = new WebhookEndpoint { Name = "shop", Address = address, Secret = Secret };
        configure?.Invoke(endpoint);
        return endpoint;
    }

    public static RecordedEvent Happened(TaskEvent what = TaskEvent.Completed, string? reason = null, string project = "tests") =>
        new(new TaskId(2081), 4, what, new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero), 1) { Number = 17, Project = new(project), Reason = reason };

    /// <summary>Delivers an event to the one receiver.</summary>
    public Task<DeliveryResult> DeliverAsync(RecordedEvent? happened = null, int attempt = 1) =>
        Deliveries.Single().DeliverAsync(happened ?? Happened(), attempt, TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => services.DisposeAsync();
}
