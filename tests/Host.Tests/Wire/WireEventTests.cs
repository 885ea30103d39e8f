using System.Text.Json;

namespace SnapshotTasks.Tests;

/// <summary>What has happened: page by page, by a long poll, as a stream, and of one task.</summary>
public sealed class WireEventTests : IAsyncLifetime
{
    private readonly WireServer server = new() { Parts = tasks => tasks.KeepEvents() };

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task The_history_of_a_task_is_all_that_has_happened_to_it()
    {
        var (succeeded, failed, running) = await server.StartedAsync();
        var cancelled = await server.CreateAsync();
        await server.DeleteAsync($"?task_id={cancelled}");

        (await HistoryAsync(succeeded)).Should().Equal("WAITING 0", "STARTED 1 worker", "SUCCEEDED 1 worker");
        (await HistoryAsync(failed)).Should().Equal("WAITING 0", "STARTED 1 worker", "FAILED 1 worker It is not there.");
        (await HistoryAsync(running)).Should().Equal("WAITING 0", "STARTED 1 worker");
        (await HistoryAsync(cancelled)).Should().Equal("WAITING 0", "CANCELED 0");
        (await server.EventsAsync($"?task_id={cancelled}", "another")).Body.Should().Be("""{"event_array":[]}""", "it is not this project's");
    }

    [Fact]
    public async Task Whoever_goes_on_with_next_finds_every_event_of_the_project_once()
    {
        var expected = new List<string>();
        for (var i = 0; i < 7; i++)
        {
            expected.Add(await server.CreateAsync());
            await server.CreateAsync("another");
        }

        var found = new List<string>();
        WireAnswer page;
        var after = "";
        do
        {
            page = await server.EventsAsync($"?size=2{after}");
            found.AddRange(TasksOf(page));
            after = $"&after={page.Json.GetProperty("next").GetString()}";
        }
        while (page.Json.GetProperty("is_truncated").GetInt32() == 1);

        found.Should().Equal(expected);
        (await server.EventsAsync($"?{after}")).Json.GetProperty("event_array").GetArrayLength().Should().Be(0);
        var late = await server.CreateAsync();
        TasksOf(await server.EventsAsync($"?{after}")).Should().Equal(late);
    }

    [Fact]
    public async Task An_answer_can_be_of_what_ended_and_of_what_happens_from_now_on()
    {
        var (succeeded, failed, _) = await server.StartedAsync();
        TasksOf(await server.EventsAsync("?ended=1")).Should().Equal(succeeded, failed);

        var now = await server.EventsAsync("?after=now");
        TasksOf(now).Should().BeEmpty();
        var late = await server.CreateAsync();
        TasksOf(await server.EventsAsync($"?after={now.Json.GetProperty("next").GetString()}")).Should().Equal(late);
    }

    [Fact]
    public async Task A_long_poll_answers_as_soon_as_something_happens_and_after_its_time_with_nothing()
    {
        var place = (await server.EventsAsync("?after=now")).Json;
        var waits = server.EventsAsync("?wait=60");
        await UntilAsync(() => server.Time.HasBeenAskedFor(TimeSpan.FromSeconds(1)));
        waits.IsCompleted.Should().BeFalse();
        var task = await server.CreateAsync();
        TasksOf(await waits).Should().Equal(task);
        place.TryGetProperty("next", out _).Should().BeFalse("nothing had happened yet");

        var empty = server.EventsAsync("?wait=1&after=now");
        await UntilAsync(() => server.Handled == 1);
        for (; !empty.IsCompleted; await Task.Delay(10, TestContext.Current.CancellationToken))
        {
            server.Time.Advance(TimeSpan.FromSeconds(1));
        }

        TasksOf(await empty).Should().BeEmpty();
    }

