using System.Diagnostics;
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
        host.Log.Should().Contain(line => line.StartsWith("Warning: Task 1 of project project was given back after ") && line.EndsWith("because this machine cannot capture now: No more files can be opened."));
        host.Log.Should().NotContain(line => line.StartsWith("Error"));
    }

    [Fact]
    public async Task A_slot_in_which_nothing_could_be_tried_rests_before_it_takes_a_task_again()
    {
        await using var host = await StartAsync(store, capture, options =>
        {
            options.Poll = TimeSpan.FromMilliseconds(1);
            options.Concurrency = 1;
        });
        var id = await SubmitAsync(store);
        await UntilAsync(() => capture.Times.Count == 3, "a third try");

        var rests = capture.Times.Zip(capture.Times.Skip(1), Stopwatch.GetElapsedTime).ToList();
        rests[0].Should().BeGreaterThan(TimeSpan.FromMilliseconds(590));
        rests[1].Should().BeGreaterThan(TimeSpan.FromMilliseconds(1190), "it rests longer each time");
        store.Claims.Should().BeLessThan(10);
        await UntilAsync(store, id, task => task.State == TaskState.Running && task.Lease!.Holder.Length == 0);
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
        capture.IsObstructed.Should().BeTrue();
    }

    /// <summary>A capture of a machine that lacks something.</summary>
    private sealed class ObstructedCapture : ICapture
    {
        private readonly List<long> times = [];

        public bool IsObstructed { get; set; } = true;

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

        public Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
        {
            lock (times)
            {
                times.Add(Stopwatch.GetTimestamp());
            }

            return Task.FromResult(IsObstructed ? CaptureResult.NotPossible("No more files can be opened.") : CaptureResult.Taken(["1.jpg"]));
        }
    }
}
