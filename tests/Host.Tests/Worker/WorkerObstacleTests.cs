using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>What a worker does when its machine cannot capture, which is no task's fault.</summary>
public sealed class WorkerObstacleTests
{
    private readonly InMemoryTaskStore rows = new(TimeProvider.System);
    private readonly CutOffStore store;
    private readonly ObstructedCapture capture = new();

    public WorkerObstacleTests() => store = new(rows);

    [Fact]
    public async Task A_task_that_could_not_be_tried_is_given_back_uncounted_and_ends_when_it_can_be()
    {
        await using var host = await StartAsync(store, capture, options =>
        {
            options.MaxAttempts = 1;
            options.Poll = TimeSpan.FromMilliseconds(10);
            options.Concurrency = 1;
        });
        var id = await SubmitAsync(store);
        await UntilAsync(() => capture.Times.Count == 2, "a second try");
        capture.IsObstructed = false;

        var ended = await UntilAsync(store, id, task => task.State == TaskState.Completed);

        ended.Failure.Should().BeNull("a second attempt that counted would have been one too many");
        ended.ReleasedAttempts.Should().Be(ended.Attempt - 1);
        host.Log.Should().Contain(line => line.StartsWith("Information: Task 1 of project project was given back after ") && line.EndsWith("because this machine cannot capture now: No more files can be opened."));
        host.Log.Should().NotContain(line => line.StartsWith("Error"));
    }

    [Fact]
    public async Task Whatever_the_number_of_slots_one_task_at_a_time_is_tried_ever_later_and_the_log_says_so_once()
    {
        const int Slots = 8;
        await using var host = await StartAsync(store, capture, options =>
        {
            options.Poll = TimeSpan.FromMilliseconds(1);
            options.Concurrency = Slots;
        });
        capture.Together = Slots;
        for (var i = 0; i < 3 * Slots; i++)
        {
            await SubmitAsync(store);
        }

        await UntilAsync(() => capture.Times.Count == Slots + 2, "two trials");
        var rests = capture.Times.Skip(Slots - 1).Zip(capture.Times.Skip(Slots), Stopwatch.GetElapsedTime).ToList();
        rests[0].Should().BeGreaterThan(TimeSpan.FromMilliseconds(590));
        rests[1].Should().BeGreaterThan(TimeSpan.FromMilliseconds(1190), "it rests longer each time");
        store.Wanted.TakeLast(2).Should().Equal([1, 1], "one task is tried at a time");
        host.Log.Where(line => line.StartsWith("Warning")).Should().ContainSingle().Which.Should().Be(
            "Warning: This machine cannot capture, so the worker claims nothing but one task now and then, until it can: No more files can be opened.");

        capture.IsObstructed = false;
        await UntilAsync(async () => await rows.CountAsync(new(Project, TaskState.Completed), 100) == 3 * Slots, () => "all tasks");

        host.Immediate.Obstacle.Should().BeNull();
        host.Log.Where(line => line.Contains("This machine captures again, after ")).Should().ContainSingle();
        (await rows.CountAsync(new(Project, Failed: true), 100)).Should().Be(0);
    }

