using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Creates with an Idempotency-Key: who does not know whether a create succeeded sends it again.</summary>
public sealed class WireKeyTests(WireServer server) : IClassFixture<WireServer>
{
    // Of each test its own: they share a server.
    private readonly string key = $"key {Guid.NewGuid()}";

    public static TheoryData<string> Statuses => [.. WireStatus.Words];

    [Theory]
    [MemberData(nameof(Statuses))]
    public async Task A_create_that_is_sent_again_gives_the_same_task_in_whatever_state_it_is(string status)
    {
        await using var own = await WireServer.StartAsync();
        var first = await own.PostAsync(WireBody.With(), key: key);
        await MoveAsync(own, status);
        var before = await own.TaskAsync("1");

        var again = await own.PostAsync(WireBody.With(), key: key);

        (again.Status, again.Body).Should().Be((202, first.Body));
        (await own.TotalAsync()).Should().Be(1);
        (await own.GetAsync("?task_id=1")).Tasks.Single().GetProperty("status").GetString().Should().Be(status);
        (await own.TaskAsync("1")).Should().BeEquivalentTo(before, "its directory was drawn once, and nothing has moved it");
    }

    [Fact]
    public async Task A_create_whose_answer_was_lost_is_found_by_its_key()
    {
        await using var own = await WireServer.StartAsync();
        own.Store.Loss = new UnknownOutcomeException("lost");
        (await own.PostAsync(WireBody.With(), key: key)).MustBeError(503, "MPC.10050", "may or may not");

        own.Store.Loss = null;
        var again = await own.PostAsync(WireBody.With(), key: key);

        (again.Status, again.Json.GetProperty("task_id").GetString()).Should().Be((202, "1"));
        (await own.TotalAsync()).Should().Be(1);
    }

    [Fact]
    public async Task Creates_that_are_sent_at_once_with_one_key_are_one_task()
    {
        var before = await server.TotalAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => server.PostAsync(WireBody.With(), key: key)));

        answers.Select(answer => (answer.Status, answer.Body)).Distinct().Should().ContainSingle().Which.Status.Should().Be(202);
        (await server.TotalAsync()).Should().Be(before + 1);
    }

    [Fact]
    public async Task Without_a_key_every_create_is_a_task_of_its_own() =>
        (await server.CreateAsync()).Should().NotBe(await server.CreateAsync());

    public static TheoryData<string, string> Same => new()
    {
        { "thumbnail_para", """{"type":"TIME"}""" },
        { "thumbnail_para", """{ "time" : 12.9, "type":"TIME", "start_time":0, "dots":[5], "width":0 }""" },
        { "original_dir", "0" },
        { "tar", "1" },
        { "sync", "0" },
        { "user_data", "null" },
    };

    [Theory]
    [MemberData(nameof(Same))]
    public async Task The_same_request_may_be_written_in_another_way(string field, string json)
    {
        var first = await server.PostAsync(WireBody.With(), key: key);

        (await server.PostAsync(WireBody.With((field, json)), key: key)).Body.Should().Be(first.Body);
    }

    public static TheoryData<string, string> Others => new()
    {
        { "input.bucket", "\"other\"" },
        { "input.location", "\"other\"" },
        { "input.object", "\"other\"" },
        { "input.file_name", "\"other\"" },
        { "output.object", "\"other\"" },
        { "user_data", "\"other\"" },
        { "original_dir", "1" },
        { "tar", "0" },
        { "thumbnail_para.time", "13" },
        { "thumbnail_para.start_time", "1" },
        { "thumbnail_para.duration", "1" },
        { "thumbnail_para.output_filename", "\"other\"" },
        { "thumbnail_para.width", "100" },
        { "thumbnail_para.max_length", "500" },
        { "thumbnail_para", """{"type":"DOTS","dots":[1]}""" },
        { "thumbnail_para", """{"type":"TIME","amount":50,"threshold":50}""" },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public async Task A_key_that_is_used_for_another_request_is_refused_and_adds_nothing(string field, string json)
    {
        var first = await server.PostAsync(WireBody.With(), key: key);
        var before = await server.TotalAsync();

        (await server.PostAsync(WireBody.With((field, json)), key: key)).MustBeError(400, "MPC.10202", "Idempotency-Key", "other parameters");

        (await server.TotalAsync()).Should().Be(before);
        (await server.PostAsync(WireBody.With(), key: key)).Body.Should().Be(first.Body, "the refused one has left no trace");
    }

    [Fact]
    public async Task A_key_is_a_projects_own()
    {
        var first = await server.PostAsync(WireBody.With(), key: key);

        var other = await server.PostAsync(WireBody.With(("user_data", "\"another request\"")), project: "another", key: key);

        (other.Status, other.Body == first.Body).Should().Be((202, false));
    }

    public static TheoryData<string> Good => ["k", "~", "\"in quotes, with a comma\"", new string('k', 255), "a b\\c;d=e"];

    [Theory]
    [MemberData(nameof(Good))]
    public async Task A_key_is_1_to_255_printable_characters(string good)
    {
        var first = await server.PostAsync(WireBody.With(), key: good);

        first.Status.Should().Be(202, first.Body);
        (await server.PostAsync(WireBody.With(), key: good)).Body.Should().Be(first.Body);
    }

    public static TheoryData<string> Bad => ["", "   ", new string('k', 256), "caf\u00c3\u00a9", "a\u007fb", "a\tb", "a\u0001b"];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Any_other_key_is_refused_by_name_and_limit_and_adds_nothing(string bad) =>
        await MustBeRefusedAsync("1 to 255 printable ASCII characters", bad);

    [Fact]
    public async Task Two_keys_are_refused_even_when_they_are_equal()
    {
        await MustBeRefusedAsync("must be sent once", key, $"{key} too");
        await MustBeRefusedAsync("must be sent once", key, key);
    }

    [Fact]
    public async Task A_bad_key_is_refused_with_sync_as_well() =>
        (await server.PostAsync(WireBody.With(("sync", "1"), ("thumbnail_para", """{"type":"DOTS","dots":[1]}""")), key: new('k', 256)))
            .MustBeError(400, "MPC.10202", "Idempotency-Key", "255");

    // As bytes: HTTP clients do not send what they know to be wrong.
    private async Task MustBeRefusedAsync(string words, params string[] sent)
    {
        var before = await server.TotalAsync();
        var headers = string.Concat(sent.Select(line => $"Idempotency-Key: {line}\r\n"));
        var body = WireBody.With();

        var answer = await server.RawAsync(
            $"POST {WireServer.Thumbnails} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n"
            + $"{headers}Content-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");

        answer.Should().StartWith("HTTP/1.1 400").And.Contain("MPC.10202").And.Contain("Idempotency-Key").And.Contain(words);
        (await server.TotalAsync()).Should().Be(before);
    }

    private static async Task MoveAsync(WireServer server, string status)
    {
        switch (status)
        {
            case "PROCESSING":
                await server.StartNextAsync();
                break;
            case "SUCCEEDED":
                await server.CompleteNextAsync("1.jpg");
                break;
            case "FAILED":
                await server.FailNextAsync(FailureCode.InvalidCodec, "broken");
                break;
            case "CANCELED":
                await server.DeleteAsync("?task_id=1");
                break;
        }
    }
}
