using MediatR;
using Microsoft.Extensions.DependencyInjection;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>Failures that pass, aborts and pauses, as a worker meets them.</summary>
public sealed class WorkerSteeringTests
{
    private static readonly CaptureResult Away = CaptureResult.FailedForNow(FailureCode.SystemError, "The disk is away.");

    private readonly InMemoryTaskStore store = new(TimeProvider.System);

    [Fact]
    public async Task After_a_failure_that_passes_the_next_attempt_takes_the_pictures()
    {
        var capture = new ScriptedCapture(Away, CaptureResult.Taken(["1.jpg"]));
        await using var host = await StartAsync(store, capture, options => options.RetryDelay = TimeSpan.FromMilliseconds(20));
        var id = await SubmitAsync(store);

        var ended = await UntilAsync(store, id, task => task.HasEnded);

        (ended.Attempt, ended.ReleasedAttempts).Should().Be((2, 0));
        ended.Pictures.Should().Equal("1.jpg");
        host.Log.Should().ContainSingle(line => line.StartsWith("Warning: Task 1 of project project failed for now after ") && line.EndsWith("SystemError: The disk is away."));
    }

    [Fact]
    public async Task A_failure_that_does_not_pass_ends_the_task_with_its_last_attempt()
    {
        var capture = new ScriptedCapture(Away);
        await using var host = await StartAsync(store, capture, options => (options.RetryDelay, options.MaxAttempts) = (TimeSpan.FromMilliseconds(20), 3));
        var id = await SubmitAsync(store);

        var ended = await UntilAsync(store, id, task => task.HasEnded);

        (ended.Attempt, ended.Failure).Should().Be((3, Away.Failure));
        capture.Calls.Should().Be(3);
    }

    [Fact]
    public async Task While_an_attempt_is_put_off_its_slot_is_free()
    {
        var capture = new ScriptedCapture(Away, CaptureResult.Taken(["1.jpg"]));
        await using var host = await StartAsync(store, capture, options => (options.RetryDelay, options.Concurrency) = (TimeSpan.FromHours(1), 1));
        var deferred = await SubmitAsync(store);
        var next = await SubmitAsync(store);

        (await UntilAsync(store, next, task => task.HasEnded)).Pictures.Should().Equal("1.jpg");

        (await GetAsync(store, deferred)).Should().BeEquivalentTo(new { State = TaskState.Running, Deferral = new { Failure = Away.Failure } });
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(true, 3600)]
    public async Task An_aborted_run_is_stopped_at_once_or_at_the_next_renewal_and_its_task_stays_failed(bool isTold, int lease)
    {
        var capture = new PatientCapture();
        await using var host = await StartAsync(
            isTold ? store : new SilentStore(store), capture, options => options.Lease = TimeSpan.FromSeconds(lease));
        var id = await SubmitAsync(store);
        await UntilAsync(() => capture.Running == 1, "a run");

        var outcome = await host.Services.GetRequiredService<IMediator>().Send(new AbortSnapshotTask(Project, id, "ann", "it runs for ever"), TestContext.Current.CancellationToken);

        outcome.Should().BeEquivalentTo(new { Answer = AbortAnswer.Aborted, State = TaskState.Completed });
        await UntilAsync(() => capture.Stopped == 1, "the end of the run");
        (await GetAsync(store, id)).Failure.Should().Be(new Failure(FailureCode.Aborted, "Aborted by ann: it runs for ever"));
    }

    [Fact]
    public async Task What_is_paused_starts_when_it_is_resumed()
    {
        var mediator = await PausedAsync();
        await using var host = mediator.Host;
        var (paused, other) = (await SubmitAsync(store), (await store.AddAsync(new NewTask(new ProjectId("other"), CaptureStudio.Request(CaptureStudio.At(1))), cancellationToken: TestContext.Current.CancellationToken)).Task.Id);
        await UntilAsync(store, other, new ProjectId("other"), task => task.HasEnded);
        (await GetAsync(store, paused)).IsQueued.Should().BeTrue();

        await mediator.Mediator.Send(new ResumeSnapshotTasks(Project), TestContext.Current.CancellationToken);

        await UntilAsync(store, paused, task => task.HasEnded);
    }

    [Fact]
    public async Task What_is_wanted_at_once_is_refused_while_it_is_paused()
    {
        var mediator = await PausedAsync();
        await using var host = mediator.Host;

        var outcome = await mediator.Mediator.Send(new TakeSnapshotNow(Project, CaptureStudio.Request(CaptureStudio.At(1))), TestContext.Current.CancellationToken);

        outcome.Should().Be(new TakeSnapshotNowOutcome(TakeSnapshotNowAnswer.Paused, null));
    }

    [Fact]
    public void Attempts_are_put_off_for_about_ten_minutes_together_and_never_longer_than_the_bound()
    {
        var options = new WorkerOptions();
        TimeSpan Before(int failed) => Waits.BeforeAttempt(failed, options.RetryDelay, options.MaxRetryDelay);

        (Before(1) + Before(2)).Should().BeCloseTo(TimeSpan.FromMinutes(8.75), TimeSpan.FromMinutes(1.25));
        Before(1000).Should().BeLessThanOrEqualTo(options.MaxRetryDelay).And.BeGreaterThan(options.MaxRetryDelay / 2);
    }

    private async Task<(WorkerHost Host, IMediator Mediator)> PausedAsync()
    {
        var host = await StartAsync(store, new ScriptedCapture(CaptureResult.Taken(["1.jpg"])));
        var mediator = host.Services.GetRequiredService<IMediator>();
        (await mediator.Send(new PauseSnapshotTasks(Project, "ann", "maintenance"))).Answer.Should().Be(PauseAnswer.Paused);
        (await mediator.Send(new FindPauses())).Should().ContainSingle().Which.Reason.Should().Be("maintenance");
        return (host, mediator);
    }

    /// <summary>Tells nobody of an abort.</summary>
    private sealed class SilentStore(ITaskStore store) : PassingStore(store)
    {
        public override Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) =>
            new TaskCompletionSource().Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends one attempt after the other as it is told, and all further ones as the last.</summary>
    private sealed class ScriptedCapture(params CaptureResult[] results) : ICapture
    {
        private int calls;

        public int Calls => calls;

        public Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop) =>
            Task.FromResult(results[Math.Min(Interlocked.Increment(ref calls), results.Length) - 1]);
    }
}
