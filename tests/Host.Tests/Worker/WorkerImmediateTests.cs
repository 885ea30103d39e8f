using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

public sealed class WorkerImmediateTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private static readonly NewTask Submission = new(Project, CaptureStudio.Request(CaptureStudio.At(1)));

    private readonly PatientCapture capture = new();
    private readonly InMemoryTaskStore rows = new(TimeProvider.System);
    private readonly CutOffStore store;

    public WorkerImmediateTests() => store = new(rows);

    [Fact]
    public async Task A_task_is_added_and_started_at_once_under_the_lease_of_this_worker_and_runs_like_any_other()
    {
        await using var host = await StartAsync(store, capture);
        var run = await RunNowAsync(host);

        run.Submitted.Task.State.Should().Be(TaskState.Running);
        await UntilAsync(() => host.Log.Any(line => line.StartsWith($"Information: Worker {run.Submitted.Task.Lease!.Holder} started")), "the worker's own holder id");
        run.Ended.IsCompleted.Should().BeFalse();
        capture.End();

        var ended = await run.Ended;
        ended.Pictures.Should().Equal("1.jpg");
        ended.Should().BeEquivalentTo(await GetAsync(store, run.Submitted.Task.Id));
        host.Log.Should().Contain(line => line.Contains("Task 1 of project project completed after"));
    }

    [Fact]
    public async Task Runs_at_once_and_claimed_ones_together_are_never_more_than_the_slots()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 3);
        for (var i = 0; i < 10; i++)
        {
            await SubmitAsync(store);
        }

        var starts = Enumerable.Range(0, 10).Select(_ => host.Immediate.StartAsync(Submission, Long)).ToList();
        await UntilAsync(() => capture.Running == 3, "the slots to be taken");
        capture.End();

        foreach (var start in starts)
        {
            (await (await start)!.Ended).Pictures.Should().NotBeNull();
        }

        await UntilAsync(async () => await rows.CountAsync(new(Project, TaskState.Completed), 100) == 20, () => "all tasks");
        capture.Most.Should().Be(3);
    }

    [Fact]
    public async Task A_slot_that_is_not_free_in_time_is_none_and_nothing_is_stored()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 1);
        await RunNowAsync(host);

        (await host.Immediate.StartAsync(Submission, TimeSpan.Zero)).Should().BeNull();

        (await rows.CountAsync(new(Project), 100)).Should().Be(1);
        capture.End();
    }

    [Fact]
    public async Task A_caller_who_leaves_while_waiting_for_a_slot_gets_nothing_stored_and_leaves_the_slot_to_others()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 1);
        var first = await RunNowAsync(host);
        using var gone = new CancellationTokenSource();
        var waiting = host.Immediate.StartAsync(Submission, Long, gone.Token);

        await gone.CancelAsync();
        await waiting.Invoking(it => it).Should().ThrowAsync<OperationCanceledException>();

        (await rows.CountAsync(new(Project), 100)).Should().Be(1);
        capture.End();
        await first.Ended;
        (await (await RunNowAsync(host)).Ended).Pictures.Should().NotBeNull();
    }

    [Fact]
    public async Task A_run_whose_worker_was_cut_off_is_taken_over_like_any_other_and_its_caller_is_told_no_outcome()
    {
        store.OnDecide = () => new StoreUnavailableException("The network is down.");
        await using var host = await StartAsync(store, capture, options => options.Lease = TimeSpan.FromSeconds(1));
        var run = await RunNowAsync(host);

        (await run.Ended).State.Should().Be(TaskState.Running);
        store.OnDecide = () => null;
        capture.End();

        (await UntilAsync(store, run.Submitted.Task.Id, task => task.Pictures is not null)).Attempt.Should().BeGreaterThan(1);
    }

    [Fact]
    public async Task A_stopping_worker_starts_nothing_more_and_waits_for_what_runs()
    {
        var host = await StartAsync(store, capture);
        var run = await RunNowAsync(host);
        await UntilAsync(() => capture.Running == 1, "the run");

        var stopping = host.StopAsync();
        (await host.Immediate.StartAsync(Submission, Long)).Should().BeNull();
        stopping.IsCompleted.Should().BeFalse();
        capture.End();
        await stopping;

        (await run.Ended).Pictures.Should().Equal("1.jpg");
        (await rows.CountAsync(new(Project), 100)).Should().Be(1);
        await host.DisposeAsync();
    }

    [Fact]
    public async Task What_still_runs_when_a_worker_cannot_wait_any_longer_is_released_for_another_to_take_over()
    {
        ImmediateRun run;
        await using (var host = await StartAsync(store, capture, options => options.Shutdown = TimeSpan.Zero))
        {
            run = await RunNowAsync(host);
            await UntilAsync(() => capture.Running == 1, "the run");
        }

        (await run.Ended).State.Should().Be(TaskState.Running);
        (await GetAsync(store, run.Submitted.Task.Id)).Lease!.Holder.Should().BeEmpty();
    }

    [Fact]
    public async Task A_repeated_submission_is_the_same_task_and_runs_once()
    {
        var keyed = Submission with { Key = new IdempotencyKey("key", "hash") };
        await using var host = await StartAsync(store, capture);
        var run = (await host.Immediate.StartAsync(keyed, Long))!;
        await UntilAsync(() => capture.Running == 1, "the run");

        var again = (await host.Immediate.StartAsync(keyed, Long))!;
        var other = (await host.Immediate.StartAsync(keyed with { Key = new IdempotencyKey("key", "another hash") }, Long))!;

        again.Submitted.Should().BeEquivalentTo(new { Answer = SubmitAnswer.Repeated, Task = run.Submitted.Task });
        (await again.Ended).State.Should().Be(TaskState.Running, "it runs under the first submission");
        other.Submitted.Answer.Should().Be(SubmitAnswer.KeyReused);
        capture.End();
        (await run.Ended).Pictures.Should().Equal("1.jpg");
        (await rows.CountAsync(new(Project), 100)).Should().Be(1);
        capture.Most.Should().Be(1);
    }

    private static async Task<ImmediateRun> RunNowAsync(WorkerHost host) => (await host.Immediate.StartAsync(Submission, Long))!;
}
