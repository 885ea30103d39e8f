using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Callers of the real server, in a process of its own.</summary>
public sealed class AuthHostTests : IDisposable
{
    private const string Token = "a-token-that-is-secret";
    private const string Credentials = """{ "Credentials": { "Tokens": [ { "Token": "a-token-that-is-secret", "Projects": [ "p" ] } ] } }""";
    private static readonly string[] TokenInTheEnvironment = [$"Credentials__Tokens__0__Token={Token}", "Credentials__Tokens__0__Projects__0=p"];

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Theory]
    [InlineData("http://0.0.0.0:0")]
    [InlineData("http://[::]:0")]
    [InlineData("http://*:0")]
    [InlineData("http://127.0.0.1:0;http://0.0.0.0:0")]
    public async Task Without_a_credential_it_refuses_to_listen_beyond_loopback_and_says_how_to_configure_one(string urls)
    {
        var (exitCode, output, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", urls);

        exitCode.Should().Be(1);
        output.Should().BeEmpty();
        error.Should().Contain("listens on loopback only").And.Contain("--config").And.Contain("\"Tokens\"").And.NotContain("   at ");
        error.Trim().Split('\n').Should().ContainSingle();
    }

    [Fact]
    public async Task The_web_servers_own_endpoints_do_not_get_round_it()
    {
        var config = await ConfigAsync("""{ "Kestrel": { "Endpoints": { "Open": { "Url": "http://0.0.0.0:0" } } } }""");

        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--config", config);

        exitCode.Should().Be(1);
        error.Should().Contain("listens on loopback only");
    }

    [Fact]
    public async Task With_a_credential_it_listens_anywhere_warns_once_about_plain_http_and_asks_every_caller()
    {
        await using var server = await ServerProcess.StartCommandAsync(
            "dotnet", [ServerProcess.Dll, "serve", "--urls", "http://0.0.0.0:0", "--data", data, "--concurrency", "0", "--config", await ConfigAsync(Credentials)]);
        using var client = new HttpClient { BaseAddress = new UriBuilder(server.Client.BaseAddress!) { Host = "127.0.0.1" }.Uri };

        (await client.GetAsync("/v1/p/thumbnails")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        (await client.GetAsync("/health/ready")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.GetAsync("/openapi/v1.json")).StatusCode.Should().Be(HttpStatusCode.OK);
        client.DefaultRequestHeaders.Add("X-Auth-Token", Token);
        (await client.GetAsync("/v1/p/thumbnails")).StatusCode.Should().Be(HttpStatusCode.OK);
        (await client.GetAsync("/v1/q/thumbnails")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        await Eventually.TrueAsync(() => server.Log.Contains("not for this project", StringComparison.Ordinal));
        server.Log.Split('\n').Should().ContainSingle(line => line.Contains("without TLS", StringComparison.Ordinal));
        server.Log.Should().NotContain(Token);
    }

    [Fact]
    public async Task A_credential_from_the_environment_is_required_on_loopback_too()
    {
        await using var server = await ServerProcess.StartCommandAsync(
            "env", [.. TokenInTheEnvironment, "dotnet", ServerProcess.Dll, "serve", "--urls", "http://127.0.0.1:0", "--data", data, "--concurrency", "0"]);

        (await server.Client.GetAsync("/v1/p/thumbnails")).StatusCode.Should().Be(HttpStatusCode.Unauthorized);
        server.Client.DefaultRequestHeaders.Add("X-Auth-Token", Token);
        (await server.Client.GetAsync("/v1/p/thumbnails")).StatusCode.Should().Be(HttpStatusCode.OK);
        server.Log.Should().NotContain("without TLS");
    }

    [Theory]
    [InlineData("""{ "Credentials": { "Tokens": [ { "Token": "a-secret-that-is-long" } ] } }""", "Credentials:Tokens:0: Projects is empty")]
    [InlineData("""{ "Credentials": { "Tokens": [ { "Tokn": "a-secret", "Projects": [ "p" ] } ] } }""", "The section Credentials has a name or a value that is not understood")]
    [InlineData("""{ "Credentials": { "Tokens": "a-secret" } }""", "The section Credentials has a name or a value that is not understood")]
    [InlineData("""{ "Throttling": { "RequestsPerMinut": 1 } }""", "The section Throttling has a name or a value that is not understood")]
    [InlineData("""{ "Throttling": { "RequestsPerMinut": 1 } }""", "it has the numbers RequestsPerMinute, MaxQueuedTasks, MaxStoredTasks, MaxUserData, MaxImmediate.")]
    [InlineData("""{ "Throttling": { "MaxQueuedTasks": -1 } }""", "MaxQueuedTasks must be 0")]
    [InlineData("""{ "Throttling": { "MaxStoredTasks": -1 } }""", "MaxStoredTasks must be 0")]
    [InlineData("""{ "Throttling": { "MaxUserData": -1 } }""", "MaxUserData must be 0")]
    [InlineData("""{ "Throttling": { "MaxImmediate": -1 } }""", "MaxImmediate must be 0")]
    [InlineData("""{ "Proxies": [ "nearby" ] }""", "Proxies has 'nearby', which is neither an address nor a network")]
    public async Task A_setting_that_is_wrong_is_refused_in_one_line_without_its_secrets(string settings, string sentence)
    {
        var (exitCode, _, error) = await ServerProcess.RunAsync("serve", "--data", data, "--urls", "http://127.0.0.1:0", "--config", await ConfigAsync(settings));

        exitCode.Should().Be(1);
        error.Should().Contain(sentence).And.NotContain("a-secret").And.NotContain("   at ");
    }

    [Theory]
    [InlineData("""{ }""", HttpStatusCode.OK)]
    [InlineData("""{ "Proxies": [ "10.0.0.0/8" ] }""", HttpStatusCode.OK)]
    [InlineData("""{ "Proxies": [ "127.0.0.1" ] }""", HttpStatusCode.Unauthorized)]
    public async Task Only_a_configured_proxy_says_where_a_request_comes_from(string settings, HttpStatusCode status)
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0", "--config", await ConfigAsync(settings));
        server.Client.DefaultRequestHeaders.Add("X-Forwarded-For", "203.0.113.7");

        (await server.Client.GetAsync("/v1/p/thumbnails")).StatusCode.Should().Be(status);
    }

    [Fact]
    public async Task A_head_that_does_not_end_and_one_that_is_too_long_are_cut()
    {
        await using var server = await ServerProcess.StartAsync(data, "--concurrency", "0");

        (await RawAsync(server, "GET /health/live HTTP/1.1\r\nHost: x\r\n")).Should().StartWith("HTTP/1.1 408");
        (await RawAsync(server, $"GET /health/live HTTP/1.1\r\nHost: x\r\nX-Long: {new string('x', 33_000)}\r\n\r\n")).Should().StartWith("HTTP/1.1 431");
        (await RawAsync(server, $"POST /v1/p/thumbnails HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 1048577\r\n\r\n")).Should().StartWith("HTTP/1.1 413");
    }

    private static async Task<string> RawAsync(ServerProcess server, string request)
    {
        using var connection = new TcpClient("127.0.0.1", server.Client.BaseAddress!.Port);
        await connection.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        var answer = new byte[1000];
        var count = await connection.GetStream().ReadAsync(answer).AsTask().WaitAsync(ServerProcess.Patience);
        return Encoding.ASCII.GetString(answer, 0, count);
    }

    private async Task<string> ConfigAsync(string settings)
    {
        var path = Path.Combine(data, "config.json");
        await File.WriteAllTextAsync(path, settings);
        return path;
    }
}
