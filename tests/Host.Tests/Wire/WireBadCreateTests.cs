using System.Text;

namespace SnapshotTasks.Tests;

public sealed class WireBadCreateTests(WireServer server) : IClassFixture<WireServer>
{
    private const string OutOfRange = "between -2147483648 and 2147483647";

    private static readonly string[] Places = ["input", "output"];
    private static readonly string[] Buckets = Each("bucket"), Locations = Each("location"), Paths = Each("object"), FileNames = Each("file_name");
    private static readonly string[] Segments = [.. Buckets, "thumbnail_para.output_filename"];
    private static readonly string[] FreeTexts = ["user_data", .. Locations, .. FileNames];
    private static readonly string[] Texts = [.. FreeTexts, .. Segments, .. Paths, "thumbnail_para.type"];
    private static readonly string[] Integers =
    [
        "tar", "sync", "original_dir", "thumbnail_para.time", "thumbnail_para.start_time", "thumbnail_para.duration", "thumbnail_para.format",
        "thumbnail_para.width", "thumbnail_para.height", "thumbnail_para.max_length", "thumbnail_para.amount", "thumbnail_para.threshold",
    ];

    private static readonly string[] Unsafe = ["\"..\"", "\".\"", "\"\\u0000\"", "\"a\\u0000b\"", "\"\\u0001\"", "\"a\\nb\"", "\"a\\\\b\"", "\"\\u007f\""];

    private static readonly (string[] Fields, string[] Values, string Words)[] Corpus =
    [
        ([.. Places, "thumbnail_para"], ["5", "[]", "\"x\"", "true"], "must be an object"),
        ([.. Places, .. Buckets, .. Locations, .. Paths, "thumbnail_para"], ["", "null"], "is required"),
        ([.. Buckets, .. Locations, .. Paths], ["\"\"", "\"  \""], "empty"),
        ([.. Buckets, .. Locations], [WireBody.Text('n', 65)], "64"),
        ([.. Paths, .. FileNames], [WireBody.Text('p', 1025)], "1024"),
        (["user_data"], [WireBody.Text('u', 65_536)], "65535"),
        (["thumbnail_para.output_filename"], [WireBody.Text('f', 257)], "256"),
        (Segments, [.. Unsafe, "\"a/b\"", "\"/\""], "control characters"),
        (Paths, [.. Unsafe, "\"//abs\"", "\"/../x\"", "\"../x\"", "\"a/../b\"", "\"a//b\"", "\"a/./b\"", "\"/\"", "\"a/b\\u0000\""], "control characters"),
        (["input.object"], ["\"dir/\""], "must name a file"),
        ([.. Segments], ["\".hidden\"", "\".snapshots\""], "not begin with a dot"),
        (["output.object"], ["\".a\"", "\"/.a\"", "\"a/.b\"", "\"a/.b/c/\"", "\"..a\""], "without segments that begin with a dot"),
        (Paths, [$"\"{new string('é', 513)}\""], "must have at most 1024 bytes in UTF-8"),
        (FreeTexts, ["\"\\u0000\"", "\"a\\u0000\""], "U+0000"),
        ([.. Texts, "thumbnail_para.duration"], ["\"\\ud800\"", "\"a\\udc00\"", "\"\\udc00\\ud800\"", "\"\\ud800\\u0041\""], "valid Unicode"),
        (Texts, ["true", "{}", "[\"x\"]"], "must be a string"),
        (Integers, ["\"12\"", "true", "[1]", "{}", "2147483648", "-2147483649", "1e400", "-1e400"], OutOfRange),
        (["original_dir", "tar", "sync"], ["2", "-1"], "0 or 1"),
        (["thumbnail_para.width"], ["-1", "1", "96", "96.9", "3841"], "must be 0, or more than 96 and at most 3840 pixels"),
        (["thumbnail_para.height"], ["-1", "1", "96", "96.9", "2161"], "must be 0, or more than 96 and at most 2160 pixels"),
        (["thumbnail_para.max_length"], ["-1", "1", "239", "239.9", "3841"], "must be 0, or at least 240 and at most 3840 pixels"),
        (["thumbnail_para.amount"], ["-1", "101"], "between 0 and 100 percent"),
        (["thumbnail_para.threshold"], ["-1", "256"], "between 0 and 255"),
        (["thumbnail_para.percent"], ["10", "0", "\"10\"", "[[1]]"], "no longer supported: use type TIME with time, or DOTS with dots"),
        (["thumbnail_para.aspect_ratio"], ["1", "0.5", "\"16:9\"", "{}"], "no longer supported: use width, height or max_length"),
        (["thumbnail_para.duration"], ["\"toend\"", "\"\"", "\"0\""], OutOfRange),
        (["thumbnail_para.type"], ["\"time\"", "\"\"", "\"FOO\"", "\"\\u0000\""], "must be TIME, DOTS or DOTS_MS"),
        (["thumbnail_para.type"], ["\"PERCENT\""], "TIME with time, or DOTS with dots"),
        (["thumbnail_para.type"], ["\"DOTS_MS\""], "for sync 1 only"),
        (["thumbnail_para.time"], ["0", "0.9", "101", "-1", "2147483647"], "between 1 and 100 seconds"),
        (["thumbnail_para.start_time", "thumbnail_para.duration"], ["-1", "-2147483648"], "at least 0"),
        (["thumbnail_para.dots", "thumbnail_para.dots_ms"], ["5", "[null]", "[\"1\"]", "[[1]]", "[2147483648]"], $"a list of integers {OutOfRange}"),
        (["thumbnail_para.format"], ["0", "0.9", "2"], "must be 1"),
        (["foo", "input.foo", "thumbnail_para.Time", "tar ", new string('x', 5000)], ["1", "[{\"bar\":1}]", "\"\\ud800\""], "not a known field"),
    ];

