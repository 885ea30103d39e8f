using System.Text;

namespace SnapshotTasks.Tests;

/// <summary>Cancels of many: in one call by their ids, or in two steps of which the first counts.</summary>
public sealed class WireCancellationTests(WireServer server) : IClassFixture<WireServer>
{
    private const string Unknown = "9999999999999999";

    // Of each test its own: they share a server.
    private readonly string project = $"p-{Guid.NewGuid():N}";

    [Fact]
    public async Task Every_id_has_its_outcome()
    {
        await using var own = await WireServer.StartAsync();
        var (succeeded, failed, running) = await own.StartedAsync();
        var (cancelled, queued, foreign) = (await own.CreateAsync(), await own.CreateAsync(), await own.CreateAsync("another"));
        await own.DeleteAsync($"?task_id={cancelled}");

        var answer = await own.CancelManyAsync($$"""{"task_ids":["{{Unknown}}",{{queued}},"{{succeeded}}","{{failed}}","{{running}}","{{cancelled}}","{{foreign}}","{{queued}}"]}""");

        var since = "2026-01-02T03:04:05Z";
        Counts(answer).Should().Be("7 1 4 2 0");
        Lines(answer).Should().Equal(
            $"{succeeded} REFUSED SUCCEEDED {since}", $"{failed} REFUSED FAILED {since}", $"{running} REFUSED PROCESSING {since}",
            $"{cancelled} REFUSED CANCELED {since}", $"{queued} CANCELED CANCELED {since}", $"{foreign} NO_TASK", $"{Unknown} NO_TASK");
        (await own.TaskAsync(queued)).State.Should().Be(TaskState.Cancelled);
        (await own.TaskAsync(foreign, "another")).State.Should().Be(TaskState.Queued);
        (await own.TaskAsync(running)).State.Should().Be(TaskState.Running);
    }

    [Fact]
    public async Task A_filter_cancels_nothing_and_its_cancellation_exactly_what_matched_then()
    {
        var (one, other, left) = (await CreateAsync("a/1.mp4"), await CreateAsync("a/2.mp4"), await CreateAsync("b/3.mp4"));
        await server.DeleteAsync($"?task_id={await CreateAsync("a/ended.mp4")}", project);

        var prepared = await server.CancelManyAsync("""{"filter":{"object_prefix":"a/"}}""", project);

        Counts(prepared).Should().Be("2 0 0 0 2");
        prepared.Json.TryGetProperty("task_array", out _).Should().BeFalse();
        (await StateAsync(one, other, left)).Should().Be("WAITING WAITING WAITING");
        Lines(await server.CancellationAsync(IdOf(prepared), project)).Should().Equal(one, other);
        var late = await CreateAsync("a/late.mp4");
        await server.DeleteAsync($"?task_id={other}", project);

        var carriedOut = await CarryOutAsync(prepared);

        Counts(carriedOut).Should().Be("2 1 1 0 0");
        IdOf(carriedOut).Should().Be(IdOf(prepared));
        (await StateAsync(one, other, left, late)).Should().Be("CANCELED CANCELED WAITING WAITING");
        (await server.CancellationAsync(IdOf(prepared), project)).Tasks.Select(task => task.GetProperty("outcome").GetString()).Should().Equal("CANCELED", "REFUSED");
        (await CarryOutAsync(prepared)).Body.Should().Be(carriedOut.Body, "nothing has a second outcome");
    }

    [Fact]
    public async Task A_time_of_a_filter_is_a_whole_second()
    {
        await using var own = await WireServer.StartAsync(); // Its time is 678 ms after the second.
        await own.CreateAsync();
        own.Time.Advance(TimeSpan.FromSeconds(2));
        await own.CreateAsync();

        foreach (var (filter, count) in new[]
        {
            ("\"created_to\":\"20260102030404\"", 0), ("\"created_to\":\"20260102030405\"", 1), ("\"created_to\":\"20260102030407\"", 2),
            ("\"created_from\":\"20260102030405\"", 2), ("\"created_from\":20260102030406", 1), ("\"created_from\":\"20260102030408\"", 0),
            ("\"created_from\":\"20260102030405\",\"created_to\":\"20260102030406\",\"object_prefix\":\"in/\",\"all\":false", 1),
            ("\"all\":true", 2), ("\"all\":true,\"object_prefix\":null", 2), ("\"object_prefix\":\"IN\"", 0), ("\"created_to\":\"99991231235959\"", 2),
        })
        {
            Counts(await own.CancelManyAsync($$$"""{"filter":{{{{filter}}}}}""")).Should().Be($"{count} 0 0 0 {count}", filter);
        }
    }

