using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

public sealed class WireErrorTests
{
    [Fact]
    public async Task What_the_framework_would_answer_has_our_body_in_our_host()
    {
        await using var server = await WireServer.StartAsync();

        foreach (var (method, path, status, code) in new[]
        {
            ("GET", "/", 404, "APIGW.0101"),
            ("GET", "/v1", 404, "APIGW.0101"),
            ("GET", "/v2/tests/thumbnails", 404, "APIGW.0101"),
            ("POST", "/v1/thumbnails", 404, "APIGW.0101"),
            ("DELETE", "/v1/tests/thumbnails/1", 404, "APIGW.0101"),
            ("GET", "//v1/tests/thumbnails", 404, "APIGW.0101"),
            ("GET", "/v1//thumbnails", 404, "APIGW.0101"),
            ("GET", "/v1/a/b/thumbnails", 404, "APIGW.0101"),
            ("PUT", WireServer.Thumbnails, 405, "MPC.10204"),
            ("PATCH", WireServer.Thumbnails, 405, "MPC.10204"),
            ("OPTIONS", WireServer.Thumbnails, 405, "MPC.10204"),
            ("ODD", WireServer.Thumbnails, 405, "MPC.10204"),
            ("POST", "/v1/tests/events", 405, "MPC.10204"),
            ("GET", $"{WireServer.Thumbnails}/cancellations", 405, "MPC.10204"),
            ("DELETE", $"{WireServer.Thumbnails}/cancellations/{new string('0', 32)}", 405, "MPC.10204"),
            ("GET", $"{WireServer.Thumbnails}/cancellations/1/2", 404, "APIGW.0101"),
            ("POST", "/health/live", 405, "MPC.10204"),
        })
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(server.Client.BaseAddress!.GetLeftPart(UriPartial.Authority) + path));
            using var response = await server.Client.SendAsync(request);
            (await WireAnswer.ReadAsync(response)).MustBeError(status, code);
        }

        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task Our_routes_answer_their_errors_in_any_host_and_leave_its_other_paths_alone()
    {
        await using var server = await WireServer.StartAsync(ownHost: false);

        (await server.SendAsync(HttpMethod.Put, WireServer.Thumbnails)).MustBeError(405, "MPC.10204", "Allow");
        (await server.SendAsync(HttpMethod.Post, WireServer.Thumbnails, [], "text/plain")).MustBeError(415, "MPC.10205");
        (await server.PostAsync(new string(' ', 2_000_000))).MustBeError(413, "MPC.10202");
        (await server.PostAsync("{")).MustBeError(400, "MPC.10202");
        (await server.DeleteAsync("?task_id=1")).MustBeError(400, "MPC.10211");
        (await server.GetAsync("", "a.b")).MustBeError(400, "MPC.10202");
        (await server.SendAsync(HttpMethod.Get, "/elsewhere")).Should().Match<WireAnswer>(
            answer => answer.Status == 404 && answer.Body == "" && answer.RequestId == null);
    }

    [Theory]
    [InlineData("", "DELETE", "GET", "POST")]
    [InlineData("/cancellations", "POST")]
    [InlineData("/cancellations/00000000000000000000000000000000", "GET")]
    public async Task A_wrong_method_is_told_the_right_ones(string below, params string[] right)
    {
        await using var server = await WireServer.StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Head, WireServer.Thumbnails + below);

        using var response = await server.Client.SendAsync(request);

        response.StatusCode.Should().Be(HttpStatusCode.MethodNotAllowed);
        response.Content.Headers.Allow.Should().BeEquivalentTo(right);
        response.Content.Headers.ContentType!.MediaType.Should().Be("application/json");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_store_that_cannot_is_a_503_that_says_whether_it_was_done(bool ownHost)
    {
        await using var server = await WireServer.StartAsync(ownHost);

        foreach (var (fault, words) in new (Exception, string)[]
        {
            (new StoreUnavailableException("secret"), "Nothing was changed"),
            (new UnknownOutcomeException("secret"), "It may or may not have been done; ask for the task before repeating"),
        })
        {
            server.Store.Fault = fault;
            foreach (var answer in new[]
            {
                await server.PostAsync(WireBody.With()),
                await server.GetAsync(),
                await server.GetAsync("?task_id=1"),
                await server.DeleteAsync("?task_id=1"),
                await server.CancelManyAsync("""{"task_ids":["1"]}"""),
                await server.CancelManyAsync("""{"filter":{"all":true}}"""),
                await server.CancellationAsync(new('0', 32)),
                await server.SendAsync(HttpMethod.Get, "/health/ready"),
            })
            {
                answer.MustBeError(503, "MPC.10050", words);
                answer.RetryAfter.Should().Be("1");
                answer.Body.Should().NotContain("secret");
            }
        }

        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_bug_is_a_500_that_gives_nothing_away_and_is_logged()
    {
        await using var server = await WireServer.StartAsync();
        server.Store.Fault = new InvalidOperationException("secret");

        var answer = await server.GetAsync();

        answer.MustBeError(500, "MPC.10050", "System error.");
        answer.Body.Should().NotContain("secret");
        server.LoggedErrors.Should().ContainSingle().Which.Should().Contain("secret");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_caller_who_goes_away_is_no_error(bool ownHost)
    {
        await using var server = await WireServer.StartAsync(ownHost);
        server.Store.Reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using var gone = new CancellationTokenSource();

        var call = server.Client.DeleteAsync(new Uri($"{WireServer.Thumbnails}?task_id=1", UriKind.Relative), gone.Token);
        await server.Store.Reached.Task;
        await gone.CancelAsync();

        await call.Invoking(it => it).Should().ThrowAsync<OperationCanceledException>();
        await server.StopAsync();
        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task Health_answers_while_the_store_does()
    {
        await using var server = await WireServer.StartAsync();

        (await server.SendAsync(HttpMethod.Get, "/health/live")).Body.Should().Be("""{"status":"live"}""");
        (await server.SendAsync(HttpMethod.Get, "/health/ready")).Body.Should().Be("""{"status":"ready"}""");
        server.Store.Fault = new StoreUnavailableException("gone");
        server.Time.Advance(TimeSpan.FromSeconds(1)); // As old as an answer may be.
        (await server.SendAsync(HttpMethod.Get, "/health/live")).Status.Should().Be(200);
        (await server.SendAsync(HttpMethod.Get, "/health/ready")).Status.Should().Be(503);
    }

    [Fact]
    public async Task A_store_that_can_be_read_but_not_written_is_degraded_and_ready_says_why()
    {
        await using var server = await WireServer.StartAsync();
        server.Store.Obstacle = "Somebody holds the lock.";

        var ready = await server.SendAsync(HttpMethod.Get, "/health/ready");

        (ready.Status, ready.Body).Should().Be((200, """{"status":"degraded","troubles":["Somebody holds the lock."]}"""));
    }

    [Fact]
    public async Task A_host_that_cannot_capture_is_degraded_and_ready_says_so_without_the_reason()
    {
        await using var server = await WireServer.StartAsync(parts: tasks => tasks.Services.AddSingleton<IImmediateWorker>(new ObstructedWorker()));

        var ready = await server.SendAsync(HttpMethod.Get, "/health/ready");

        (ready.Status, ready.Body).Should().Be(
            (200, """{"status":"degraded","troubles":["This host cannot capture since 2026-01-02 03:04:05Z, and claims nothing until it can."]}"""));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_is_not_ready()
    {
        await using var server = await WireServer.StartAsync();
        server.Store.Reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        var probe = server.SendAsync(HttpMethod.Get, "/health/ready");
        await server.Store.Reached.Task;
        while (!probe.IsCompleted)
        {
            server.Time.Advance(TimeSpan.FromSeconds(5));
            await Task.Yield();
        }

        (await probe).MustBeError(503, "MPC.10050");
    }

    [Fact]
    public async Task Every_answer_has_a_request_id_of_ours()
    {
        await using var server = await WireServer.StartAsync();
        server.Client.DefaultRequestHeaders.Add("X-Request-Id", "forged");

        var ids = new[]
        {
            (await server.PostAsync(WireBody.With())).RequestId,
            (await server.GetAsync()).RequestId,
            (await server.DeleteAsync("?task_id=1")).RequestId,
            (await server.SendAsync(HttpMethod.Get, "/nowhere")).RequestId,
            (await server.SendAsync(HttpMethod.Get, "/health/live")).RequestId,
        };

        ids.Should().OnlyHaveUniqueItems().And.OnlyContain(id => id != null && id.Length == 32);
    }

    [Fact]
    public void Mapping_without_the_use_cases_says_what_to_call()
    {
        using var app = WebApplication.CreateSlimBuilder().Build();

        app.Invoking(it => it.MapSnapshotTasks())
            .Should().Throw<InvalidOperationException>().WithMessage("*call AddSnapshotTasks*");
    }

    private sealed class ObstructedWorker : IImmediateWorker
    {
        public WorkerObstacle? Obstacle => new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), "The media root /srv/media is not there.");

        public Task<ImmediateRun?> StartAsync(NewTask task, TimeSpan maxWait, CancellationToken cancellationToken = default) => Task.FromResult<ImmediateRun?>(null);
    }
}
