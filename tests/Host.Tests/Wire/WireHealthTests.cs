namespace SnapshotTasks.Tests;

/// <summary>What whoever probes a server is told of a queue that nobody serves.</summary>
public sealed class WireHealthTests : IAsyncLifetime
{
    private const string Ready = "{\"status\":\"ready\"}";

    private readonly WireServer server = new();

    public ValueTask InitializeAsync() => server.InitializeAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task A_queue_that_waits_and_that_no_worker_serves_is_degraded_and_says_so()
    {
        await server.CreateAsync();
        server.Time.Advance(TimeSpan.FromSeconds(30));
        (await HealthAsync()).Should().Be(Ready, "a worker may be about to come");
        server.Time.Advance(TimeSpan.FromSeconds(1));

        (await HealthAsync()).Should().Be(
            """{"status":"degraded","troubles":["No worker serves the queue: a task has waited 31 s, nothing runs, and nothing has started lately."]}""");

        await server.CreateAsync();
        await server.CompleteNextAsync("0.jpg");
        server.Time.Advance(TimeSpan.FromSeconds(29));
        (await HealthAsync()).Should().Be(Ready, "it moved a moment ago");
        server.Time.Advance(TimeSpan.FromSeconds(3));
        (await HealthAsync()).Should().Contain("No worker serves the queue");
        await server.StartNextAsync();
        await server.CreateAsync();
        server.Time.Advance(TimeSpan.FromSeconds(40));
        (await HealthAsync()).Should().Be(Ready, "something runs");
    }

    [Fact]
    public async Task What_is_paused_is_not_waited_for()
    {
        await server.CreateAsync();
        await server.Store.DecideAsync(PauseDecision.Pause(new(WireServer.Project), "ann", "too loud"), TestContext.Current.CancellationToken);
        server.Time.Advance(TimeSpan.FromHours(1));

        (await HealthAsync()).Should().Be(Ready);
    }

    private async Task<string> HealthAsync() => (await server.SendAsync(HttpMethod.Get, "/health/ready")).Body;
}
