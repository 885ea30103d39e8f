using System.Text;

namespace SnapshotTasks.Tests;

public sealed class WireCreateTests(WireServer server) : IClassFixture<WireServer>
{
    [Fact]
    public async Task A_create_answers_202_with_the_id_alone()
    {
        var answer = await server.PostAsync(WireBody.With());

        answer.Status.Should().Be(202);
        answer.ContentType.Should().Be("application/json");
        answer.RequestId.Should().NotBeNullOrEmpty();
        answer.Body.Should().MatchRegex("""^\{"task_id":"[1-9][0-9]*"\}$""");
    }

    public static TheoryData<string, string, int, int, int> Intervals => new()
    {
        { "{}", "", 12, 0, 0 },
        { """{"type":null}""", "nulls are absent", 12, 0, 0 },
        { """{"type":"TIME","time":1}""", "shortest", 1, 0, 0 },
        { """{"type":"TIME","time":100,"start_time":7,"duration":60}""", "all set", 100, 7, 60 },
        { """{"time":100.9,"start_time":0.9,"duration":-0.9}""", "decimals are cut off before the range is checked", 100, 0, 0 },
        { """{"time":1e1,"start_time":2147483647.5}""", "any way to write a number", 10, int.MaxValue, 0 },
        { """{"duration":"ToEND","aspect_ratio":0}""", "what old clients send", 12, 0, 0 },
        { """{"duration":"To\u0045ND","aspect_ratio":-0.0}""", "written in another way", 12, 0, 0 },
        { """{"aspect_ratio":null}""", "nulls are absent", 12, 0, 0 },
        { """{"time":5,"dots":[1,-2],"dots_ms":[-1,2],"percent":null}""", "the fields of another type do not matter", 5, 0, 0 },
        {
            """{"time":5,"width":0,"height":0.0,"max_length":0,"format":1,"dots_ms":[],"amount":null,"threshold":null}""",
            "documented defaults are no wish", 5, 0, 0
        },
    };

    [Theory]
    [MemberData(nameof(Intervals))]
    public async Task TIME_samples_at_an_interval(string para, string because, int time, int start, int duration)
    {
        var id = await server.CreateAsync(changes: ("thumbnail_para", para));

        (await server.TaskAsync(id)).Request.Sampling.Should().BeEquivalentTo(
            Sampling.Every(TimeSpan.FromSeconds(time), TimeSpan.FromSeconds(start), TimeSpan.FromSeconds(duration)), because);
    }

    [Fact]
    public async Task DOTS_samples_at_the_given_seconds()
    {
        var id = await server.CreateAsync(changes: ("thumbnail_para", """{"type":"DOTS","dots":[0,5.9,1,1,1,1,1,1,1,1],"time":1000}"""));

        (await server.TaskAsync(id)).Request.Sampling.Points.Select(point => point.TotalSeconds).Should().Equal(0, 5, 1, 1, 1, 1, 1, 1, 1, 1);
    }

    public static TheoryData<string, PictureSize?, BlackFrames?> Looks => new()
    {
        { "{}", null, null },
        { """{"width":0,"height":0,"max_length":0,"amount":null}""", null, null },
        { """{"width":97.9,"height":2160.9}""", new(97, 2160), null },
        { """{"width":3840,"max_length":240}""", new(3840, 0, 240), null },
        { """{"height":97,"max_length":3840}""", new(0, 97, 3840), null },
        { """{"amount":98,"threshold":32}""", null, new(98, 32) },
        { """{"amount":0,"threshold":255.9}""", null, new(0, 255) },
        { """{"amount":100.9,"threshold":-0.9}""", null, new(100, 0) },
        { """{"amount":50}""", null, new(50, 32) },
        { """{"threshold":50,"amount":null}""", null, new(98, 50) },
        { """{"amount":0}""", null, new(0, 32) },
    };

    [Theory]
    [MemberData(nameof(Looks))]
    public async Task The_size_of_pictures_and_the_test_for_black_are_kept_as_sent(string para, PictureSize? size, BlackFrames? black)
    {
        var id = await server.CreateAsync(changes: ("thumbnail_para", para));

        var request = (await server.TaskAsync(id)).Request;
        (request.Size, request.Black).Should().Be((size, black));
    }