    [Fact]
    public async Task A_stream_has_every_event_and_goes_on_where_it_was_left()
    {
        var before = await server.CreateAsync();
        var second = await server.CreateAsync();
        string late, place;
        await using (var stream = await OpenAsync())
        {
            (await stream.ReadAsync()).Task.Should().Be(before);
            (place, var task) = await stream.ReadAsync();
            task.Should().Be(second);
            late = await server.CreateAsync();
            (await stream.ReadAsync()).Task.Should().Be(late);
        }

        await using var again = await OpenAsync(place);
        (await again.ReadAsync()).Task.Should().Be(late);
        await UntilAsync(() => server.Handled == 1);
        await server.StopAsync().WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_place_that_is_gone_is_said_to_be_and_the_last_that_was_removed_is_one()
    {
        var old = await server.CreateAsync();
        var first = (await server.EventsAsync()).Json.GetProperty("next").GetString()!;
        await server.DeleteAsync($"?task_id={old}");
        var last = (await server.EventsAsync()).Json.GetProperty("next").GetString()!;
        server.Time.Advance(TimeSpan.FromDays(1));
        await server.Store.RemoveEndedAsync(TimeSpan.FromHours(1), default, 10);
        var task = await server.CreateAsync();

        (await server.EventsAsync($"?after={first}")).MustBeError(410, "MPC.10211", "removed", "after=now");
        TasksOf(await server.EventsAsync($"?after={last}")).Should().Equal(task);

        // Another event wears the number of this one: the store is a copy that was restored.
        var next = (await server.EventsAsync()).Json.GetProperty("next").GetString()!;
        (await server.EventsAsync($"?after={next[..^1]}{(next[^1] == '0' ? '1' : '0')}")).MustBeError(410, "MPC.10211", "another one");
    }

    [Theory]
    [InlineData("after=", "after")]
    [InlineData("after=1", "after")]
    [InlineData("after=1-1-1-1-1", "after")]
    [InlineData("after=1-0-1-1", "after")]
    [InlineData("after=-1-1-1-1", "after")]
    [InlineData("after=1-1-1-ffffffffffffffff", "after")]
    [InlineData("after=1-1-1-1%00", "after")]
    [InlineData("size=0", "size", "1000")]
    [InlineData("size=1001", "size", "1000")]
    [InlineData("wait=61", "wait", "60")]
    [InlineData("wait=-1", "wait", "60")]
    [InlineData("ended=2", "ended")]
    [InlineData("task_id=0", "task_id")]
    public async Task What_is_wrong_is_named(string query, params string[] words) =>
        (await server.EventsAsync($"?{query}")).MustBeError(400, "MPC.10202", words);

    [Fact]
    public async Task A_server_that_keeps_no_events_says_so()
    {
        await using var own = await WireServer.StartAsync();
        await own.CreateAsync();
        (await own.EventsAsync()).MustBeError(400, "MPC.10202", "keeps no events");
    }

    private static IEnumerable<string> TasksOf(WireAnswer page) =>
        page.Json.GetProperty("event_array").EnumerateArray().Select(happened => happened.GetProperty("task_id").GetString()!);

    private async Task<IEnumerable<string>> HistoryAsync(string task) =>
        (await server.EventsAsync($"?task_id={task}")).Json.GetProperty("event_array").EnumerateArray().Select(happened => string.Join(
            ' ', new[] { "event", "attempt", "worker", "by", "reason" }.Select(name => happened.TryGetProperty(name, out var value) ? value.ToString() : null).Where(value => value is not null)));

    private async Task<EventStream> OpenAsync(string? lastId = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v1/{WireServer.Project}/events");
        request.Headers.Accept.ParseAdd("text/event-stream");
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        var response = await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        response.Content.Headers.ContentType!.MediaType.Should().Be("text/event-stream");
        return new(response, new(await response.Content.ReadAsStreamAsync()));
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    private sealed record EventStream(HttpResponseMessage Response, StreamReader Reader) : IAsyncDisposable
    {
        /// <summary>The next event; what only says that the stream is alive is passed over.</summary>
        public async Task<(string Id, string Task)> ReadAsync()
        {
            for (var (data, id) = ("", ""); ;)
            {
                var line = await Reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
                data = line!.StartsWith("data: {", StringComparison.Ordinal) ? line[6..] : data;
                id = line.StartsWith("id: ", StringComparison.Ordinal) ? line[4..] : id;
                if (line.Length == 0 && data.Length > 0)
                {
                    return (id, JsonDocument.Parse(data).RootElement.GetProperty("task_id").GetString()!);
                }

                (data, id) = line.Length == 0 ? ("", "") : (data, id);
            }
        }

        public ValueTask DisposeAsync()
        {
            Reader.Dispose();
            Response.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
