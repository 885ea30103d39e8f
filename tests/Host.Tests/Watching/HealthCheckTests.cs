using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>What a host's health endpoint says of the queue.</summary>
public sealed class HealthCheckTests
{
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly CutOffStore store;

    public HealthCheckTests() => store = new CutOffStore(new InMemoryTaskStore(time));

    [Fact]
    public async Task A_queue_that_moves_is_healthy_and_says_what_it_holds()
    {
        await SubmitAsync();

        var health = await CheckAsync();

        health.Status.Should().Be(HealthStatus.Healthy);
        health.Data["queued"].Should().Be(1);
        health.Data["running"].Should().Be(0);
    }

    [Fact]
    public async Task A_task_that_waits_too_long_degrades()
    {
        await SubmitAsync();
        time.Advance(TimeSpan.FromSeconds(301));

        var health = await CheckAsync();

        health.Status.Should().Be(HealthStatus.Degraded);
        health.Description.Should().Be("The oldest queued task has waited 301 s.");
        (await CheckAsync(options => options.MaxQueueWait = TimeSpan.FromHours(1))).Status.Should().Be(HealthStatus.Healthy);
    }

    [Fact]
    public async Task While_everything_is_paused_it_is_degraded_and_says_who_and_why()
    {
        await SubmitAsync();
        await store.DecideAsync(PauseDecision.Pause(null, "ann", "maintenance."), TestContext.Current.CancellationToken);
        await store.DecideAsync(PauseDecision.Pause(new ProjectId("a"), "ann", "too loud"), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(301));

        var health = await CheckAsync();

        health.Status.Should().Be(HealthStatus.Degraded);
        health.Description.Should().Be("Everything is paused since 2026-01-02 03:04:05Z.", "that it waits is no trouble of its own");
        (health.Data["paused"], health.Data["paused_projects"], health.Data["deferred"]).Should().Be(("by ann: maintenance.", 1, 0));
    }

    [Fact]
    public async Task An_expired_lease_that_nobody_takes_over_degrades()
    {
        await SubmitAsync();
        await store.ClaimAsync(new Claim("dead", TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken);
        time.Advance(TimeSpan.FromSeconds(89));
        (await CheckAsync()).Status.Should().Be(HealthStatus.Healthy, "a worker may be about to take over");
        time.Advance(TimeSpan.FromSeconds(2));

        var health = await CheckAsync();

        health.Status.Should().Be(HealthStatus.Degraded);
        health.Description.Should().Be("Nobody takes over: a lease expired 61 s ago.");
    }

    [Fact]
    public async Task A_store_that_cannot_be_written_degrades()
    {
        store.Obstacle = "Somebody holds the lock.";

        var health = await CheckAsync();

        (health.Status, health.Description).Should().Be((HealthStatus.Degraded, "Somebody holds the lock."));
    }

    [Fact]
    public async Task A_store_that_cannot_be_read_is_unhealthy()
    {
        store.OnMeasure = () => new StoreUnavailableException("The disk is broken.");

        var health = await CheckAsync();

        health.Status.Should().Be(HealthStatus.Unhealthy);
        health.Description.Should().Be("The task store cannot be read: The disk is broken.");
    }

    [Fact]
    public async Task A_store_that_does_not_answer_in_time_is_unhealthy()
    {
        store.Measuring = Task.Delay(Timeout.InfiniteTimeSpan, time);
        var checking = CheckAsync();
        await WorkerHost.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(5));
                return checking.IsCompleted;
            },
            "the end of the time-out");

        (await checking).Status.Should().Be(HealthStatus.Unhealthy);
    }

    [Fact]
    public async Task Whoever_asks_without_a_rest_costs_one_measurement_a_second_and_a_failure_is_asked_for_anew()
    {
        var probe = new StoreProbe(store, time);
        var measured = 0;
        store.OnMeasure = () =>
        {
            measured++;
            return null;
        };

        for (var asked = 0; asked < 100; asked++)
        {
            await probe.MeasureAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
        }

        measured.Should().Be(1);
        time.Advance(TimeSpan.FromSeconds(1));
        store.OnMeasure = () => new StoreUnavailableException("gone");
        await probe.Awaiting(it => it.MeasureAsync(TimeSpan.FromSeconds(5), CancellationToken.None)).Should().ThrowAsync<StoreUnavailableException>();
        store.OnMeasure = () => null;
        await probe.MeasureAsync(TimeSpan.FromSeconds(5), CancellationToken.None);
    }

    [Fact]
    public async Task Limits_that_are_none_are_refused_with_a_sentence()
    {
        var health = await CheckAsync(options => options.MaxQueueWait = TimeSpan.Zero);

        health.Status.Should().Be(HealthStatus.Unhealthy);
        health.Exception!.Message.Should().Be("The health check's MaxQueueWait, MaxUnservedWait, MaxTakeoverWait and Timeout must each be more than 0.");
    }

    private Task<TaskId> SubmitAsync() => WorkerHost.SubmitAsync(store);

    private async Task<HealthReportEntry> CheckAsync(Action<SnapshotTasksHealthOptions>? configure = null)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(time);
        services.AddSnapshotTasks(tasks => tasks.UseStore(_ => store));
        services.AddHealthChecks().AddSnapshotTasks(configure);
        await using var provider = services.BuildServiceProvider();
        return (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["snapshot-tasks"];
    }
}