    [Theory]
    [InlineData("", false)]
    [InlineData("null", false)]
    [InlineData("1", false)]
    [InlineData("0", true)]
    [InlineData("0.9", true)]
    public async Task Tar_0_packs_the_pictures_and_1_does_not(string tar, bool archive)
    {
        var id = await server.CreateAsync(changes: ("tar", tar));

        (await server.TaskAsync(id)).Request.Archive.Should().Be(archive);
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("0", true)]
    [InlineData("0.9", true)]
    [InlineData("null", true)]
    [InlineData("1", false)]
    public async Task Original_dir_says_whether_the_pictures_get_a_directory_of_their_own(string originalDir, bool own)
    {
        var id = await server.CreateAsync(changes: ("original_dir", originalDir));

        (await server.TaskAsync(id)).Request.Output.Path.Should().MatchRegex(own ? "^out/[0-9a-f]{16}$" : "^out$");
    }

    [Fact]
    public async Task Text_is_kept_as_sent()
    {
        var id = await server.CreateAsync(changes:
        [
            ("user_data", """ "a\u00e9\ud83d\ude00\n\"<&" """),
            ("input.file_name", "\"clip\""),
            ("output.object", "\"out/\\u00e9/\""),
            ("original_dir", "1"),
            ("thumbnail_para.output_filename", "\"photo.one\""),
        ]);

        var request = (await server.TaskAsync(id)).Request;
        request.UserData.Should().Be("aé😀\n\"<&");
        request.Input.FileName.Should().Be("clip");
        request.Output.Path.Should().Be("out/é/");
        request.OutputFileName.Should().Be("photo.one");
    }

    [Fact]
    public async Task Text_may_be_sent_as_a_number_and_comes_back_as_text()
    {
        var id = await server.CreateAsync(changes: [("user_data", "12.50"), ("input.location", "1"), ("thumbnail_para.output_filename", "7")]);

        var request = (await server.TaskAsync(id)).Request;
        (request.UserData, request.Input.Location, request.OutputFileName).Should().Be(("12.50", "1", "7"));
    }

    [Fact]
    public async Task Values_at_their_limits_are_accepted()
    {
        var answer = await server.PostAsync(WireBody.With(
            ("input.bucket", WireBody.Text('b', 64)),
            ("input.location", WireBody.Text('l', 64)),
            ("input.object", WireBody.Text('o', 1024)),
            ("user_data", WireBody.Text('u', 65_535)),
            ("thumbnail_para.output_filename", WireBody.Text('f', 256)),
            ("tar", "1"),
            ("sync", "0")));

        answer.Status.Should().Be(202, answer.Body);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("Application/JSON; charset=\"utf-8\"")]
    [InlineData("application/json; charset=utf8")]
    [InlineData("application/json;charset=\"UTF8\"")]
    public async Task JSON_in_UTF_8_is_accepted(string contentType)
    {
        var answer = await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, Encoding.UTF8.GetBytes(WireBody.With()), contentType);

        answer.Status.Should().Be(202, answer.Body);
    }

    [Fact]
    public async Task A_byte_order_mark_before_the_body_is_skipped()
    {
        var answer = await server.SendAsync(
            HttpMethod.Post, WireServer.Thumbnails, [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(WireBody.With())], "application/json");

        answer.Status.Should().Be(202, answer.Body);
    }

    [Fact]
    public async Task One_slash_at_the_beginning_of_a_path_is_dropped_and_comes_back_as_it_was_given()
    {
        var id = await server.CreateAsync(changes: [("input.object", "\"/in/clip.mp4\""), ("output.object", "\"/out\""), ("original_dir", "1")]);

        var request = (await server.TaskAsync(id)).Request;
        (request.Input.RelativePath(), request.Output.RelativePath()).Should().Be(("in/clip.mp4", "out"));
        var task = (await server.GetAsync($"?task_id={id}")).Tasks.Single();
        task.GetProperty("input").GetProperty("object").GetString().Should().Be("/in/clip.mp4");
        task.GetProperty("output").GetProperty("object").GetString().Should().Be("/out");
    }
}
