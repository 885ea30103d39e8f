using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Requests nobody would think of: answered in time, as documented, and a rejected one changes nothing.</summary>
public sealed class WireGeneratedTests
{
    private const int Servers = 20, RequestsEach = 1_000;
    private static readonly TimeSpan Hang = TimeSpan.FromSeconds(5);

    private static readonly string[] Fields =
    [
        "input", "input.bucket", "input.location", "input.object", "input.file_name", "output", "output.bucket", "output.location",
        "output.object", "user_data", "tar", "sync", "original_dir", "thumbnail_para", "thumbnail_para.type", "thumbnail_para.time",
        "thumbnail_para.start_time", "thumbnail_para.duration", "thumbnail_para.dots", "thumbnail_para.dots_ms",
        "thumbnail_para.output_filename", "thumbnail_para.format", "thumbnail_para.width", "thumbnail_para.height",
        "thumbnail_para.max_length", "thumbnail_para.amount", "thumbnail_para.threshold", "thumbnail_para.percent", "unknown",
    ];

    private static readonly string[] Values =
    [
        "", "null", "true", "0", "1", "-1", "12", "0.9", "100.5", "101", "1e3", "1e400", "-1e-400", "2147483648", "-9223372036854775809",
        "99999999999999999999", "\"\"", "\"a\"", "\"TIME\"", "\"DOTS\"", "\"DOTS_MS\"", "\"PERCENT\"", "\"..\"", "\"/etc/passwd\"", "\"a/../b\"",
        "\"a\\u0000b\"", "\"\\ud800\"", "\"\\udc00a\"", "\"\\u202e\"", "\"😀\"", "[]", "[1]", "[1,2,3]", "[-1]", "[1.9]", "[null]", "[[]]",
        "[0,1,2,3,4,5,6,7,8,9,10]", "{}", "{\"a\":1}", "\"2081\"", "NaN", "'a'", "1,", "//", "\"unfinished",
    ];

    private static readonly string[] Parameters =
    [
        "task_id=1", "task_id=2", "task_id=0", "task_id=007", "task_id=-1", "task_id=%31", "task_id=1%00", "task_id=%FF", "task_id=", "task_id",
        "task_id=1,2", "task_id=9999999999999999", "task_id=99999999999999999", "task_id=%EF%BC%91", "Task_Id=1", "status=WAITING", "status=waiting",
        "status=NO_TASK", "page=0", "page=50000", "page=50001", "page=-0", "size=1", "size=100", "size=0", "size=101", "size=%2B1",
        "start_time=20260102030405", "start_time=20261302030405", "end_time=00000000000000", "end_time=99991231235959", "x=%", "=", "&&", "a=b=c",
    ];

    private static readonly string[] Paths =
    [
        "/v1/tests/thumbnails", "/v1/tests/thumbnails", "/v1/tests/thumbnails", "/v1/other/thumbnails", "/v1/%7Bproject_id%7D/thumbnails",
        "/v1/a%2Fb/thumbnails", "/v1//thumbnails", "//v1/tests/thumbnails", "/v1/tests/thumbnails/", "/v1/tests/thumbnails/1", "/v2/tests/thumbnails",
        "/V1/TESTS/THUMBNAILS", "/v1/tests%20/thumbnails", "/v1/%E9/thumbnails", "/v1/tests/../other/thumbnails", "/v1/tests;a=b/thumbnails",
    ];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task A_generated_request_is_answered_as_documented_and_a_rejected_one_changes_nothing(int half)
    {
        for (var seed = half; seed <= Servers; seed += 2)
        {
            var random = new Random(seed);
            await using var server = await WireServer.StartAsync();
            await server.CreateAsync();
            for (var i = 0; i < RequestsEach; i++)
            {
                await SendAsync(server, random, $"seed {seed}, request {i}");
            }

            server.LoggedErrors.Should().BeEmpty("nothing a client sends is an error of ours, seed {0}", seed);
        }
    }

