using System.Net;
using System.Net.Http.Headers;
using System.Reflection;

namespace SnapshotTasks;

/// <summary>Sends messages as Standard Webhooks have them, and says what came of each.</summary>
internal sealed class WebhookSender(WebhookConnections connections, TimeProvider clock) : IDisposable
{
    /// <summary>How long a receiver has to answer.</summary>
    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan LongestRetryAfter = TimeSpan.FromDays(1);

    private static readonly string Version =
        typeof(WebhookSender).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    // The time-out is ours, and also of reading the answer.
    private readonly HttpClient client = new(connections.CreateHandler()) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };

    public void Dispose() => client.Dispose();

    public async Task<DeliveryResult> SendAsync(WebhookTarget target, WebhookMessage message, CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(Timeout, clock);
        using var until = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        using var request = RequestOf(target, message);
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, until.Token);
            return await ResultOfAsync(answer, until.Token, cancellationToken);
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new(DeliveryEnd.Failed, $"It did not answer within {Timeout.TotalSeconds} s.");
        }
        catch (HttpRequestException failure)
        {
            return new(DeliveryEnd.Failed, AnswerText.OneLine(Describe(failure)));
        }
    }

    private HttpRequestMessage RequestOf(WebhookTarget target, WebhookMessage message)
    {
        var now = clock.GetUtcNow();
        var request = new HttpRequestMessage(HttpMethod.Post, target.Address) { Content = new ReadOnlyMemoryContent(message.Body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.UserAgent.Add(new("SnapshotTasks", Version));
        request.Headers.Add("webhook-id", message.Id);
        request.Headers.Add("webhook-timestamp", WebhookSecret.Seconds(now));
        request.Headers.Add("webhook-signature", string.Join(' ', target.Secrets.Select(secret => secret.Sign(message.Id, now, message.Body.Span))));
        return request;
    }

    private async Task<DeliveryResult> ResultOfAsync(HttpResponseMessage answer, CancellationToken until, CancellationToken cancellationToken)
    {
        var end = EndOf(answer.StatusCode);
        if (end == DeliveryEnd.Delivered)
        {
            return new(end);
        }

        var text = await AnswerText.ReadAsync(answer, until, cancellationToken);
        var reason = $"It answered {(int)answer.StatusCode}{(text.Length > 0 ? $": {text}" : ".")}";
        return new(end, reason, answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable ? RetryAfterOf(answer.Headers) : null);
    }

    private static DeliveryEnd EndOf(HttpStatusCode status) => (int)status switch
    {
        >= 200 and < 300 => DeliveryEnd.Delivered,
        410 => DeliveryEnd.Gone,
        408 or 429 => DeliveryEnd.Failed,
        >= 400 and < 500 => DeliveryEnd.RefusedEvent,
        _ => DeliveryEnd.Failed,
    };

    // A date counts from the receiver's own clock, if it tells that.
    private TimeSpan? RetryAfterOf(HttpResponseHeaders headers)
    {
        var wait = headers.RetryAfter?.Delta ?? headers.RetryAfter?.Date - (headers.Date ?? clock.GetUtcNow());
        return wait is { } asked ? TimeSpan.FromTicks(Math.Clamp(asked.Ticks, 0, LongestRetryAfter.Ticks)) : null;
    }

    private static string Describe(HttpRequestException failure) =>
        failure.InnerException is RefusedAddressException refused ? refused.Message : $"It could not be asked: {failure.GetBaseException().Message}";
}

/// <summary>Where messages go, and what they are signed with.</summary>
internal sealed class WebhookTarget(Uri address, IReadOnlyList<WebhookSecret> secrets)
{
    public Uri Address { get; } = address;

    public IReadOnlyList<WebhookSecret> Secrets { get; } = secrets;
}

/// <summary>A message: an id that is the same whenever it is sent, and what it says.</summary>
internal readonly record struct WebhookMessage(string Id, ReadOnlyMemory<byte> Body);
