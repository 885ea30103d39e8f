namespace SnapshotTasks.Tests;

public sealed class AuthThrottleTests
{
    [Fact]
    public async Task A_project_beyond_its_requests_in_a_minute_is_told_when_to_come_back_and_others_go_on()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:RequestsPerMinute", "5"));
        for (var request = 0; request < 5; request++)
        {
            (await server.SendWithTokenAsync(request % 2 == 0 ? "GET" : "PUT", AuthServer.Thumbnails)).Status.Should().BeOneOf(200, 405);
        }

        var refused = await server.SendWithTokenAsync("GET", AuthServer.Thumbnails);

        refused.MustBeError(429, "APIGW.0308", "The throttling threshold has been reached", "5 requests of a project in a minute");
        int.Parse(refused.RetryAfter!, null).Should().BeInRange(1, 60);
        (await server.SendAsync(server.Request())).MustBeError(429, "APIGW.0308");
        (await server.SendWithTokenAsync("GET", $"/v1/{AuthServer.SecondProject}/thumbnails")).Status.Should().Be(200);
        (await server.SendAsync("GET", "/health/live")).Status.Should().Be(200);
    }

    [Fact]
    public async Task Who_is_not_admitted_uses_up_nothing()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:RequestsPerMinute", "1"));
        for (var request = 0; request < 5; request++)
        {
            (await server.SendAsync("GET", AuthServer.Thumbnails)).Status.Should().Be(401);
            (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails, token: AuthServer.OtherToken)).Status.Should().Be(401);
        }

        (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Status.Should().Be(200);
    }

    [Fact]
    public async Task Requests_are_not_limited_by_default()
    {
        await using var server = await AuthServer.StartAsync();
        for (var request = 0; request < 200; request++)
        {
            (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Status.Should().Be(200);
        }
    }

    [Fact]
    public async Task A_full_queue_takes_no_more_until_there_is_room_and_others_go_on()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxQueuedTasks", "3"));
        for (var task = 0; task < 3; task++)
        {
            (await CreateAsync(server)).Status.Should().Be(202);
        }

        var refused = await CreateAsync(server);
        refused.MustBeError(429, "APIGW.0308", "3 queued tasks of a project");
        refused.RetryAfter.Should().Be("10");
        (await CreateAsync(server, AuthServer.SecondProject)).Status.Should().Be(202);
        (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Json.GetProperty("total").GetInt32().Should().Be(3);

        (await server.SendWithTokenAsync("DELETE", $"{AuthServer.Thumbnails}?task_id=1")).Status.Should().Be(204);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await CreateAsync(server)).Status.Should().Be(202);
        (await CreateAsync(server)).Status.Should().Be(429);
    }

    [Fact]
    public async Task Stored_tasks_count_in_every_state_until_they_are_removed_and_others_go_on()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxStoredTasks", "2"));
        (await CreateAsync(server)).Status.Should().Be(202);
        (await CreateAsync(server)).Status.Should().Be(202);
        (await server.SendWithTokenAsync("DELETE", $"{AuthServer.Thumbnails}?task_id=1")).Status.Should().Be(204);
        server.Time.Advance(TimeSpan.FromSeconds(1));

        var refused = await CreateAsync(server);

        refused.MustBeError(429, "APIGW.0308", "at most 2 stored tasks of a project (MaxStoredTasks)");
        refused.RetryAfter.Should().Be("60");
        (await CreateAsync(server, AuthServer.SecondProject)).Status.Should().Be(202);
        (await server.SendWithTokenAsync("GET", AuthServer.Thumbnails)).Json.GetProperty("total").GetInt32().Should().Be(2);

        (await server.Store.RemoveEndedAsync(TimeSpan.FromTicks(10), default, 100)).Removed.Should().Be(1);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await CreateAsync(server)).Status.Should().Be(202);
        (await CreateAsync(server)).Status.Should().Be(429);
    }

    [Fact]
    public async Task The_user_data_of_all_stored_tasks_is_bounded_in_bytes_and_tasks_without_any_pass()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxUserData", "12"));
        var withUserData = WireBody.With(("user_data", "\"é€\""));
        (await CreateAsync(server, body: withUserData)).Status.Should().Be(202);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await CreateAsync(server, body: withUserData)).Status.Should().Be(202);

        var refused = await CreateAsync(server, body: withUserData);

        refused.MustBeError(429, "APIGW.0308", "at most 12 bytes of user_data in the stored tasks of a project (MaxUserData)");
        refused.RetryAfter.Should().Be("60");
        (await CreateAsync(server, body: WireBody.With(("user_data", "\"12\"")))).Status.Should().Be(202, "there are two bytes left");
        (await CreateAsync(server, body: WireBody.With(("user_data", "\"1\"")))).Status.Should().Be(429);
        (await CreateAsync(server)).Status.Should().Be(202);
        (await CreateAsync(server, AuthServer.SecondProject, withUserData)).Status.Should().Be(202);
    }

    [Theory]
    [InlineData("MaxQueuedTasks", "1")]
    [InlineData("MaxStoredTasks", "1")]
    [InlineData("MaxUserData", "2")]
    public async Task A_create_that_is_repeated_with_its_key_is_never_one_too_many(string limit, string max)
    {
        await using var server = await AuthServer.StartAsync(($"Throttling:{limit}", max));
        var body = WireBody.With(("user_data", "\"12\""));
        var first = await CreateAsync("first");

        var again = await CreateAsync("first");

        (again.Status, again.Body).Should().Be((202, first.Body));
        (await CreateAsync("another")).MustBeError(429, "APIGW.0308", limit);
        server.Time.Advance(TimeSpan.FromSeconds(1));
        (await CreateAsync("first")).Body.Should().Be(first.Body);
        (await CreateAsync("another")).MustBeError(429, "APIGW.0308", limit);

        Task<WireAnswer> CreateAsync(string key) =>
            server.SendAsync("POST", AuthServer.Thumbnails, body, ("X-Auth-Token", AuthServer.Token), ("Idempotency-Key", key));
    }

    [Fact]
    public async Task What_is_stored_is_measured_once_a_second_and_only_when_it_is_bounded()
    {
        await using var unbounded = await AuthServer.StartAsync();
        await using var server = await AuthServer.StartAsync(("Throttling:MaxStoredTasks", "100"), ("Throttling:MaxUserData", "100"));
        for (var second = 1; second <= 3; second++)
        {
            for (var task = 0; task < 5; task++)
            {
                (await CreateAsync(server)).Status.Should().Be(202);
                (await CreateAsync(unbounded)).Status.Should().Be(202);
            }

            (server.Store.Measures, unbounded.Store.Measures).Should().Be((second, 0));
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task Callers_at_the_same_time_share_what_is_left()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxQueuedTasks", "10"));

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
        {
            using var connection = new AuthConnection(server.Port);
            return await connection.SendAsync(server.Create().Sign().ToBytes());
        }));

        answers.Count(answer => answer.Status == 202).Should().Be(10);
        answers.Count(answer => answer.Status == 429).Should().Be(40);
    }

    [Fact]
    public async Task A_create_that_is_refused_takes_no_place()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxQueuedTasks", "1"));
        for (var attempt = 0; attempt < 5; attempt++)
        {
            (await server.SendWithTokenAsync("POST", AuthServer.Thumbnails, "{}")).MustBeError(400, "MPC.10202");
        }

        (await CreateAsync(server)).Status.Should().Be(202);
    }

    [Fact]
    public async Task Submissions_of_one_second_cost_one_count()
    {
        await using var server = await AuthServer.StartAsync();
        for (var second = 1; second <= 3; second++)
        {
            for (var task = 0; task < 10; task++)
            {
                (await CreateAsync(server)).Status.Should().Be(202);
            }

            server.Store.Counts.Should().Be(second);
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }
    }

    [Fact]
    public async Task A_count_that_failed_is_taken_again()
    {
        await using var server = await AuthServer.StartAsync();
        server.Store.Fault = new StoreUnavailableException("gone");
        (await CreateAsync(server)).MustBeError(503, "MPC.10050", "Nothing was changed");

        server.Store.Fault = null;
        (await CreateAsync(server)).Status.Should().Be(202);
    }

    [Fact]
    public async Task A_bound_of_0_is_none()
    {
        await using var server = await AuthServer.StartAsync(("Throttling:MaxQueuedTasks", "0"));

        (await CreateAsync(server)).Status.Should().Be(202);
        server.Store.Counts.Should().Be(0);
    }

    private static Task<WireAnswer> CreateAsync(AuthServer server, string project = AuthServer.Project, string? body = null) =>
        server.SendWithTokenAsync("POST", $"/v1/{project}/thumbnails", body ?? WireBody.With());
}