    [Fact]
    public async Task Mangled_http_is_answered_or_cut_off_and_changes_nothing()
    {
        await using var server = await WireServer.StartAsync();
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            // Each has a name: one whose answer was lost may be carried out while the next is on its way.
            var body = Encoding.UTF8.GetBytes(WireBody.With(("user_data", $"\"request {i}\"")));
            var head = $"POST /v1/tests/thumbnails HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
            var bytes = Encoding.ASCII.GetBytes(head);
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var answer = await RawAsync(server, [.. bytes, .. body]);

            // No answer is no rejection: a connection that is reset may take an answer that was on its way with it.
            if (answer.Length > 0 && !answer.StartsWith("HTTP/1.1 202", StringComparison.Ordinal))
            {
                // 505 is the web server's own, for a version of HTTP that there is not.
                answer.Should().NotMatchRegex("^HTTP/1.. 50[0-4]", "request {0}: {1}", i, Encoding.Latin1.GetString(bytes));
                (await server.Store.ListAsync(new TaskFilter(new ProjectId("tests")), 0, int.MaxValue))
                    .Should().NotContain(task => task.Request.UserData == $"request {i}", "it was rejected: {0}", answer);
            }
        }
    }

    private static async Task SendAsync(WireServer server, Random random, string which)
    {
        var (method, path, body) = Generate(random);
        var before = await StateAsync(server);
        var clock = Stopwatch.StartNew();
        var answer = await server.SendAsync(method, $"{server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority)}{path}", body, body is null ? null : "application/json");
        clock.Elapsed.Should().BeLessThan(Hang, "{0}: {1} {2}", which, method, path);
        answer.Status.Should().BeLessThan(500, "{0}: {1} {2} {3}", which, method, path, body is null ? "" : Encoding.UTF8.GetString(body));
        if (answer.Status >= 400)
        {
            (await StateAsync(server)).Should().Be(before, "{0} was rejected: {1} {2}", which, method, path);
        }
    }

    private static (HttpMethod Method, string Path, byte[]? Body) Generate(Random random)
    {
        var path = random.Next(4) > 0 ? Paths[0] : Pick(random, Paths);
        return random.Next(13) switch
        {
            10 => (HttpMethod.Post, $"{Paths[0]}/cancellations", Spoilt(random, Encoding.UTF8.GetBytes($"{{{Members(random, "task_ids", "filter", "cancellation_id")}}}"))),
            11 => (HttpMethod.Get, $"{Paths[0]}/cancellations/{Pick(random, Values.Select(Uri.EscapeDataString).Append(new string('0', 32)).ToArray())}?{Query(random)}&after={random.Next(3)}", null),
            12 => (HttpMethod.Get, $"/v1/tests/events?{Query(random)}&after={Pick(random, Values.Select(Uri.EscapeDataString).Append("now").Append("1-1-1-1").ToArray())}", null),
            < 6 => (HttpMethod.Post, path, Body(random)),
            < 8 => (HttpMethod.Get, $"{path}?{Query(random)}", null),
            8 => (HttpMethod.Delete, $"{path}?{Query(random)}", null),
            _ => (Pick(random, [HttpMethod.Put, HttpMethod.Patch, HttpMethod.Options]), path, null),
        };
    }

    private static byte[] Body(Random random)
    {
        var changes = Enumerable.Range(0, random.Next(4)).Select(_ => (Pick(random, Fields), Pick(random, Values))).DistinctBy(change => change.Item1);
        return Spoilt(random, Encoding.UTF8.GetBytes(WireBody.With([.. changes])));
    }

    // A member has any value, or is an object with conditions of any value.
    private static string Members(Random random, params string[] names) => string.Join(',', Enumerable.Range(0, random.Next(1, 3)).Select(_ =>
        $"\"{Pick(random, names)}\":{(random.Next(3) == 0 ? $"{{{Members(random, "all", "object_prefix", "created_from", "created_to")}}}" : Pick(random, Values))}"));

    private static byte[] Spoilt(Random random, byte[] body) => random.Next(5) switch
    {
        0 => Mangled(random, body),
        1 => body[..random.Next(body.Length)],
        _ => body,
    };

    private static byte[] Mangled(Random random, byte[] body)
    {
        for (var i = random.Next(1, 4); i > 0; i--)
        {
            body[random.Next(body.Length)] = (byte)random.Next(256);
        }

        return body;
    }

    private static string Query(Random random) => string.Join('&', Enumerable.Range(0, random.Next(5)).Select(_ => Pick(random, Parameters)));

    private static T Pick<T>(Random random, T[] from) => from[random.Next(from.Length)];

    private static async Task<string> StateAsync(WireServer server) => string.Join(' ',
        (await server.Store.ListAsync(new TaskFilter(new ProjectId("tests")), 0, int.MaxValue)).Select(task => $"{task.Id}{task.State}"));

    private static async Task<string> RawAsync(WireServer server, byte[] request)
    {
        using var patience = new CancellationTokenSource(Hang);
        using var connection = new TcpClient();
        await connection.ConnectAsync("127.0.0.1", server.Client.BaseAddress!.Port, patience.Token);
        var stream = connection.GetStream();
        try
        {
            await stream.WriteAsync(request, patience.Token);

            // Nothing follows: a length or a "Connection" that was mangled must not make the server wait for more.
            connection.Client.Shutdown(SocketShutdown.Send);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadToEndAsync(patience.Token);
        }
        catch (IOException)
        {
            return ""; // The server reset the connection.
        }
    }
}
