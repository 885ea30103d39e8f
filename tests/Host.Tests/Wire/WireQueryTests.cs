namespace SnapshotTasks.Tests;

public sealed class WireQueryTests : IAsyncLifetime
{
    private readonly WireServer server = new();

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_queued_task_reads_as_it_was_asked_for()
    {
        await server.CreateAsync(changes:
        [
            ("user_data", "\"mine\""), ("input.file_name", "\"f\""), ("original_dir", "1"), ("thumbnail_para.output_filename", "\"photo\""),
        ]);

        var answer = await server.GetAsync();

        answer.ContentType.Should().Be("application/json");
        string[] members =
        [
            """{"task_array":[{"task_id":"1","status":"WAITING","create_time":"20260102030405" """,
            """ "input":{"bucket":"media","location":"region","object":"in/clip.mp4","file_name":"f"} """,
            """ "output":{"bucket":"media","location":"region","object":"out"},"output_file_name":"photo","user_data":"mine"}] """,
            """ "is_truncated":0,"total":1}""",
        ];
        answer.Body.Should().Be(string.Join(',', members.Select(member => member.Trim())));
    }

    [Fact]
    public async Task A_task_that_succeeded_names_its_pictures()
    {
        await server.CreateAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));
        await server.CompleteNextAsync("0.jpg", "12.jpg");

        var task = (await server.GetAsync()).Tasks.Single();

        task.GetProperty("status").GetString().Should().Be("SUCCEEDED");
        task.GetProperty("end_time").GetString().Should().Be("20260102030407");
        task.GetProperty("description").GetString().Should().Be("The task has completed.");
        task.GetProperty("thumbnail_info").GetRawText().Should().Be("""[{"pic_name":"0.jpg"},{"pic_name":"12.jpg"}]""");
    }

    [Theory]
    [InlineData("photo", "photo.jpg", "photo.jpg")]
    [InlineData("", "5.jpg", "5.jpg")]
    [InlineData("photo", "photo_0.jpg photo_12.jpg", "photo")]
    [InlineData("", "0.jpg 12.jpg", null)]
    public async Task The_name_of_the_output_is_the_files_when_there_is_one_and_else_what_was_asked_for(string asked, string pictures, string? shown)
    {
        await server.CreateAsync(changes: ("thumbnail_para.output_filename", $"\"{asked}\""));
        await server.CompleteNextAsync(pictures.Split(' '));

        var task = (await server.GetAsync()).Tasks.Single();

        (task.TryGetProperty("output_file_name", out var name) ? name.GetString() : null).Should().Be(shown);
    }

    [Fact]
    public async Task A_page_is_bounded_in_bytes_too_and_says_that_there_is_more()
    {
        for (var task = 0; task < 20; task++)
        {
            await server.CreateAsync(changes: ("user_data", WireBody.Text('é', 65_535)));
        }

        var answer = await server.GetAsync("?size=100");

        answer.Body.Length.Should().BeLessThan(QueryThumbnails.MaxPageBytes + 100_000);
        answer.Tasks.Should().HaveCount(7);
        answer.Json.GetProperty("is_truncated").GetInt32().Should().Be(1);
        answer.Json.GetProperty("total").GetInt32().Should().Be(20);
        (await server.GetAsync("?size=7&page=2")).Tasks.Should().HaveCount(6);
    }

    [Fact]
    public async Task Whoever_goes_on_with_next_sees_each_task_that_waits_all_the_time_exactly_once()
    {
        var ids = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            ids.Add(await server.CreateAsync());
        }

        var (seen, next) = (new List<string>(), (string?)"");
        while (next is not null)
        {
            var answer = await server.GetAsync($"?status=WAITING&size=4&next={next}");
            foreach (var (index, id) in answer.Ids.OfType<string>().Index())
            {
                // The last of a page waits on: it is not to come again.
                seen.Add(id);
                if (index % 2 == 0)
                {
                    (await server.DeleteAsync($"?task_id={id}")).Status.Should().Be(204);
                }
            }

            await server.CreateAsync();
            next = answer.Json.TryGetProperty("next", out var text) ? text.GetString() : null;
            answer.Json.GetProperty("is_truncated").GetInt32().Should().Be(next is null ? 0 : 1);
        }

        seen.Should().Equal(ids.AsEnumerable().Reverse(), "all that waited were seen, and each once");
    }

    [Fact]
    public async Task Next_goes_on_where_a_page_was_cut_because_of_its_bytes()
    {
        for (var task = 0; task < 20; task++)
        {
            await server.CreateAsync(changes: ("user_data", WireBody.Text('é', 65_535)));
        }

        var first = await server.GetAsync("?size=100&next=");
        var second = await server.GetAsync($"?size=100&next={first.Json.GetProperty("next").GetString()}");

        first.Ids.Concat(second.Ids).Should().Equal(Enumerable.Range(7, 14).Reverse().Select(id => $"{id}"));
    }

    [Fact]
    public async Task Who_does_not_ask_for_next_is_answered_as_by_the_vendor()
    {
        await server.CreateAsync();
        await server.CreateAsync();

        (await server.GetAsync("?size=1")).Json.EnumerateObject().Select(member => member.Name).Should().Equal("task_array", "is_truncated", "total");
        (await server.GetAsync("?size=1&next=")).Json.EnumerateObject().Select(member => member.Name).Should().Equal("task_array", "is_truncated", "total", "next");
        (await server.GetAsync("?size=2&next=")).Json.TryGetProperty("next", out _).Should().BeFalse("there is no more");
    }

    [Fact]
    public async Task A_next_that_no_page_of_the_same_conditions_has_said_is_refused_and_named()
    {
        await server.CreateAsync();
        await server.CreateAsync();
        var next = (await server.GetAsync("?status=WAITING&size=1&next=")).Json.GetProperty("next").GetString()!;
        (await server.GetAsync($"?status=WAITING&size=3&next={next}")).Ids.Should().Equal("1");
        (await server.GetAsync($"?task_id=1&next=nonsense")).Ids.Should().Equal("1");

        foreach (var query in new[]
        {
            $"next={next}", $"status=FAILED&next={next}", $"status=WAITING&start_time=20260101000000&next={next}", $"status=WAITING&end_time=20270101000000&next={next}",
            "next=1", "next=%00", $"status=WAITING&next={next}0", $"status=WAITING&next={next[..^1]}", $"status=WAITING&next={next.ToUpperInvariant().Replace('0', 'g')}",
            $"status=WAITING&next=ffffffffffffffff{next[16..]}", $"status=WAITING&next={next[..16]}0000000000000000{next[32..]}",
        })
        {
            (await server.GetAsync($"?{query}")).MustBeError(400, "MPC.10202", "next must be as the page before has said it");
        }

        (await server.GetAsync($"?status=WAITING&page=1&next={next}")).MustBeError(400, "MPC.10202", "page must be 0");
        (await server.GetAsync("?page=1&next=")).MustBeError(400, "MPC.10202", "page must be 0");
    }

    [Fact]
    public async Task A_task_that_failed_says_why_beginning_with_the_code()
    {
        foreach (var (code, beginning) in new[]
        {
            (FailureCode.InputNotFound, "MPC.10053 The input file does not exist."),
            (FailureCode.InputUnreadable, "MPC.10052 The input file cannot be obtained."),
            (FailureCode.InvalidCodec, "MPC.10062 Invalid video codec."),
            (FailureCode.InvalidFormat, "MPC.10063 Invalid video format."),
            (FailureCode.InvalidInputData, "MPC.10125 Input data error."),
            (FailureCode.SystemError, "MPC.10050 System error."),
        })
        {
            var id = await server.CreateAsync();
            await server.FailNextAsync(code, "This is the reason.");

            var task = (await server.GetAsync($"?task_id={id}")).Tasks.Single();

            task.GetProperty("status").GetString().Should().Be("FAILED");
            task.GetProperty("description").GetString().Should().Be($"{beginning} This is the reason.");
            task.TryGetProperty("thumbnail_info", out _).Should().BeFalse();
        }
    }

    [Fact]
    public async Task Asked_by_ids_every_id_is_answered_in_the_order_asked()
    {
        var (first, second, foreign) = (await server.CreateAsync(), await server.CreateAsync(), await server.CreateAsync("another"));

        var answer = await server.GetAsync($"?task_id={second}&task_id=77&task_id={first}&task_id={foreign}&task_id={second}");

        answer.Ids.Should().Equal(second, "77", first, foreign, second);
        answer.Tasks.Select(task => task.GetProperty("status").GetString()).Should().Equal("WAITING", "NO_TASK", "WAITING", "NO_TASK", "WAITING");
        answer.Tasks.ElementAt(3).GetRawText().Should().Be($$"""{"task_id":"{{foreign}}","status":"NO_TASK"}""");
        answer.Json.GetProperty("total").GetInt32().Should().Be(5);
        answer.Json.GetProperty("is_truncated").GetInt32().Should().Be(0);
    }

    [Fact]
    public async Task Ids_make_every_other_parameter_irrelevant()
    {
        var id = await server.CreateAsync();

        (await server.GetAsync($"?task_id={id}&status=nonsense&page=-1&size=0&start_time=x&end_time=y")).Ids.Should().Equal(id);
    }

    [Fact]
    public async Task At_most_10_ids_are_asked_at_once()
    {
        string Query(int count) => "?" + string.Join('&', Enumerable.Range(1, count).Select(id => $"task_id={id}"));

        (await server.GetAsync(Query(10))).Tasks.Should().HaveCount(10);
        (await server.GetAsync(Query(11))).MustBeError(400, "MPC.10202", "task_id", "1 to 10 ids");
    }

    [Fact]
    public async Task Pages_are_counted_from_zero_newest_first()
    {
        for (var i = 0; i < 12; i++)
        {
            await server.CreateAsync();
        }

        foreach (var (query, ids, truncated) in new[]
        {
            ("", Enumerable.Range(3, 10).Reverse(), 1),
            ("?unknown=1", Enumerable.Range(3, 10).Reverse(), 1),
            ("?page=1", [2, 1], 0),
            ("?page=0&size=2", [12, 11], 1),
            ("?page=5&size=2", [2, 1], 0),
            ("?size=12", Enumerable.Range(1, 12).Reverse(), 0),
            ("?size=100", Enumerable.Range(1, 12).Reverse(), 0),
            ("?page=50000&size=100", [], 0),
        })
        {
            var answer = await server.GetAsync(query);
            answer.Ids.Should().Equal(ids.Select(id => $"{id}"), query);
            answer.Json.GetProperty("is_truncated").GetInt32().Should().Be(truncated, query);
            answer.Json.GetProperty("total").GetInt32().Should().Be(12, query);
        }
    }

    [Fact]
    public async Task A_status_selects_the_tasks_that_have_it_in_this_project()
    {
        var succeeded = await server.CreateAsync();
        await server.CompleteNextAsync("0.jpg");
        var failed = await server.CreateAsync();
        await server.FailNextAsync(FailureCode.SystemError, "It broke.");
        var running = await server.CreateAsync();
        await server.StartNextAsync();
        var cancelled = await server.CreateAsync();
        await server.DeleteAsync($"?task_id={cancelled}");
        var waiting = await server.CreateAsync();
        await server.CreateAsync("another");

        foreach (var (status, id) in new[]
        {
            ("SUCCEEDED", succeeded), ("FAILED", failed), ("PROCESSING", running), ("CANCELED", cancelled), ("WAITING", waiting),
        })
        {
            var answer = await server.GetAsync($"?status={status}");
            answer.Ids.Should().Equal([id], status);
            answer.Tasks.Single().GetProperty("status").GetString().Should().Be(status);
            answer.Json.GetProperty("total").GetInt32().Should().Be(1);
        }
    }

    [Fact]
    public async Task Times_include_the_whole_of_their_second()
    {
        await server.CreateAsync(); // At 03:04:05.678.
        server.Time.Advance(TimeSpan.FromMilliseconds(321));
        await server.CreateAsync(); // At 03:04:05.999.
        server.Time.Advance(TimeSpan.FromMilliseconds(1));
        await server.CreateAsync(); // At 03:04:06.

        foreach (var (query, ids) in new (string, string[])[]
        {
            ("?start_time=20260102030405", ["3", "2", "1"]),
            ("?start_time=20260102030406", ["3"]),
            ("?start_time=20260102030407", []),
            ("?end_time=20260102030404", []),
            ("?end_time=20260102030405", ["2", "1"]),
            ("?end_time=20260102030406", ["3", "2", "1"]),
            ("?start_time=20260102030405&end_time=20260102030405&status=WAITING&size=1", ["2"]),
            ("?start_time=20260102030406&end_time=20260102030405", []),
            ("?start_time=00010101000000&end_time=99991231235959", ["3", "2", "1"]),
        })
        {
            (await server.GetAsync(query)).Ids.Should().Equal(ids, query);
        }
    }

    [Fact]
    public async Task Query_parameters_are_refused_by_name_and_limit()
    {
        string[] badNumbers = ["-1", "1e1", "1.0", "", "%20", "1%00", "x", "1,1", "99999999999", "１"];
        string[] badTimes =
        [
            "", "x", "20260102", "2026-01-02T03:04:05Z", "20261302030405", "20260230000000", "20260102240000", "20260102030460", "00000101000000",
            "2026010203040", "202601020304055", "20260102030405%00", "%2020260102030405", "２０２６０１０２０３０４０５",
        ];
        var cases = badNumbers.Append("50001").Select(value => ("page", value, "between 0 and 50000"))
            .Concat(badNumbers.Concat(["0", "101"]).Select(value => ("size", value, "between 1 and 100")))
            .Concat(badTimes.SelectMany(value => new[] { ("start_time", value, "yyyyMMddHHmmss"), ("end_time", value, "yyyyMMddHHmmss") }))
            .Concat(new[] { "", "waiting", "CANCELLED", "NO_TASK", "0", "WAITING%00" }.Select(value => ("status", value, "WAITING, PROCESSING, SUCCEEDED, FAILED, CANCELED")))
            .Append(("status", "FAILED&status=WAITING", "WAITING"))
            .Append(("page", "1&page=2", "between 0 and 50000"));

        foreach (var (field, value, limit) in cases)
        {
            (await server.GetAsync($"?{field}={value}")).MustBeError(400, "MPC.10202", $"{field} must be ", limit);
        }

        server.LoggedErrors.Should().BeEmpty();
    }
}
