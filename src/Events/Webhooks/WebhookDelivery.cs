using System.Collections.Frozen;
using System.Globalization;

namespace SnapshotTasks;

/// <summary>Tells one receiver.</summary>
internal sealed class WebhookDelivery(WebhookEndpoint endpoint, WebhookBody body, WebhookSender sender) : IDelivery
{
    private readonly WebhookTarget target = new(
        new Uri(endpoint.Address), [.. new[] { endpoint.Secret, endpoint.SecondSecret }.Select(WebhookSecret.Read).OfType<WebhookSecret>()]);

    private readonly FrozenSet<string> projects = endpoint.Projects.ToFrozenSet(), events = endpoint.Events.ToFrozenSet();

    public string Name { get; } = $"webhook:{endpoint.Name}";

    public bool Wants(RecordedEvent happened) =>
        (projects.Count == 0 || projects.Contains(happened.Project.Value)) && (events.Count == 0 || events.Contains(EventTypes.Of(happened)));

    public async Task<DeliveryResult> DeliverAsync(RecordedEvent happened, int attempt, CancellationToken cancellationToken) =>
        await sender.SendAsync(target, new(IdOf(happened), await body.WriteAsync(happened, endpoint.Full, cancellationToken)), cancellationToken);

    /// <summary>What a receiver knows a repeated message by.</summary>
    /// <remarks>With the time, because a store that was restored gives ids and versions again.</remarks>
    public static string IdOf(RecordedEvent happened) =>
        string.Create(CultureInfo.InvariantCulture, $"{happened.Task}.{happened.Version}.{(happened.At - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}");
}