    [Theory]
    [InlineData("task_ids")]
    [InlineData("filter")]
    public async Task The_same_with_the_same_key_is_the_same_cancellation(string kind)
    {
        var task = await CreateAsync("a.mp4");
        var body = kind == "filter" ? """{"filter":{"all":true}}""" : $$"""{"task_ids":["{{task}}"]}""";
        var first = await server.CancelManyAsync(body, project, "key");
        await CreateAsync("late.mp4");

        (await server.CancelManyAsync(body, project, "key")).Body.Should().Be(first.Body);

        IdOf(await server.CancelManyAsync(body, project, "another")).Should().NotBe(IdOf(first));
        IdOf(await server.CancelManyAsync(body, project)).Should().NotBe(IdOf(first));
        IdOf(await server.CancelManyAsync(body, $"{project}-b", "key")).Should().NotBe(IdOf(first));
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_refused_and_cancels_nothing()
    {
        var id = await CreateAsync("a.mp4");
        var body = $$"""{"task_ids":["{{Unknown}}"]}""";
        var first = await server.CancelManyAsync(body, project, "once");

        foreach (var other in new[] { $$"""{"task_ids":["{{id}}"]}""", """{"filter":{"all":true}}""" })
        {
            (await server.CancelManyAsync(other, project, "once")).MustBeError(400, "MPC.10202", "Idempotency-Key", "another body");
        }

        (await StateAsync(id)).Should().Be("WAITING");
        (await server.CancelManyAsync(body, project, "once")).Body.Should().Be(first.Body);
    }

    [Fact]
    public async Task A_cancel_whose_answer_was_lost_is_found_by_its_key()
    {
        await using var own = await WireServer.StartAsync();
        var body = $$"""{"task_ids":["{{await own.CreateAsync()}}"]}""";
        own.Store.Loss = new UnknownOutcomeException("lost");
        (await own.CancelManyAsync(body, key: "key")).MustBeError(503, "MPC.10050", "may or may not");

        own.Store.Loss = null;

        Counts(await own.CancelManyAsync(body, key: "key")).Should().Be("1 1 0 0 0");
    }

    [Fact]
    public async Task What_was_not_come_to_has_no_outcome_and_is_gone_on_with()
    {
        await using var own = await WireServer.StartAsync();
        var request = (await own.TaskAsync(await own.CreateAsync())).Request;
        for (var i = 1; i < 1400; i++)
        {
            await own.Store.AddAsync(new NewTask(new(WireServer.Project), request));
        }

        var prepared = await own.CancelManyAsync("""{"filter":{"all":true}}""");
        var go = $$"""{"cancellation_id":"{{IdOf(prepared)}}"}""";
        own.Store.BeforeCancel = () => own.Store.Fault = new StoreUnavailableException("gone in the middle");
        (await own.CancelManyAsync(go)).MustBeError(503, "MPC.10050");
        own.Store.Fault = null;
        own.Store.BeforeCancel = null;
        var page = await own.CancellationAsync(IdOf(prepared));
        var done = page.Tasks.Count(task => task.TryGetProperty("outcome", out _));
        done.Should().BeInRange(1, 999);
        Counts(page).Should().Be($"1400 {done} 0 0 {1400 - done}");

        // Each step takes longer than there is time for all.
        own.Store.BeforeCancel = () => own.Time.Advance(TimeSpan.FromMinutes(1));
        var remaining = (await own.CancelManyAsync(go)).Json.GetProperty("remaining").GetInt32();
        remaining.Should().BeInRange(1, 1399 - done);

        Counts(await own.CancelManyAsync(go)).Should().Be("1400 1400 0 0 0");
    }

    [Fact]
    public async Task A_call_has_up_to_1000_ids()
    {
        var most = string.Join(',', Enumerable.Range(1_000_000, 1000).Select(id => $"\"{id}\""));

        var answer = await server.CancelManyAsync($$"""{"task_ids":[{{most}}]}""", project);

        Counts(answer).Should().Be("1000 0 0 1000 0");
        answer.Tasks.Should().HaveCount(1000);
        (await server.CancelManyAsync($$"""{"task_ids":[{{most}},1]}""", project)).MustBeError(400, "MPC.10202", "task_ids", "1 to 1000 ids");
    }

    [Fact]
    public async Task Outcomes_are_read_in_pages()
    {
        var ids = new List<string>();
        for (var i = 0; i < 5; i++)
        {
            ids.Add(await CreateAsync("a.mp4"));
        }

        var prepared = await server.CancelManyAsync("""{"filter":{"all":true}}""", project);
        await CarryOutAsync(prepared);

        var (read, after) = (new List<string?>(), "");
        do
        {
            var page = await server.CancellationAsync($"{IdOf(prepared)}?size=2{after}", project);
            Counts(page).Should().Be("5 5 0 0 0");
            read.AddRange(page.Ids);
            after = page.Json.TryGetProperty("next", out var next) ? $"&after={next.GetString()}" : null;
        }
        while (after is not null);

        read.Should().Equal(ids);
        (await server.CancellationAsync($"{IdOf(prepared)}?after={ids[2]}", project)).Ids.Should().Equal(ids[3..]);
        (await server.CancellationAsync($"{IdOf(prepared)}?after={Unknown}&size=1000", project)).Tasks.Should().BeEmpty();
        foreach (var (query, words) in new[] { ("after=x", "1 to 16 digits"), ("after=", "after"), ("after=1&after=2", "after"), ("size=0", "between 1 and 1000"), ("size=1001", "size"), ("size=x", "size") })
        {
            (await server.CancellationAsync($"{IdOf(prepared)}?{query}", project)).MustBeError(400, "MPC.10202", query.Split('=')[0], words);
        }
    }

    public static TheoryData<string, string[]> BadBodies => new()
    {
        { "", ["JSON"] },
        { "[]", ["JSON object"] },
        { "{}", ["exactly one of task_ids, filter, cancellation_id"] },
        { """{"task_ids":null}""", ["exactly one of"] },
        { """{"task_ids":["1"],"filter":{"all":true}}""", ["exactly one of"] },
        { """{"task_ids":["1"],"cancellation_id":"0123456789abcdef0123456789abcdef"}""", ["exactly one of"] },
        { """{"filter":{},"cancellation_id":"0123456789abcdef0123456789abcdef"}""", ["exactly one of"] },
        { """{"task_id":"1"}""", ["task_id is not a known field"] },
        { """{"task_ids":["1"],"task_ids":["1"]}""", ["task_ids", "once"] },
        { """{"task_ids":[]}""", ["task_ids must be a list of 1 to 1000 ids"] },
        { """{"task_ids":"1"}""", ["task_ids must be a list of 1 to 1000 ids"] },
        { """{"task_ids":["1",null]}""", ["task_ids"] },
        { """{"task_ids":[["1"]]}""", ["task_ids"] },
        { """{"task_ids":["1","x"]}""", ["task_ids[1] must be a number of 1 to 16 digits"] },
        { """{"task_ids":[0]}""", ["task_ids[0]"] },
        { """{"task_ids":[1.0]}""", ["task_ids[0]"] },
        { """{"task_ids":["007"]}""", ["task_ids[0]"] },
        { """{"task_ids":["\ud800"]}""", ["task_ids[0]", "Unicode"] },
        { """{"task_ids":["1"]""", ["JSON"] },
        { """{"task_ids":["1" """, ["JSON"] },
        { """{"filter":{}}""", ["filter.all must be said when there is no other condition, and only then"] },
        { """{"filter":{"all":false}}""", ["filter.all"] },
        { """{"filter":{"all":true,"object_prefix":"a"}}""", ["filter.all", "only then"] },
        { """{"filter":{"all":true,"created_to":"20260102030405"}}""", ["filter.all", "only then"] },
        { """{"filter":{"all":"true"}}""", ["filter.all must be true or false"] },
        { """{"filter":{"all":1}}""", ["filter.all must be true or false"] },
        { """{"filter":{"object_prefix":""}}""", ["filter.object_prefix must have 1 to 1024 bytes"] },
        { $$$"""{"filter":{"object_prefix":{{{WireBody.Text('ä', 513)}}}}}""", ["filter.object_prefix", "1024"] },
        { """{"filter":{"object_prefix":"a\u0000"}}""", ["filter.object_prefix"] },
        { """{"filter":{"object_prefix":{}}}""", ["filter.object_prefix must be a string"] },
        { """{"filter":{"created_from":"2026-01-02"}}""", ["filter.created_from must be a UTC time written yyyyMMddHHmmss"] },
        { """{"filter":{"created_to":"20261302030405"}}""", ["filter.created_to"] },
        { """{"filter":{"created_to":true}}""", ["filter.created_to must be a string"] },
        { """{"filter":{"priority":1}}""", ["filter.priority is not a known field"] },
        { """{"filter":[]}""", ["filter must be an object"] },
        { """{"cancellation_id":"x"}""", ["cancellation_id must be 32 lower-case hexadecimal digits"] },
        { """{"cancellation_id":""}""", ["cancellation_id must be 32"] },
        { """{"cancellation_id":"0123456789ABCDEF0123456789ABCDEF"}""", ["cancellation_id must be 32"] },
        { """{"cancellation_id":[]}""", ["cancellation_id must be a string"] },
    };

    [Theory]
    [MemberData(nameof(BadBodies))]
    public async Task Any_other_body_is_refused_and_changes_nothing(string body, string[] words)
    {
        await using var own = await WireServer.StartAsync();
        var task = await own.CreateAsync();

        (await own.CancelManyAsync(body)).MustBeError(400, "MPC.10202", words);

        (await own.TaskAsync(task)).State.Should().Be(TaskState.Queued);
        own.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_cancellation_of_another_project_does_not_exist_in_this_one()
    {
        await CreateAsync("a.mp4");
        var prepared = IdOf(await server.CancelManyAsync("""{"filter":{"all":true}}""", project));

        foreach (var answer in new[]
        {
            await server.CancelManyAsync($$"""{"cancellation_id":"{{prepared}}"}""", "another"),
            await server.CancelManyAsync($$"""{"cancellation_id":"{{new string('0', 32)}}"}""", project),
            await server.CancellationAsync(prepared, "another"),
            await server.CancellationAsync(new('0', 32), project),
        })
        {
            answer.MustBeError(400, "MPC.10211", "The cancellation does not exist, or is older than a day.");
        }

        Counts(await server.CancellationAsync(prepared, project)).Should().Be("1 0 0 0 1");
        (await server.CancellationAsync("x", project)).MustBeError(400, "MPC.10202", "cancellation_id must be 32");
        (await server.CancelManyAsync("""{"task_ids":["1"]}""", "a.b")).MustBeError(400, "MPC.10202", "project_id");
        (await server.CancellationAsync(prepared, "a.b")).MustBeError(400, "MPC.10202", "project_id");
    }

    [Fact]
    public async Task Keys_sizes_and_types_are_those_of_a_create()
    {
        var path = $"/v1/{project}/thumbnails/cancellations";

        (await server.CancelManyAsync("""{"task_ids":["1"]}""", project, new('k', 256))).MustBeError(400, "MPC.10202", "Idempotency-Key", "255");
        (await server.CancelManyAsync("""{"filter":{"all":true}}""", project, new('k', 256))).MustBeError(400, "MPC.10202", "Idempotency-Key", "255");
        (await server.SendAsync(HttpMethod.Post, path, Encoding.UTF8.GetBytes("{}"), "text/plain")).MustBeError(415, "MPC.10205");
        (await server.SendAsync(HttpMethod.Post, path, new byte[1_100_000], "application/json")).MustBeError(413, "MPC.10202");
    }

    private static string IdOf(WireAnswer answer) => answer.Json.GetProperty("cancellation_id").GetString()!;

    private static string Counts(WireAnswer answer) => answer.Status == 200
        ? string.Join(' ', new[] { "total", "cancelled", "refused", "not_found", "remaining" }.Select(name => answer.Json.GetProperty(name).GetInt32()))
        : $"{answer.Status} {answer.Body}";

    private static IEnumerable<string> Lines(WireAnswer answer) => answer.Tasks.Select(task =>
        string.Join(' ', task.EnumerateObject().Select(member => member.Value.GetString())));

    private Task<string> CreateAsync(string path) => server.CreateAsync(project, ("input.object", $"\"{path}\""));

    private Task<WireAnswer> CarryOutAsync(WireAnswer prepared) => server.CancelManyAsync($$"""{"cancellation_id":"{{IdOf(prepared)}}"}""", project);

    private async Task<string> StateAsync(params string[] ids) => string.Join(' ',
        (await server.GetAsync($"?{string.Join('&', ids.Select(id => $"task_id={id}"))}", project)).Tasks.Select(task => task.GetProperty("status").GetString()));
}