    public static TheoryData<string, string, string> BadFields =>
        [.. Corpus.SelectMany(row => row.Fields.SelectMany(name => row.Values.Select(json => (name, json, row.Words)))).Distinct()];

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task A_bad_field_is_refused_by_name_and_limit(string field, string json, string words)
    {
        var named = field.Length > 100 ? field[..100] : field;
        await MustBeRefused(Encoding.UTF8.GetBytes(WireBody.With((field, json))), named, words);
    }

    public static TheoryData<string, string> BadPoints => new()
    {
        { "", "1 to 10 points" },
        { "null", "1 to 10 points" },
        { "[]", "1 to 10 points" },
        { "[1,2,3,4,5,6,7,8,9,10,11]", "1 to 10 points" },
        { "[3,-1]", "must not be negative" },
    };

    [Theory]
    [MemberData(nameof(BadPoints))]
    public async Task DOTS_needs_1_to_10_points_that_are_not_negative(string dots, string words)
    {
        var body = WireBody.With(("thumbnail_para.type", "\"DOTS\""), ("thumbnail_para.dots", dots));
        await MustBeRefused(Encoding.UTF8.GetBytes(body), "thumbnail_para.dots", words);
    }

    public static TheoryData<string, string, string> BadParas => new()
    {
        { """{"amount":101,"threshold":32}""", "thumbnail_para.amount", "between 0 and 100 percent" },
        { """{"amount":-1,"threshold":32}""", "thumbnail_para.amount", "between 0 and 100 percent" },
        { """{"amount":98,"threshold":256}""", "thumbnail_para.threshold", "between 0 and 255" },
        { """{"amount":98,"threshold":-1}""", "thumbnail_para.threshold", "between 0 and 255" },
        { """{"width":640,"height":96}""", "thumbnail_para.height", "at most 2160" },
        { """{"width":640,"height":480,"max_length":1}""", "thumbnail_para.max_length", "at least 240" },
    };

    [Theory]
    [MemberData(nameof(BadParas))]
    public async Task A_number_out_of_its_range_is_refused_among_good_ones(string para, string field, string words) =>
        await MustBeRefused(Encoding.UTF8.GetBytes(WireBody.With(("thumbnail_para", para))), field, words);

    public static TheoryData<string, string, string> BadSyncs => new()
    {
        { """{}""", "thumbnail_para.type", "must be DOTS or DOTS_MS when sync is 1" },
        { """{"type":"TIME","dots":[1]}""", "thumbnail_para.type", "must be DOTS or DOTS_MS when sync is 1" },
        { """{"type":"DOTS"}""", "thumbnail_para.dots", "exactly one point" },
        { """{"type":"DOTS","dots":[]}""", "thumbnail_para.dots", "exactly one point" },
        { """{"type":"DOTS","dots":[1,2]}""", "thumbnail_para.dots", "exactly one point" },
        { """{"type":"DOTS","dots":[-1]}""", "thumbnail_para.dots", "must not be negative" },
        { """{"type":"DOTS","dots_ms":[1]}""", "thumbnail_para.dots", "exactly one point" },
        { """{"type":"DOTS_MS","dots":[1]}""", "thumbnail_para.dots_ms", "exactly one point" },
        { """{"type":"DOTS_MS","dots_ms":[]}""", "thumbnail_para.dots_ms", "exactly one point" },
        { """{"type":"DOTS_MS","dots_ms":[1,2]}""", "thumbnail_para.dots_ms", "exactly one point" },
        { """{"type":"DOTS_MS","dots_ms":[-1]}""", "thumbnail_para.dots_ms", "not negative" },
        { """{"type":"PERCENT","percent":10}""", "thumbnail_para.type", "DOTS with dots" },
        { """{"type":"DOTS","dots":[1],"width":96}""", "thumbnail_para.width", "more than 96" },
        { """{"type":"DOTS","dots":[1],"format":2}""", "thumbnail_para.format", "must be 1" },
    };