    [Fact]
    public async Task While_a_machine_cannot_capture_its_health_is_degraded_and_its_gauge_says_so()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 1);
        using var meters = new Meters(host.Services);
        await HealthOf(host).MustBeAsync(HealthStatus.Healthy, "");
        await SubmitAsync(store);
        await UntilAsync(() => host.Immediate.Obstacle is not null, "the obstacle");

        var since = host.Immediate.Obstacle!.Since;
        var health = await HealthOf(host).MustBeAsync(HealthStatus.Degraded, $"This host cannot capture since {since:u}, and claims nothing until it can.");
        health.Data["worker_obstacle"].Should().Be("No more files can be opened.");
        Obstructed().Should().Be(1);

        capture.IsObstructed = false;
        await UntilAsync(() => host.Immediate.Obstacle is null, "the trial");
        await HealthOf(host).MustBeAsync(HealthStatus.Healthy, "");
        Obstructed().Should().Be(0);

        double Obstructed()
        {
            meters.Collect();
            return meters.Of("snapshot_tasks.worker.obstructed").Should().ContainSingle().Subject.Value;
        }
    }

    [Fact]
    public async Task Whoever_wants_a_snapshot_now_gets_no_slot_meanwhile_and_may_be_the_trial_when_nothing_is_queued()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 2);
        await SubmitAsync(store);
        await UntilAsync(() => host.Immediate.Obstacle is not null, "the obstacle");
        var task = new NewTask(Project, CaptureStudio.Request(CaptureStudio.At(1)));

        (await host.Immediate.StartAsync(task, TimeSpan.Zero)).Should().BeNull();
        (await rows.CountAsync(new(Project), 9)).Should().Be(1, "nothing is stored");

        // Another server has taken what was queued.
        await store.ClaimAsync(new Claim("another", TimeSpan.FromMinutes(1), 9));
        capture.IsObstructed = false;
        var run = await host.Immediate.StartAsync(task, TimeSpan.FromMinutes(1));
        (await run!.Ended).Failure.Should().BeNull();
        host.Immediate.Obstacle.Should().BeNull();
    }

    [Fact]
    public async Task A_trial_that_was_lost_or_given_back_in_vain_leaves_the_next_one_to_others()
    {
        store.OnDecide = () => capture.IsObstructed ? new StoreUnavailableException("gone") : null;
        await using var host = await StartAsync(store, capture, options => options.Lease = TimeSpan.FromSeconds(1));
        var id = await SubmitAsync(store);
        await UntilAsync(() => capture.Times.Count == 2, "a trial whose lease expired");
        host.Immediate.Obstacle!.Reason.Should().Be("No more files can be opened.");

        capture.IsObstructed = false;
        (await UntilAsync(store, id, task => task.State == TaskState.Completed)).Failure.Should().BeNull();
        await UntilAsync(() => host.Immediate.Obstacle is null, "the end of the run");
    }

    [Fact]
    public async Task Another_server_takes_what_was_given_back()
    {
        await using var obstructed = await StartAsync(store, capture, options => options.Concurrency = 1);
        var id = await SubmitAsync(store);
        await UntilAsync(store, id, task => task.Lease is { Holder.Length: 0 });
        var healthy = new PatientCapture();
        healthy.End();

        await using var other = await StartAsync(store, healthy);

        (await UntilAsync(store, id, task => task.State == TaskState.Completed)).Failure.Should().BeNull();
        for (var i = 0; i < 20; i++)
        {
            var next = await SubmitAsync(store);
            (await UntilAsync(store, next, task => task.State == TaskState.Completed)).Failure.Should().BeNull();
        }

        (capture.IsObstructed, obstructed.Immediate.Obstacle, other.Immediate.Obstacle).Should().Match<(bool, WorkerObstacle?, WorkerObstacle?)>(
            it => it.Item1 && it.Item2 != null && it.Item3 == null);
    }

    private Checked HealthOf(WorkerHost host) => new(store, host);

    private sealed record Checked(ITaskStore Store, WorkerHost Host)
    {
        public async Task<HealthReportEntry> MustBeAsync(HealthStatus status, string description)
        {
            var services = new ServiceCollection().AddLogging().AddSingleton(Host.Immediate);
            services.AddSnapshotTasks(tasks => tasks.UseStore(_ => Store));
            services.AddHealthChecks().AddSnapshotTasks();
            await using var provider = services.BuildServiceProvider();
            var health = (await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["snapshot-tasks"];
            (health.Status, health.Description ?? "").Should().Be((status, description));
            return health;
        }
    }

    /// <summary>A capture of a machine that lacks something.</summary>
    private sealed class ObstructedCapture : ICapture
    {
        private readonly List<long> times = [];

        private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsObstructed { get; set; } = true;

        /// <summary>How many runs meet the obstacle at once, at first.</summary>
        public int Together { get; set; } = 1;

        public IReadOnlyList<long> Times
        {
            get
            {
                lock (times)
                {
                    return [.. times];
                }
            }
        }

        public async Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
        {
            lock (times)
            {
                times.Add(Stopwatch.GetTimestamp());
                if (times.Count >= Together)
                {
                    all.TrySetResult();
                }
            }

            await all.Task.WaitAsync(stop);
            return IsObstructed ? CaptureResult.NotPossible("No more files can be opened.") : CaptureResult.Taken(["1.jpg"]);
        }
    }
}
