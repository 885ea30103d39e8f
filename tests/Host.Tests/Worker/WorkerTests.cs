using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

public sealed class WorkerTests
{
    private readonly PatientCapture capture = new();
    private readonly InMemoryTaskStore rows = new(TimeProvider.System);
    private readonly CutOffStore store;

    public WorkerTests() => store = new(rows);

    [Fact]
    public async Task A_queued_task_runs_and_ends_with_its_pictures()
    {
        await using var host = await StartAsync(store, capture);
        var id = await SubmitAsync(store);
        await UntilAsync(store, id, task => task.State == TaskState.Running);
        capture.End();

        var ended = await UntilAsync(store, id, task => task.State == TaskState.Completed);

        ended.Pictures.Should().Equal("1.jpg");
        host.Log.Where(line => line.Contains("Task 1 of project project")).Should().SatisfyRespectively(
            started => started.Should().Be("Information: Task 1 of project project started, attempt 1."),
            completed => completed.Should().Match("Information: Task 1 of project project completed after * s with 1 pictures."));
    }

    [Fact]
    public async Task A_failure_that_the_capture_reports_is_recorded_and_final()
    {
        await using var host = await StartAsync(store, capture);
        var id = await SubmitAsync(store);
        capture.End(CaptureResult.Failed(FailureCode.InvalidCodec, "Nobody can read it."));

        var ended = await UntilAsync(store, id, task => task.State == TaskState.Completed);

        ended.Failure.Should().Be(new Failure(FailureCode.InvalidCodec, "Nobody can read it."));
        ended.Attempt.Should().Be(1);
    }

    [Fact]
    public async Task A_capture_that_breaks_fails_the_task_and_the_worker_goes_on()
    {
        await using var host = await StartAsync(store, capture);
        var ids = new[] { await SubmitAsync(store), await SubmitAsync(store) };
        capture.Break(new InvalidOperationException("/a/path/of/this/machine"));

        foreach (var id in ids)
        {
            var ended = await UntilAsync(store, id, task => task.State == TaskState.Completed);
            ended.Failure.Should().Be(new Failure(FailureCode.SystemError, "The capture failed unexpectedly (InvalidOperationException)."));
        }
    }

    [Fact]
    public async Task A_worker_claims_only_what_it_can_start_now()
    {
        for (var i = 0; i < 10; i++)
        {
            await SubmitAsync(store);
        }

        await using var host = await StartAsync(store, capture, options => options.Concurrency = 3);
        await UntilAsync(() => capture.Running == 3, "three running tasks");
        (await rows.CountAsync(new(Project, TaskState.Queued), 100, TestContext.Current.CancellationToken)).Should().Be(7);

        capture.End();
        await UntilAsync(async () => await rows.CountAsync(new(Project, TaskState.Completed), 100) == 10, () => "all tasks");
        capture.Most.Should().BeLessThanOrEqualTo(3);
        store.Wanted.Should().OnlyContain(count => count >= 1 && count <= 3);
    }

    [Fact]
    public async Task A_full_worker_claims_nothing()
    {
        await using var host = await StartAsync(store, capture, options =>
        {
            options.Concurrency = 1;
            options.Poll = TimeSpan.FromMilliseconds(1);
        });
        await SubmitAsync(store);
        await UntilAsync(() => capture.Running == 1, "a running task");
        var claims = store.Claims;
        var waiting = await SubmitAsync(store);

        // A claim would come at once, with the submission; the delay only gives it the chance.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        store.Claims.Should().Be(claims);
        (await GetAsync(store, waiting)).State.Should().Be(TaskState.Queued);
        capture.End();
    }

    [Fact]
    public async Task A_submission_wakes_the_worker_long_before_it_polls()
    {
        await using var host = await StartAsync(store, capture, options => options.Poll = TimeSpan.FromHours(1));
        await UntilAsync(() => store.Claims > 0, "the first claim");

        for (var i = 0; i < 20; i++)
        {
            var id = await SubmitAsync(store);
            capture.End();
            await UntilAsync(store, id, task => task.State == TaskState.Completed);
        }
    }

