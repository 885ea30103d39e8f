using System.Net;

namespace SnapshotTasks.Tests;

public sealed class AuthLockoutTests : IAsyncLifetime
{
    private const string Home = "203.0.113.7", Elsewhere = "203.0.113.8";
    private AuthServer server = null!;

    public async ValueTask InitializeAsync() => server = await AuthServer.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Five_failures_close_a_key_to_that_address_for_five_minutes_with_the_text_of_any_failure()
    {
        var text = (await server.SendAsync("GET", AuthServer.Thumbnails)).ErrorMessage;
        await FailAsync(Home, times: 5);

        (await AskAsync(Home)).ErrorMessage.Should().Be(text);
        server.Time.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        (await AskAsync(Home)).MustBeError(401, "APIGW.0301");
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await AskAsync(Home)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Nobody_locks_out_somebody_else()
    {
        await FailAsync(Home, times: 10);

        (await AskAsync(Elsewhere)).Status.Should().Be(200);
        (await AskAsync(Home, AuthServer.OtherKey, AuthServer.OtherSecret)).MustBeError(401, "MPC.10208");
        (await server.SendAsync("GET", AuthServer.Thumbnails, "", ("X-Auth-Token", AuthServer.Token), (AuthServer.AddressHeader, Home))).Status.Should().Be(200);
    }

    [Fact]
    public async Task A_success_forgets_the_failures_before_it()
    {
        for (var round = 0; round < 3; round++)
        {
            await FailAsync(Home, times: 4);
            (await AskAsync(Home)).Status.Should().Be(200);
        }
    }

    [Fact]
    public async Task A_wrong_signature_of_several_ids_is_one_failure_and_not_two()
    {
        for (var attempt = 0; attempt < 4; attempt++)
        {
            (await server.SendAsync(new AuthRequest("GET", AuthServer.Thumbnails, server.Time.GetUtcNow())
            {
                Secret = "wrong",
                Query = [("task_id", "9"), ("task_id", "10")],
                Extra = [(AuthServer.AddressHeader, Home)],
            })).Status.Should().Be(401);
        }

        (await AskAsync(Home)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Attempts_while_locked_do_not_make_it_longer()
    {
        await FailAsync(Home, times: 5);
        server.Time.Advance(TimeSpan.FromMinutes(4));
        await FailAsync(Home, times: 5);
        server.Time.Advance(TimeSpan.FromMinutes(1));

        (await AskAsync(Home)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Who_has_signed_rightly_from_an_address_is_not_locked_out_by_a_stranger_behind_it()
    {
        (await AskAsync(Home)).Status.Should().Be(200);
        await FailAsync(Home, times: 10);

        (await AskAsync(Home)).Status.Should().Be(200);
        (await AskAsync(Home, secret: "wrong")).MustBeError(401, "APIGW.0301");
        (await AskAsync(Home)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Five_wrong_tokens_close_all_tokens_to_that_address_for_five_minutes_but_not_those_that_were_right_there_before()
    {
        (await TokenAsync(AuthServer.Token, Home)).Status.Should().Be(200);
        for (var attempt = 0; attempt < 5; attempt++)
        {
            (await TokenAsync($"a-wrong-token-{attempt}", Home)).MustBeError(401, "APIGW.0301");
        }

        (await TokenAsync(AuthServer.OtherToken, Home, AuthServer.OtherProject)).MustBeError(401, "APIGW.0301");
        (await TokenAsync(AuthServer.Token, Home)).Status.Should().Be(200);
        (await TokenAsync(AuthServer.OtherToken, Elsewhere, AuthServer.OtherProject)).Status.Should().Be(200);
        (await AskAsync(Home)).Status.Should().Be(200, "keys are counted by themselves");
        server.Time.Advance(TimeSpan.FromMinutes(5));
        (await TokenAsync(AuthServer.OtherToken, Home, AuthServer.OtherProject)).Status.Should().Be(200);
    }

    private Task<WireAnswer> TokenAsync(string token, string address, string project = AuthServer.Project) =>
        server.SendAsync("GET", $"/v1/{project}/thumbnails", "", ("X-Auth-Token", token), (AuthServer.AddressHeader, address));

    [Fact]
    public async Task An_old_date_is_no_failure_of_the_key()
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            (await AskAsync(Home, minutes: -16)).Status.Should().Be(401);
        }

        (await AskAsync(Home)).Status.Should().Be(200);
    }

    [Theory]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 401)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", 200)]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7", 401)]
    [InlineData("203.0.113.7", "203.0.113.6", 200)]
    [InlineData("none", "none", 401)]
    public async Task An_address_of_version_6_stands_for_its_network(string failing, string asking, int status)
    {
        await FailAsync(failing, times: 5);

        (await AskAsync(asking)).Status.Should().Be(status);
    }

    [Fact]
    public void Beyond_10000_the_oldest_are_forgotten()
    {
        var lockout = new Lockout(server.Time);
        var first = new IPAddress(1);
        Lock(first);
        for (var number = 2; number <= Lockout.MostEntries; number++)
        {
            lockout.Admits("key", "key", new IPAddress(number), right: false);
        }

        lockout.Admits("key", "key", first, right: true).Should().BeFalse();
        lockout.Admits("key", "key", new IPAddress(Lockout.MostEntries + 1), right: false);
        lockout.Admits("key", "key", first, right: true).Should().BeTrue();

        void Lock(IPAddress address)
        {
            for (var failure = 0; failure < Lockout.MostFailures; failure++)
            {
                lockout.Admits("key", "key", address, right: false).Should().BeFalse();
            }
        }
    }

    [Fact]
    public async Task The_log_says_who_was_refused_and_why_no_more_than_60_times_a_minute_and_never_a_secret()
    {
        await FailAsync(Home, times: 5);
        await AskAsync(Home);
        for (var attempt = 0; attempt < 100; attempt++)
        {
            await server.SendWithTokenAsync("GET", AuthServer.Thumbnails, token: "a-wrong-token");
        }

        server.Time.Advance(TimeSpan.FromMinutes(1));
        await server.SendAsync("GET", AuthServer.Thumbnails);

        var refusals = server.Log.Where(line => line.Contains("was refused", StringComparison.Ordinal)).ToList();
        refusals.Should().HaveCount(61)
            .And.Contain(line => line.Contains($"from {Home} with access key {AuthServer.Key} was refused: the signature is wrong", StringComparison.Ordinal))
            .And.Contain(line => line.Contains("locked", StringComparison.Ordinal))
            .And.Contain(line => line.Contains("it has no credential", StringComparison.Ordinal));
        server.Log.Should().ContainSingle(line => line.Contains("46 more requests were refused and not logged", StringComparison.Ordinal));
        server.Log.Should().NotContain(line => line.Contains("secret", StringComparison.Ordinal) || line.Contains("a-wrong-token", StringComparison.Ordinal)
            || line.Contains("Signature=", StringComparison.Ordinal));
    }

    private async Task FailAsync(string address, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
        {
            (await AskAsync(address, secret: "wrong")).MustBeError(401, "APIGW.0301");
        }
    }

    private Task<WireAnswer> AskAsync(string address, string key = AuthServer.Key, string secret = AuthServer.Secret, int minutes = 0) => server.SendAsync(
        new AuthRequest("GET", AuthServer.Thumbnails, server.Time.GetUtcNow().AddMinutes(minutes))
        {
            AccessKey = key,
            Secret = secret,
            Extra = [(AuthServer.AddressHeader, address)],
        });
}
