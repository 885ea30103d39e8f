namespace SnapshotTasks.Tests;

/// <summary>Where a task stands in the queue, for those who ask.</summary>
public sealed class WirePlaceTests : IAsyncLifetime
{
    private readonly WireServer server = new();

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Only_who_asks_is_told_and_of_what_waits_only()
    {
        await server.CreateAsync();
        await server.StartNextAsync();
        var (first, second) = (await server.CreateAsync(), await server.CreateAsync());
        await server.CreateAsync("tests-b");
        var query = $"?task_id=1&task_id={first}&task_id={second}&task_id=99";

        var (plain, asked) = (await server.GetAsync(query), await server.GetAsync($"{query}&include=place"));

        plain.Body.Should().NotContain("place");
        asked.Tasks.Select(task => task.TryGetProperty("place", out var place) ? place.ToString() : "").Should().Equal(
            "",
            """{"ahead":0,"ahead_is_exact":true,"ahead_of_all":1,"starts_in":60}""",
            """{"ahead":1,"ahead_is_exact":true,"ahead_of_all":2,"starts_in":120}""",
            "");
        System.Text.RegularExpressions.Regex.Replace(asked.Body, ",\"place\":{[^}]*}", "").Should().Be(plain.Body);
    }

    [Fact]
    public async Task A_start_is_estimated_by_what_has_started_in_the_last_minutes_and_only_while_it_goes_on()
    {
        for (var i = 0; i < 10; i++)
        {
            await server.CreateAsync();
            server.Time.Advance(TimeSpan.FromSeconds(12));
            await server.CompleteNextAsync("0.jpg");
        }

        var waiting = new List<string>();
        for (var i = 0; i < 8; i++)
        {
            waiting.Add(await server.CreateAsync());
        }

        (await StartsInAsync(waiting[^1])).Should().BeNull("nothing runs");
        await server.StartNextAsync();
        server.Time.Advance(TimeSpan.FromSeconds(2));

        // 11 starts in 110 s, and the seventh of those that wait.
        (await StartsInAsync(waiting[^1])).Should().Be(70);
        (await StartsInAsync(await server.CreateAsync("new"), "new")).Should().Be(10, "it takes turns with the other");
        await server.Store.DecideAsync(PauseDecision.Pause(new("tests"), "ann", "why not"), TestContext.Current.CancellationToken);
        server.Time.Advance(TimeSpan.FromSeconds(2));
        (await StartsInAsync(waiting[^1])).Should().BeNull("it is paused");
        server.Time.Advance(TimeSpan.FromMinutes(10));
        (await StartsInAsync(waiting[^1])).Should().BeNull();
    }

    [Theory]
    [InlineData("?task_id=1&include=places", "places")]
    [InlineData("?task_id=1&include=place&include=", "''")]
    [InlineData("?task_id=1&include=PLACE", "PLACE")]
    [InlineData("?include=all", "all")]
    public async Task What_cannot_be_included_is_refused_by_name(string query, string name) =>
        (await server.GetAsync(query)).MustBeError(400, "MPC.10202", "include must be place", name);

    [Fact]
    public async Task A_place_beyond_what_is_counted_is_said_to_be()
    {
        var id = await server.CreateAsync();
        var request = (await server.TaskAsync(id)).Request;
        await server.StartNextAsync();
        for (var i = 0; i < QueuePlace.MaxAhead + 1; i++)
        {
            await server.Store.AddAsync(new NewTask(new(WireServer.Project), request), cancellationToken: TestContext.Current.CancellationToken);
        }

        async Task<string> PlaceAsync(int ahead) =>
            (await server.GetAsync($"?task_id={2 + ahead}&include=place")).Tasks.Single().GetProperty("place").ToString();

        (await PlaceAsync(9999)).Should().StartWith("""{"ahead":9999,"ahead_is_exact":true,""");
        (await PlaceAsync(10_000)).Should().StartWith("""{"ahead":10000,"ahead_is_exact":true,""");
        var more = await server.CreateAsync();
        (await server.GetAsync($"?task_id={more}&include=place")).Tasks.Single().GetProperty("place").ToString()
            .Should().Be("""{"ahead":10000,"ahead_is_exact":false,"ahead_of_all":10000}""");
    }

    private async Task<int?> StartsInAsync(string id, string project = WireServer.Project) =>
        (await server.GetAsync($"?task_id={id}&include=place", project)).Tasks.Single().GetProperty("place").TryGetProperty("starts_in", out var seconds)
            ? seconds.GetInt32()
            : null;
}