    [Fact]
    public async Task A_task_that_is_cancelled_while_queued_never_runs()
    {
        await using var host = await StartAsync(store, capture, options => options.Concurrency = 1);
        await SubmitAsync(store);
        await UntilAsync(() => capture.Running == 1, "a running task");
        var id = await SubmitAsync(store);
        var cancelled = await store.DecideAsync(TaskDecision.Cancel(Project, id), cancellationToken: TestContext.Current.CancellationToken);
        var next = await SubmitAsync(store);
        capture.End();

        await UntilAsync(store, next, task => task.State == TaskState.Completed);
        cancelled.Answer.Should().Be(CancelAnswer.Cancelled);
        (await GetAsync(store, id)).Attempt.Should().Be(0);
    }

    [Fact]
    public async Task A_store_that_fails_is_reported_once_and_the_worker_resumes_by_itself()
    {
        var left = 3;
        store.OnClaim = () => Interlocked.Decrement(ref left) >= 0 ? new StoreUnavailableException("The disk is full.") : null;
        await using var host = await StartAsync(store, capture);
        capture.End();

        await UntilAsync(store, await SubmitAsync(store), task => task.State == TaskState.Completed);
        await UntilAsync(() => host.Log.Any(line => line.Contains("work again")), "the worker, which says it after its claim, while the task runs");

        host.Log.Where(line => line.Contains("store gives")).Should().Equal(
            "Warning: The store gives no work, trying again until it does: The disk is full.",
            "Information: The store gives work again.");
    }

    [Fact]
    public async Task A_task_whose_attempts_are_used_up_is_given_up_and_does_not_take_a_slot()
    {
        var id = await SubmitAsync(store);
        (await rows.ClaimAsync(new Claim("dead", TimeSpan.FromTicks(1)), TestContext.Current.CancellationToken)).Should().HaveCount(1);
        capture.End();
        await using var host = await StartAsync(store, capture, options => (options.Concurrency, options.MaxAttempts) = (1, 1));

        await UntilAsync(store, await SubmitAsync(store), task => task.Pictures is not null);
        (await GetAsync(store, id)).Failure!.Reason.Should().Be("Given up: 1 attempts ended without an outcome.");
        capture.GivenUp.Should().Equal(id);
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_with_a_sentence_that_names_them()
    {
        var options = new WorkerOptions
        {
            Concurrency = 0,
            Lease = TimeSpan.FromMilliseconds(999),
            Poll = TimeSpan.Zero,
            TimeLimit = TimeSpan.Zero,
            Shutdown = TimeSpan.FromSeconds(-1),
            MaxAttempts = 0,
            MaxRunning = -1,
        };

        var failures = new WorkerOptionsValidator().Validate(null, options).Failures;

        failures.Should().Equal(
            "The worker's Concurrency must be between 1 and 1024, it is 0.",
            "The worker's Lease must be between 1 second and 24 days, it is 00:00:00.9990000.",
            "The worker's Poll must be more than 0 and at most 24 days, it is 00:00:00.",
            "The worker's TimeLimit must be more than 0 and at most 24 days, it is 00:00:00.",
            "The worker's Shutdown must be between 0 and 24 days, it is -00:00:01.",
            "The worker's MaxAttempts must be at least 1, it is 0.",
            "The worker's MaxRunning must be at least 0, it is -1.");
        new WorkerOptionsValidator().Validate(null, new()).Succeeded.Should().BeTrue();
    }

    [Fact]
    public async Task A_host_with_wrong_options_does_not_start()
    {
        var start = () => StartAsync(store, capture, options => options.Concurrency = 2000);
        await start.Should().ThrowAsync<OptionsValidationException>().WithMessage("The worker's Concurrency must be between 1 and 1024, it is 2000.");
    }

    [Fact]
    public void A_program_that_is_missing_is_named_with_its_package()
    {
        var find = () => ChildProcesses.Find("no-such-program", "ffmpeg");
        find.Should().Throw<InvalidOperationException>()
            .WithMessage("The worker needs no-such-program, which is not on PATH: install the package ffmpeg.");
    }

    [Fact]
    public void An_embedders_own_capture_is_kept()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<ICapture>(capture);
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker());
        using var host = builder.Build();
        host.Services.GetRequiredService<ICapture>().Should().BeSameAs(capture);
    }
}