    [Theory]
    [MemberData(nameof(BadSyncs))]
    public async Task A_picture_that_is_wanted_now_needs_exactly_one_point(string para, string field, string words) =>
        await MustBeRefused(Encoding.UTF8.GetBytes(WireBody.With(("sync", "1"), ("thumbnail_para", para))), field, words);

    public static TheoryData<string, string> BadBodies => new()
    {
        { "", "is not JSON" },
        { " \n", "is not JSON" },
        { "null", "must be a JSON object" },
        { "[]", "must be a JSON object" },
        { "5", "must be a JSON object" },
        { "\"text\"", "must be a JSON object" },
        { "{}", "thumbnail_para is required" },
        { "{", "is not JSON" },
        { "{]", "is not JSON" },
        { "{'input':1}", "is not JSON" },
        { "{\"input\":tru}", "is not JSON" },
        { "{\"tar\":NaN}", "is not JSON" },
        { "{\"tar\":01}", "is not JSON" },
        { "{\"tar\":1,}", "is not JSON" },
        { "{/* hello */}", "is not JSON" },
        { "{\"user_data\":\"\n\"}", "is not JSON" },
        { "\uFEFF{}", "thumbnail_para is required" },
        { "\uFEFF\uFEFF{}", "is not JSON" },
        { "task_id=1", "is not JSON" },
        { WireBody.With() + " x", "is not JSON" },
        { WireBody.With() + WireBody.With(), "is not JSON" },
        { WireBody.With()[..^1], "is not JSON" },
        { new string('[', 200_000), "must be a JSON object" },
        { "{\"foo\":" + new string('[', 200_000), "foo is not a known field" },
        { "{\"thumbnail_para\":{\"dots\":" + new string('[', 200_000), "thumbnail_para.dots must be a list of integers" },
        { "{\"tar\":1,\"tar\":1}", "tar must be an integer between -2147483648 and 2147483647, given once" },
        { "{\"tar\":1,\"\\u0074ar\":1}", "given once" },
        { "{\"input\":{},\"input\":{}}", "input must be an object, given once" },
        { "{\"input\":{\"bucket\":\"a\",\"bucket\":\"b\"}}", "input.bucket must be a string, given once" },
        { "{\"\\ud800\":1}", "valid Unicode" },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public Task A_body_that_is_not_one_strict_JSON_object_is_refused(string body, string words) => MustBeRefused(Encoding.UTF8.GetBytes(body), words);

    [Fact]
    public async Task Bytes_that_are_no_UTF_8_are_refused()
    {
        var body = WireBody.With(("user_data", "\"#\""));
        await MustBeRefused(Encoding.Unicode.GetBytes(body), "is not JSON");
        await MustBeRefused([.. Encoding.UTF8.GetBytes(body).Select(b => b == '#' ? (byte)0xff : b)], "user_data", "valid Unicode");
    }

    public static TheoryData<string?> WrongContentTypes =>
        [(string?)null, "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/json; charset=latin1", "application/jsonp", "*/*"];

    [Theory]
    [MemberData(nameof(WrongContentTypes))]
    public async Task Only_JSON_in_UTF_8_is_read(string? contentType)
    {
        var before = await server.TotalAsync();

        var answer = await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, Encoding.UTF8.GetBytes(WireBody.With()), contentType);

        answer.MustBeError(415, "MPC.10205", "application/json");
        (await server.TotalAsync()).Should().Be(before);
    }

    [Fact]
    public async Task A_compressed_body_is_not_read()
    {
        var answer = await server.RawAsync(
            $"POST {WireServer.Thumbnails} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{{}}");

        answer.Should().StartWith("HTTP/1.1 415").And.Contain("MPC.10205").And.Contain("not compressed");
    }

    [Theory]
    [InlineData(1024 * 1024, 202)]
    [InlineData((1024 * 1024) + 1, 413)]
    [InlineData(5_000_000, 413)]
    public async Task A_body_has_at_most_1_MB(int length, int status)
    {
        var before = await server.TotalAsync();
        var body = WireBody.With().PadRight(length);

        var answer = await server.PostAsync(body);

        answer.Status.Should().Be(status, answer.Body);
        (await server.TotalAsync()).Should().Be(before + (status == 202 ? 1 : 0));
        if (status != 202)
        {
            answer.MustBeError(413, "MPC.10202", "1048576 bytes");
        }

        server.LoggedErrors.Should().BeEmpty();
    }

    private async Task MustBeRefused(byte[] body, params string[] words)
    {
        var before = await server.TotalAsync();

        var answer = await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, body, "application/json");

        answer.MustBeError(400, "MPC.10202", ["Invalid request parameter: ", .. words]);
        (await server.TotalAsync()).Should().Be(before);
        server.LoggedErrors.Should().BeEmpty();
    }

    private static string[] Each(string name) => [.. Places.Select(place => $"{place}.{name}")];
}
