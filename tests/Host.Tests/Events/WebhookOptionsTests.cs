using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static SnapshotTasks.Tests.WebhookHost;

namespace SnapshotTasks.Tests;

public sealed class WebhookOptionsTests
{
    private const string First = "Webhooks:Endpoints:0", Second = "Webhooks:Endpoints:1";
    private const string Hidden = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ";

    private static readonly (string Name, string Value)[] Settings =
    [
        ($"{First}:Name", "shop"), ($"{First}:Address", "https://shop.example.com/hooks"), ($"{First}:Secret", Secret), ($"{First}:SecondSecret", OtherSecret),
        ($"{First}:Projects:0", "tests"), ($"{First}:Events:0", "task.completed"), ($"{First}:Events:1", "task.failed"), ($"{First}:Full", "true"),
        ($"{Second}:Name", "billing"), ($"{Second}:Address", "http://billing.internal:8080"), ($"{Second}:Secret", OtherSecret),
        ("Webhooks:AllowPrivateAddresses:0", "billing.internal"),
    ];

    [Fact]
    public void Receivers_come_from_the_configuration_and_from_code()
    {
        using var host = Host(Settings, options => options.Endpoints.Add(new() { Name = "audit", Address = "https://audit.example.com", Secret = Secret }));

        var options = host.Services.GetRequiredService<IOptions<WebhookOptions>>().Value;

        options.Endpoints.Select(endpoint => endpoint.Name).Should().Equal("shop", "billing", "audit");
        options.Endpoints[0].Should().BeEquivalentTo(new
        {
            Address = "https://shop.example.com/hooks",
            Secret,
            SecondSecret = OtherSecret,
            Projects = new[] { "tests" },
            Events = new[] { "task.completed", "task.failed" },
            Full = true,
        });
        options.AllowPrivateAddresses.Should().Equal("billing.internal");
        host.Services.GetServices<IDelivery>().Select(delivery => delivery.Name).Should().Equal("webhook:shop", "webhook:billing", "webhook:audit");
    }

    [Fact]
    public void Without_a_section_there_is_nobody()
    {
        using var host = Host([]);

        host.Services.GetServices<IDelivery>().Should().BeEmpty();
    }

