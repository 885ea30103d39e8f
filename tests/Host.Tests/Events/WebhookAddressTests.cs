using System.Net;
using Microsoft.Extensions.Options;
using static SnapshotTasks.Tests.WebhookHost;

namespace SnapshotTasks.Tests;

/// <summary>Whom webhooks can be made to call, and whom not.</summary>
public sealed class WebhookAddressTests
{
    [Theory]
    [InlineData("8.8.8.8")]
    [InlineData("1.1.1.1")]
    [InlineData("9.255.255.255")]
    [InlineData("11.0.0.0")]
    [InlineData("100.63.255.255")]
    [InlineData("100.128.0.0")]
    [InlineData("126.255.255.255")]
    [InlineData("128.0.0.0")]
    [InlineData("169.253.255.255")]
    [InlineData("169.255.0.0")]
    [InlineData("172.15.255.255")]
    [InlineData("172.32.0.0")]
    [InlineData("192.0.1.0")]
    [InlineData("192.0.3.0")]
    [InlineData("192.88.98.255")]
    [InlineData("192.88.100.0")]
    [InlineData("192.167.255.255")]
    [InlineData("192.169.0.0")]
    [InlineData("198.17.255.255")]
    [InlineData("198.20.0.0")]
    [InlineData("198.51.99.255")]
    [InlineData("198.51.101.0")]
    [InlineData("203.0.112.255")]
    [InlineData("203.0.114.0")]
    [InlineData("223.255.255.255")]
    [InlineData("2606:4700:4700::1111")]
    [InlineData("2001:200::1")]
    [InlineData("2001:db7:ffff::1")]
    [InlineData("2001:db9::1")]
    [InlineData("2a00::1")]
    [InlineData("3ffe::1")]
    [InlineData("3fff:1000::1")]
    [InlineData("::ffff:8.8.8.8")]
    [InlineData("64:ff9b::8.8.8.8")]
    [InlineData("2002:808:808::1")]
    [InlineData("2001:0:808:808:0:0:f7f7:f7f7")]
    public void An_address_of_the_internet_is_one(string address) => AddressGuard.IsPublic(IPAddress.Parse(address)).Should().BeTrue();

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("0.255.255.255")]
    [InlineData("10.0.0.0")]
    [InlineData("10.255.255.255")]
    [InlineData("100.64.0.0")]
    [InlineData("100.127.255.255")]
    [InlineData("127.0.0.1")]
    [InlineData("127.255.255.255")]
    [InlineData("169.254.0.0")]
    [InlineData("169.254.169.254")]
    [InlineData("172.16.0.0")]
    [InlineData("172.31.255.255")]
    [InlineData("192.0.0.0")]
    [InlineData("192.0.0.170")]
    [InlineData("192.0.2.1")]
    [InlineData("192.88.99.1")]
    [InlineData("192.168.0.0")]
    [InlineData("192.168.255.255")]
    [InlineData("198.18.0.0")]
    [InlineData("198.19.255.255")]
    [InlineData("198.51.100.7")]
    [InlineData("203.0.113.7")]
    [InlineData("224.0.0.1")]
    [InlineData("239.255.255.255")]
    [InlineData("240.0.0.1")]
    [InlineData("255.255.255.255")]
    [InlineData("::")]
    [InlineData("::1")]
    [InlineData("::8.8.8.8")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.1.2.3")]
    [InlineData("::ffff:169.254.169.254")]
    [InlineData("::ffff:0:8.8.8.8")]
    [InlineData("64:ff9b::127.0.0.1")]
    [InlineData("64:ff9b::10.0.0.1")]
    [InlineData("64:ff9b:1::8.8.8.8")]
    [InlineData("100::1")]
    [InlineData("2002:7f00:1::1")]
    [InlineData("2002:a9fe:a9fe::1")]
    [InlineData("2002:c0a8:1::")]
    [InlineData("2001:0:a00:1:0:0:f7f7:f7f7")]
    [InlineData("2001:0:808:808:0:0:80ff:fffe")]
    [InlineData("2001:1::1")]
    [InlineData("2001:2::1")]
    [InlineData("2001:20::1")]
    [InlineData("2001:1ff:ffff::1")]
    [InlineData("2001:db8::1")]
    [InlineData("3fff::1")]
    [InlineData("3fff:fff:ffff::1")]
    [InlineData("4000::1")]
    [InlineData("5f00::1")]
    [InlineData("fc00::1")]
    [InlineData("fd12:3456::1")]
    [InlineData("fe80::1")]
    [InlineData("fe80::1%2")]
    [InlineData("febf::1")]
    [InlineData("fec0::1")]
    [InlineData("ff02::1")]
    [InlineData("ffff::1")]
    public void Every_other_address_is_none(string address) => AddressGuard.IsPublic(IPAddress.Parse(address)).Should().BeFalse();

    [Fact]
    public void Whatever_is_refused_is_refused_when_another_address_carries_it()
    {
        for (var first = 0; first < 256; first++)
        {
            byte[] plain = [(byte)first, 168, 0, 1];
            var expected = AddressGuard.IsPublic(new IPAddress(plain));
            byte[][] carriers =
            [
                [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, .. plain],
                [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0, .. plain],
                [0x20, 2, .. plain, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
                [0x20, 1, 0, 0, .. plain, 0, 0, 0, 0, 0xF7, 0xF7, 0xF7, 0xF7],
                [0x20, 1, 0, 0, 8, 8, 8, 8, 0, 0, 0, 0, .. plain.Select(part => (byte)~part)],
            ];
            foreach (var carrier in carriers)
            {
                AddressGuard.IsPublic(new IPAddress(carrier)).Should().Be(expected, "{0} carries {1}", new IPAddress(carrier), new IPAddress(plain));
            }
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("10.0.0.5")]
    [InlineData("169.254.169.254")]
    [InlineData("::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("8.8.8.8", "127.0.0.1")]
    [InlineData("2606:4700:4700::1111", "fd00::1")]
    public async Task A_name_that_leads_to_a_private_address_is_not_called(params string[] addresses)
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var port = new Uri(receiver.Address).Port;
        await using var host = new WebhookHost(
            options => options.Endpoints.Add(Endpoint($"http://hooks.example.com:{port}/")),
            (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));

        var result = await host.DeliverAsync();

        result.End.Should().Be(DeliveryEnd.Failed);
        result.Reason.Should().Be($"hooks.example.com is at {addresses[^1]}, which is no address of the internet: if it is meant, name the host in Webhooks:AllowPrivateAddresses.");
        receiver.Received.Should().BeEmpty();
    }

    [Fact]
    public async Task A_name_that_leads_elsewhere_later_is_looked_at_whenever_it_is_called()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var asked = 0;
        await using var host = new WebhookHost(
            options => options.Endpoints.Add(Endpoint("http://hooks.example.com:9/")),
            (_, _) => Task.FromResult<IPAddress[]>([++asked == 1 ? IPAddress.Parse("10.0.0.1") : IPAddress.Parse("192.168.0.1")]));

        var reasons = new[] { (await host.DeliverAsync()).Reason, (await host.DeliverAsync()).Reason };

        reasons.Should().SatisfyRespectively(first => first.Should().Contain("10.0.0.1"), second => second.Should().Contain("192.168.0.1"));
    }

    [Fact]
    public async Task The_connection_goes_to_the_address_that_was_looked_at()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        var asked = 0;
        await using var host = new WebhookHost(
            options =>
            {
                options.AllowPrivateAddresses.Add("Hooks.Example.com");
                options.Endpoints.Add(Endpoint($"http://hooks.example.com:{new Uri(receiver.Address).Port}/"));
            },
            (_, _) => Task.FromResult<IPAddress[]>(++asked == 1 ? [IPAddress.Loopback] : throw new InvalidOperationException("It was asked again.")));

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Delivered);

        receiver.Received.Single().Headers.Host.ToString().Should().StartWith("hooks.example.com:");
    }

    [Fact]
    public async Task A_host_is_allowed_by_its_own_name_only()
    {
        await using var receiver = await WebhookReceiver.StartAsync();
        await using var host = new WebhookHost(options =>
        {
            options.AllowPrivateAddresses.Add("example.com");
            options.AllowPrivateAddresses.Add("host");
            options.Endpoints.Add(Endpoint(receiver.Address));
        });

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Failed);

        receiver.Received.Should().BeEmpty();
    }

    [Fact]
    public async Task A_name_that_nobody_knows_is_the_receivers_fault()
    {
        await using var host = new WebhookHost(
            options => options.Endpoints.Add(Endpoint("http://hooks.example.com/")),
            (_, _) => throw new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.HostNotFound));

        (await host.DeliverAsync()).End.Should().Be(DeliveryEnd.Failed);
    }

    [Fact]
    public void Nothing_is_taken_from_the_environment_and_a_receiver_that_moves_is_found_again()
    {
        using var handler = new WebhookConnections(Options.Create(new WebhookOptions())).CreateHandler();

        (handler.UseProxy, handler.UseCookies, handler.AllowAutoRedirect, handler.PooledConnectionLifetime <= TimeSpan.FromMinutes(2))
            .Should().Be((false, false, false, true));
        handler.SslOptions.RemoteCertificateValidationCallback.Should().BeNull();
    }
}
