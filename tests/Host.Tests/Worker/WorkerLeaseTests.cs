using System.Data.Common;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

public sealed class WorkerLeaseTests
{
    private static readonly TimeSpan Short = TimeSpan.FromSeconds(1);

    private readonly PatientCapture capture = new();
    private readonly InMemoryTaskStore rows = new(TimeProvider.System);
    private readonly CutOffStore store;

    public WorkerLeaseTests() => store = new(rows);

    [Fact]
    public async Task A_running_task_keeps_its_lease_for_as_long_as_it_runs()
    {
        await using var host = await StartAsync(store, capture, options => options.Lease = Short);
        var id = await SubmitAsync(store);
        var claimed = await UntilAsync(store, id, task => task.State == TaskState.Running);

        var kept = await UntilAsync(store, id, task => task.Lease!.ExpiresAt > claimed.Lease!.ExpiresAt + Short);

        kept.Attempt.Should().Be(1);
        capture.End();
        await UntilAsync(store, id, task => task.Pictures is not null);
    }

    [Fact]
    public async Task A_capture_is_stopped_when_its_lease_cannot_be_renewed_in_time()
    {
        store.OnDecide = () => new StoreUnavailableException("The network is down.");
        await using var host = await StartAsync(store, capture, options => options.Lease = Short);
        var id = await SubmitAsync(store);

        await UntilAsync(() => capture.Stopped == 1, "the stop");
        store.OnDecide = () => null;
        capture.End();

        var ended = await UntilAsync(store, id, task => task.Pictures is not null);
        ended.Attempt.Should().Be(2);
        host.Counters.LeasesLost.Should().Be(1);
        host.Log.Should().ContainSingle(line => line.Contains("cannot be renewed")).And.ContainSingle(line => line.Contains("its lease was lost"));
    }

    [Fact]
    public async Task A_store_that_hangs_does_not_keep_a_capture_alive()
    {
        await using var host = await StartAsync(new HangingStore(rows), capture, options => options.Lease = Short);
        await SubmitAsync(rows);

        await UntilAsync(() => capture.Stopped > 0, "the stop");
    }

    [Fact]
    public async Task A_capture_is_stopped_when_its_lease_was_taken_over()
    {
        await using var host = await StartAsync(store, capture, options => (options.Lease, options.Poll) = (TimeSpan.FromSeconds(3), TimeSpan.FromHours(1)));
        var id = await SubmitAsync(store);
        var running = await UntilAsync(store, id, task => task.State == TaskState.Running);

        await TakeOverAsync(running);

        await UntilAsync(() => capture.Stopped == 1, "the stop");
        host.Counters.LeasesLost.Should().Be(1);
    }

    [Fact]
    public async Task An_outcome_that_comes_after_a_takeover_is_refused_and_counted()
    {
        await using var host = await StartAsync(store, capture, options => options.Poll = TimeSpan.FromHours(1));
        var id = await SubmitAsync(store);
        var running = await UntilAsync(store, id, task => task.State == TaskState.Running);

        await TakeOverAsync(running);
        capture.End();

        await UntilAsync(() => host.Counters.LateCompletions == 1, "the late completion");
        (await GetAsync(store, id)).Lease!.Holder.Should().Be("another");
        host.Log.Should().ContainSingle(line => line.StartsWith("Warning: Task 1 of project project ended too late"));
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_written_at_first_is_recorded_later()
    {
        var left = 3;
        store.OnDecide = () => Interlocked.Decrement(ref left) >= 0 ? new StoreUnavailableException("The disk is full.") : null;
        await using var host = await StartAsync(store, capture);
        capture.End();

        var ended = await UntilAsync(store, await SubmitAsync(store), task => task.State == TaskState.Completed);

        ended.Pictures.Should().Equal("1.jpg");
        ended.Attempt.Should().Be(1);
        host.Log.Should().ContainSingle(line => line.Contains("cannot be recorded"));
    }

    [Fact]
    public async Task An_outcome_whose_answer_was_lost_counts_as_recorded_when_it_was()
    {
        var left = 2;
        store.AfterDecide = () => Interlocked.Decrement(ref left) >= 0 ? new UnknownOutcomeException("The answer was lost.") : null;
        await using var host = await StartAsync(store, capture);
        capture.End();

        var id = await SubmitAsync(store);

        await UntilAsync(() => host.Log.Any(line => line.Contains("completed after")), "the end");
        (await GetAsync(store, id)).Pictures.Should().Equal("1.jpg");
        host.Counters.LateCompletions.Should().Be(0);
    }

    [Fact]
    public async Task An_outcome_that_cannot_be_written_is_not_held_on_to_beyond_the_lease()
    {
        store.OnDecide = () => new StoreUnavailableException("The disk is full.");
        await using var host = await StartAsync(store, capture, options => options.Lease = Short);
        capture.End();
        var id = await SubmitAsync(store);

        await UntilAsync(() => host.Log.Any(line => line.Contains("was not recorded")), "the end of the lease");
        store.OnDecide = () => null;

        (await UntilAsync(store, id, task => task.Pictures is not null)).Attempt.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task A_stopping_worker_lets_running_tasks_end_and_claims_no_others()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 1);
        var ids = new[] { await SubmitAsync(store), await SubmitAsync(store) };
        await UntilAsync(() => capture.Running == 1, "a running task");

        var stopping = host.StopAsync();
        stopping.IsCompleted.Should().BeFalse();
        capture.End();
        await stopping;

        (await GetAsync(store, ids[0])).Pictures.Should().Equal("1.jpg");
        (await GetAsync(store, ids[1])).State.Should().Be(TaskState.Queued);
    }

    [Fact]
    public async Task A_worker_that_cannot_wait_any_longer_releases_what_it_runs_for_another_to_take_over_at_once()
    {
        await using (var host = await StartAsync(store, capture, options => options.Shutdown = TimeSpan.FromMilliseconds(100)))
        {
            await SubmitAsync(store);
            await UntilAsync(() => capture.Running == 1, "a running task");
        }

        capture.Stopped.Should().Be(1);
        var released = await GetAsync(store, new TaskId(1));
        released.State.Should().Be(TaskState.Running);
        released.Lease!.Holder.Should().BeEmpty();
        released.ReleasedAttempts.Should().Be(1);

        capture.End();
        await using var next = await StartAsync(store, capture, options => options.MaxAttempts = 1);
        (await UntilAsync(store, released.Id, task => task.Pictures is not null)).Attempt.Should().Be(2);
    }

    /// <summary>What another worker does when it believes this one dead; released first, for no test waits for an expiry.</summary>
    private async Task TakeOverAsync(SnapshotTask running)
    {
        await rows.DecideAsync(TaskDecision.Release(running.Id, running.Lease!));
        (await rows.ClaimAsync(new Claim("another", TimeSpan.FromMinutes(1)))).Should().ContainSingle();
    }

    /// <summary>A store whose decisions never answer.</summary>
    private sealed class HangingStore(ITaskStore store) : PassingStore(store)
    {
        public override Task<Decision<TAnswer>> DecideAsync<TAnswer>(
            TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default) =>
            new TaskCompletionSource<Decision<TAnswer>>().Task;
    }
}