    [Theory]
    [InlineData($"{First}:Name", "", $"{First}: Name must be 1 to 80 characters of A-Z, a-z, 0-9, '.', '-' and '_'.")]
    [InlineData($"{First}:Name", Hidden + "/", $"{First}: Name must be 1 to 80")]
    [InlineData($"{First}:Name", "a-name-of-eighty-one-characters-is-longer-than-one-may-be-which-is-eighty-as-said-", $"{First}: Name must be 1 to 80")]
    [InlineData($"{Second}:Name", "shop", $"{Second}: Name 'shop' is that of {First} again.")]
    [InlineData($"{First}:Address", "", $"{First}: Address must be absolute, with http or https, without user name and password")]
    [InlineData($"{First}:Address", "/hooks", $"{First}: Address must be absolute")]
    [InlineData($"{First}:Address", "ftp://shop.example.com", $"{First}: Address must be absolute")]
    [InlineData($"{First}:Address", "https://me:secret@shop.example.com", $"{First}: Address must be absolute")]
    [InlineData($"{First}:Address", "http://127.0.0.1:5080", $"{First}: Address is not one of the internet: if it is meant, name its host in Webhooks:AllowPrivateAddresses.")]
    [InlineData($"{First}:Address", "http://2130706433/", $"{First}: Address is not one of the internet")]
    [InlineData($"{First}:Address", "http://0x7f.1/", $"{First}: Address is not one of the internet")]
    [InlineData($"{First}:Address", "http://[::ffff:10.0.0.1]/", $"{First}: Address is not one of the internet")]
    [InlineData($"{First}:Secret", "", $"{First}: Secret must be whsec_ and 24 to 64 bytes in base64.")]
    [InlineData($"{First}:Secret", Hidden, $"{First}: Secret must be whsec_ and 24")]
    [InlineData($"{First}:Secret", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQtMjM=", $"{First}: Secret must be whsec_ and 24")]
    [InlineData($"{First}:Secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", $"{First}: Secret must be whsec_ and 24")]
    [InlineData($"{First}:Secret", "whsec_secret-secret-secret-secret!", $"{First}: Secret must be whsec_ and 24")]
    [InlineData($"{First}:Secret", "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", $"{First}: Secret must be whsec_ and 24")]
    [InlineData($"{First}:SecondSecret", Hidden, $"{First}: SecondSecret must be whsec_ and 24 to 64 bytes in base64.")]
    [InlineData($"{First}:Projects:1", "secret/slash", $"{First}: Projects:1 must be 1 to 64 characters of A-Z, a-z, 0-9, '-' and '_'.")]
    [InlineData($"{First}:Events:1", "task.secret", $"{First}: Events:1 is no event: there are task.queued, task.started,")]
    [InlineData("Webhooks:AllowPrivateAddresses:0", "http://secret", "Webhooks:AllowPrivateAddresses:0 is not the name of a host.")]
    public async Task A_wrong_entry_is_refused_at_start_by_a_sentence_that_names_it_and_shows_no_value(string name, string value, string sentence)
    {
        using var host = Host([.. Settings.Where(setting => setting.Name != name), (name, value)]);

        var refusal = (await host.Invoking(it => it.StartAsync()).Should().ThrowAsync<OptionsValidationException>()).Which;

        refusal.Message.Should().Contain(sentence).And.NotContain("secret").And.NotContain(Hidden).And.NotContain(Secret).And.NotContain(OtherSecret);
    }

    [Theory]
    [InlineData("Webhooks:Endpoint:0:Name", "shop")]
    [InlineData($"{First}:Adress", "https://shop.example.com")]
    [InlineData($"{First}:Full", Hidden)]
    public void A_name_or_a_value_that_is_not_understood_is_refused_without_showing_it(string name, string value)
    {
        var host = () => Host([.. Settings.Where(setting => setting.Name != name), (name, value)]);

        host.Should().Throw<InvalidOperationException>().WithMessage(
                "The section Webhooks has a name or a value that is not understood: it has the lists Endpoints (Name, Address, Secret, SecondSecret, Projects, Events, Full) and AllowPrivateAddresses.")
            .Which.ToString().Should().NotContain(Hidden);
    }

    [Fact]
    public async Task Whole_tasks_need_the_wire()
    {
        var services = new ServiceCollection().AddLogging();
        services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWebhooks(options => options.Endpoints.Add(Endpoint("https://shop.example.com", it => it.Full = true))));
        await using var provider = services.BuildServiceProvider();

        provider.Invoking(it => it.GetServices<IDelivery>()).Should().Throw<OptionsValidationException>().WithMessage("*Webhooks:Endpoints:0: Full needs AddWireForm of the package SnapshotTasks.Http*");
    }

    [Theory]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==")]
    public void A_secret_has_24_to_64_bytes(string secret) => WebhookSecret.Read(secret).Should().NotBeNull();

    [Fact]
    public async Task No_secret_is_said_anywhere()
    {
        await using var receiver = await WebhookReceiver.StartAsync(WebhookReceiver.Status(500, "no"));
        await using var host = For(receiver.Address, endpoint => endpoint.SecondSecret = OtherSecret);
        var target = new WebhookTarget(new(receiver.Address), [WebhookSecret.Read(Secret)!]);

        var result = await host.DeliverAsync();

        var said = string.Join('\n', [.. host.Log.Lines, result.ToString(), target.ToString(), target.Secrets[0].ToString(), Endpoint(receiver.Address).ToString(), receiver.Received.Single().Body]);
        said.Should().NotContain(Secret[6..]).And.NotContain(OtherSecret[6..]);
    }

    private static IHost Host((string Name, string Value)[] settings, Action<WebhookOptions>? code = null)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration.AddInMemoryCollection(settings.ToDictionary(it => it.Name, it => (string?)it.Value));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory()
            .AddWebhooks(builder.Configuration.GetSection("Webhooks")).AddWebhooks(code ?? (_ => { })).AddWireForm());
        return builder.Build();
    }
}
