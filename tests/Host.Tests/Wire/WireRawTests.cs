using System.Globalization;

namespace SnapshotTasks.Tests;

public sealed class WireRawTests(WireServer server) : IClassFixture<WireServer>
{
    private const string Post = $"POST {WireServer.Thumbnails} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n";

    [Fact]
    public async Task A_host_header_without_a_port_is_served() =>
        (await server.RawAsync($"GET {WireServer.Thumbnails} HTTP/1.1\r\nHost: LOCALHOST:8080\r\nConnection: close\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 200 OK");

    [Fact]
    public async Task A_cancel_with_the_headers_of_a_body_and_none_is_served()
    {
        var id = await server.CreateAsync();

        var answer = await server.RawAsync(
            $"DELETE {WireServer.Thumbnails}?task_id={id} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: 0\r\nSDK_EXCHANGE: x\r\n\r\n");

        answer.Should().StartWith("HTTP/1.1 204 No Content").And.EndWith("\r\n\r\n");
    }

    [Fact]
    public async Task A_double_slash_is_an_unknown_path_unless_the_host_drops_it() =>
        (await server.RawAsync($"DELETE /{WireServer.Thumbnails}?task_id=1 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
            .Should().StartWith("HTTP/1.1 404").And.Contain("APIGW.0101");

    [Fact]
    public async Task A_chunked_body_is_read()
    {
        var body = WireBody.With();
        var half = body.Length / 2;

        (await server.RawAsync($"{Post}Transfer-Encoding: chunked\r\n\r\n{Chunk(body[..half])}{Chunk(body[half..])}{Chunk("")}"))
            .Should().StartWith("HTTP/1.1 202 Accepted").And.Contain("task_id");
    }

    [Fact]
    public async Task A_chunked_body_over_1_MB_is_refused_as_it_arrives() => await MustBeRefused(
        "413", "1048576 bytes", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chunk(new string(' ', 1_048_576))}{Chunk(WireBody.With())}{Chunk("")}");

    [Fact]
    public async Task A_body_chunked_wrongly_is_refused() =>
        await MustBeRefused("400", "did not arrive whole", $"{Post}Transfer-Encoding: chunked\r\n\r\nxyz\r\n{WireBody.With()}\r\n");

    [Fact]
    public async Task A_body_that_never_ends_is_cut_by_the_servers_limit() =>
        await MustBeRefused("400", "did not arrive whole", $"{Post}Transfer-Encoding: chunked\r\n\r\n{Chunk(WireBody.With())}");

    [Fact]
    public async Task A_body_shorter_than_its_length_is_no_task()
    {
        await using var own = await WireServer.StartAsync();

        await own.RawAsync($"{Post}Content-Length: 100000\r\n\r\n{WireBody.With()}", halfClose: true);

        await own.StopAsync();
        (await own.TotalAsync()).Should().Be(0);
        own.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_body_longer_than_its_length_is_cut_and_refused() =>
        await MustBeRefused("400", "is not JSON", $"{Post}Content-Length: 10\r\n\r\n{WireBody.With()}");

    [Fact]
    public async Task A_body_without_a_length_is_empty() => await MustBeRefused("400", "is not JSON", $"{Post}\r\n");

    private static string Chunk(string text) => string.Create(CultureInfo.InvariantCulture, $"{text.Length:x}\r\n{text}\r\n");

    private async Task MustBeRefused(string status, string words, string request)
    {
        var before = await server.TotalAsync();

        var answer = await server.RawAsync(request);

        answer.Should().StartWith($"HTTP/1.1 {status}").And.Contain("Content-Type: application/json").And.Contain("MPC.10202").And.Contain(words);
        (await server.TotalAsync()).Should().Be(before);
        server.LoggedErrors.Should().BeEmpty();
    }
}
