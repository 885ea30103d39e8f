using System.Globalization;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;
using StandardWebhooks.Diagnostics;
using static SnapshotTasks.Tests.WebhookHost;
using static SnapshotTasks.Tests.WebhookReceiver;

namespace SnapshotTasks.Tests;

/// <summary>What is sent, and what comes of each answer.</summary>
public sealed class WebhookSendTests
{
    private readonly FakeTimeProvider clock = new();

    [Fact]
    public async Task A_message_is_signed_as_receivers_verify_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var host = For(receiver.Address);

        var result = await host.DeliverAsync();

        result.Should().Be(new DeliveryResult(DeliveryEnd.Delivered));
        var message = receiver.Received.Single();
        message.MustBeSignedWith(Secret);
        message.Invoking(it => it.MustBeSignedWith(OtherSecret)).Should().Throw<WebhookVerificationException>();
        (message with { Body = message.Body.Replace("2081", "2082", StringComparison.Ordinal) }).Invoking(it => it.MustBeSignedWith(Secret)).Should().Throw<WebhookVerificationException>();
        message.Headers.ContentType.ToString().Should().Be("application/json");
        message.Headers.UserAgent.ToString().Should().StartWith("SnapshotTasks/");
        message.Headers.Keys.Should().NotContain("traceparent").And.NotContain("Expect");
    }

    [Fact]
    public async Task While_secrets_are_exchanged_each_of_the_two_verifies_it()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var host = For(receiver.Address, endpoint => endpoint.SecondSecret = OtherSecret);

        await host.DeliverAsync();

        // Each by itself: the package looks at all signatures of a message but the last.
        var message = receiver.Received.Single();
        var signatures = message.Headers["webhook-signature"].ToString().Split(' ');
        signatures.Should().HaveCount(2);
        foreach (var (signature, secret) in signatures.Zip([Secret, OtherSecret]))
        {
            message.Headers["webhook-signature"] = signature;
            message.MustBeSignedWith(secret);
        }
    }

    [Fact]
    public async Task A_repeated_message_has_the_same_id_and_the_time_it_is_sent_at()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Status(500));
        await using var host = For(receiver.Address);

        await host.DeliverAsync();
        host.Time.Advance(TimeSpan.FromMinutes(3));
        await host.DeliverAsync(attempt: 2);

        var (first, second) = (receiver.Received.First(), receiver.Received.Last());
        first.Id.Should().Be("2081.4.1767323045678000").And.Be(second.Id);
        first.Body.Should().Be(second.Body);
        (TimeOf(second) - TimeOf(first)).Should().Be(180);
        second.MustBeSignedWith(Secret);
    }

    [Fact]
    public void An_event_of_a_store_that_was_restored_has_another_id() =>
        WebhookDelivery.IdOf(Happened() with { At = Happened().At.AddMicroseconds(1) }).Should().NotBe(WebhookDelivery.IdOf(Happened()));

    [Theory]
    [InlineData(200, DeliveryEnd.Delivered)]
    [InlineData(204, DeliveryEnd.Delivered)]
    [InlineData(299, DeliveryEnd.Delivered)]
    [InlineData(300, DeliveryEnd.Failed)]
    [InlineData(304, DeliveryEnd.Failed)]
    [InlineData(400, DeliveryEnd.RefusedEvent)]
    [InlineData(401, DeliveryEnd.RefusedEvent)]
    [InlineData(404, DeliveryEnd.RefusedEvent)]
    [InlineData(408, DeliveryEnd.Failed)]
    [InlineData(410, DeliveryEnd.Gone)]
    [InlineData(429, DeliveryEnd.Failed)]
    [InlineData(499, DeliveryEnd.RefusedEvent)]
    [InlineData(500, DeliveryEnd.Failed)]
    [InlineData(503, DeliveryEnd.Failed)]
    [InlineData(999, DeliveryEnd.Failed)]
    public async Task The_status_says_whose_fault_it_is(int status, object end)
    {
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        await using var host = For(receiver.Address);

        var result = await host.DeliverAsync();

        result.Should().Be(new DeliveryResult((DeliveryEnd)end, end is DeliveryEnd.Delivered ? null : $"It answered {status}."));
    }

    [Theory]
    [InlineData(302, "localhost")]
    [InlineData(307, "localhost")]
    [InlineData(308, "localhost")]
    [InlineData(307, "127.0.0.1")]
    public async Task Nobody_is_sent_elsewhere_whether_that_could_be_called_or_not(int status, string to)
    {
        await using var elsewhere = await WebhookReceiver.StartAsync();
        await using var receiver = await WebhookReceiver.StartAsync(Status(status, "", ("Location", elsewhere.Address.Replace("localhost", to, StringComparison.Ordinal))));
        await using var host = For(receiver.Address);

        var result = await host.DeliverAsync();

        result.End.Should().Be(DeliveryEnd.Failed);
        elsewhere.Received.Should().BeEmpty();
    }

    [Theory]
    [InlineData(429, "120", "", 120)]
    [InlineData(503, "0", "", 0)]
    [InlineData(503, "999999999", "", 86_400)]
    [InlineData(503, "Fri, 02 Jan 2026 03:05:35 GMT", "Fri, 02 Jan 2026 03:04:05 GMT", 90)]
    [InlineData(429, "Fri, 02 Jan 2026 03:00:00 GMT", "Fri, 02 Jan 2026 03:04:05 GMT", 0)]
    [InlineData(429, "Fri, 02 Jan 2099 03:00:00 GMT", "", 86_400)]
    [InlineData(503, "soon", "", null)]
    [InlineData(503, "-5", "", null)]
    [InlineData(500, "120", "", null)]
    [InlineData(404, "120", "", null)]
    public async Task A_receiver_says_how_long_it_wants_to_be_left_in_peace_up_to_a_day(int status, string after, string date, int? seconds)
    {
        (string, string)[] headers = date.Length == 0 ? [("Retry-After", after)] : [("Retry-After", after), ("Date", date)];
        await using var receiver = await WebhookReceiver.StartAsync(Status(status, "busy", headers));
        await using var host = For(receiver.Address);

        (await host.DeliverAsync()).RetryAfter?.TotalSeconds.Should().Be(seconds);
        (await host.DeliverAsync()).RetryAfter.HasValue.Should().Be(seconds.HasValue);
    }

    [Fact]
    public async Task A_reason_is_one_short_line_that_can_be_kept()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Status(500, $"first\r\nsecond\0\u001b[31m\u202e𝔘{new string('x', 5000)}"));
        await using var host = For(receiver.Address);

        var reason = (await host.DeliverAsync()).Reason!;

        reason.Should().StartWith("It answered 500: first  second  [31m 𝔘xxx").And.NotMatchRegex(@"[\p{Cc}\p{Cf}]");
        reason.Length.Should().BeLessThan(250);
    }

    [Fact]
    public async Task Who_never_answers_is_left_after_fifteen_seconds()
    {
        var asked = new TaskCompletionSource();
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            asked.SetResult();
            return UntilAborted(context);
        });
        await using var host = For(receiver.Address);

        var delivering = host.DeliverAsync();
        await asked.Task;
        host.Time.Advance(TimeSpan.FromSeconds(14.9));
        delivering.IsCompleted.Should().BeFalse();
        host.Time.Advance(TimeSpan.FromSeconds(0.2));

        (await delivering).Should().Be(new DeliveryResult(DeliveryEnd.Failed, "It did not answer within 15 s."));
    }

    [Fact]
    public async Task Who_answers_and_does_not_end_has_answered()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("no"u8.ToArray());
        using var answer = new HttpResponseMessage { Content = new StreamContent(pipe.Reader.AsStream()) };
        using var until = new CancellationTokenSource(TimeSpan.FromSeconds(15), clock);

        var reading = AnswerText.ReadAsync(answer, until.Token, CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(15));

        (await reading).Should().BeEmpty();
    }

    [Fact]
    public async Task A_host_that_stops_does_not_wait_for_an_answer()
    {
        using var stopping = new CancellationTokenSource();
        await using var receiver = await WebhookReceiver.StartAsync(context =>
        {
            stopping.Cancel();
            return UntilAborted(context);
        });
        await using var host = For(receiver.Address);

        await host.Deliveries.Single().Invoking(it => it.DeliverAsync(Happened(), 1, stopping.Token)).Should().ThrowAsync<OperationCanceledException>();
    }

    [Theory]
    [InlineData(200, true, DeliveryEnd.Delivered)]
    [InlineData(200, false, DeliveryEnd.Delivered)]
    [InlineData(500, true, DeliveryEnd.Failed)]
    [InlineData(500, false, DeliveryEnd.Failed)]
    public async Task An_answer_of_ten_gigabytes_is_cut(int status, bool withLength, object end)
    {
        const long Gigabytes = 10_000_000_000;
        var (sent, gone) = (0L, new TaskCompletionSource());
        using var listener = Raw(async stream =>
        {
            var length = withLength ? $"Content-Length: {Gigabytes}" : "Transfer-Encoding: chunked";
            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status} Well\r\n{length}\r\n\r\n"));
            var part = Encoding.ASCII.GetBytes($"10000\r\n{new string('x', 65_536)}\r\n");
            try
            {
                for (; sent < Gigabytes; sent += part.Length)
                {
                    await stream.WriteAsync(part);
                }
            }
            catch (IOException)
            {
                // The sender has left.
            }

            gone.SetResult();
        });
        await using var host = For(AddressOf(listener));

        (await host.DeliverAsync()).End.Should().Be((DeliveryEnd)end);

        await gone.Task;
        sent.Should().BeLessThan(100_000_000);
    }

    [Theory]
    [InlineData("This is not HTTP, and never ends a header.\r\n\r\n")]
    [InlineData("HTTP/1.1 200")]
    [InlineData("HTTP/1.1 abc Fine\r\n\r\n")]
    [InlineData("")]
    public async Task Garbage_is_the_receivers_fault(string answer)
    {
        using var listener = Raw(async stream => await stream.WriteAsync(Encoding.ASCII.GetBytes(answer)));
        await using var host = For(AddressOf(listener));

        var result = await host.DeliverAsync();

        result.End.Should().Be(DeliveryEnd.Failed);
        result.Reason.Should().StartWith("It could not be asked: ").And.NotContain("\n");
    }

    [Fact]
    public async Task Headers_that_never_end_are_cut()
    {
        using var listener = Raw(async stream =>
        {
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
            while (true)
            {
                await stream.WriteAsync("X-More: and-more-and-more-and-more\r\n"u8.ToArray());
            }
        });
        await using var host = For(AddressOf(listener));

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Failed);
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_the_receivers_fault_and_it_hears_nothing()
    {
        using var key = RSA.Create(2048);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue.AddDays(-1));
        await using var receiver = await WebhookReceiver.StartAsync(listen: listen => listen.UseHttps(certificate));
        await using var host = For(receiver.Address);

        var result = await host.DeliverAsync();

        result.End.Should().Be(DeliveryEnd.Failed);
        result.Reason.Should().Contain("certificate");
        receiver.Received.Should().BeEmpty();
    }

    [Fact]
    public async Task Nobody_there_is_the_receivers_fault()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = AddressOf(listener);
        listener.Stop();
        await using var host = For(address);

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Failed);
    }

    [Fact]
    public async Task No_cookie_is_kept()
    {
        await using var receiver = await WebhookReceiver.StartAsync(Status(200, "", ("Set-Cookie", "who=you")));
        await using var host = For(receiver.Address);

        await host.DeliverAsync();
        await host.DeliverAsync();

        receiver.Received.Last().Headers.Cookie.Should().BeEmpty();
    }

    private static long TimeOf(ReceivedWebhook message) => long.Parse(message.Headers["webhook-timestamp"].ToString(), CultureInfo.InvariantCulture);

    private static string AddressOf(TcpListener listener) => $"http://localhost:{((IPEndPoint)listener.LocalEndpoint).Port}/";

    private static async Task UntilAborted(HttpContext context)
    {
        var aborted = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(aborted.SetResult);
        await aborted.Task;
    }

    private static TcpListener Raw(Func<NetworkStream, Task> answer)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        _ = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var stream = client.GetStream();
            _ = await stream.ReadAsync(new byte[65_536]);
            await answer(stream);
        });
        return listener;
    }
}
