namespace SnapshotTasks.Tests;

/// <summary>Pauses, attempts that are put off, and aborts.</summary>
public abstract partial class StoreContract
{
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(2);
    private static readonly Failure Away = new(FailureCode.SystemError, "The disk is away.");
    private static readonly Failure Aborted = new(FailureCode.Aborted, "Aborted by ann: it runs for ever.");

    [Fact]
    public async Task What_is_paused_does_not_start_and_goes_on_where_it_was()
    {
        await SubmitAsync("a", 3);
        await SubmitAsync("b", 3);
        await ClaimOne();

        var paused = await PauseAsync("a");

        paused.Should().BeEquivalentTo(new { Answer = PauseAnswer.Paused, Pause = new { Project = new ProjectId("a"), By = "ann", Reason = "maintenance" } });
        (await ClaimEachAsync(2)).Should().Equal("b", "b");
        await ResumeAsync("a");
        (await ClaimEachAsync(3)).Should().Equal("a", "b", "a");
    }

    [Fact]
    public async Task While_everything_is_paused_nothing_starts_and_dead_runs_are_taken_over()
    {
        await SubmitAsync("a", 2);
        var running = await ClaimOne();
        await PauseAsync(null);

        (await Claim(10)).Should().BeEmpty();
        Advance(Lease);
        (await Claim(10)).Should().ContainSingle().Which.Should().Match<Decision<ClaimAnswer>>(claimed => claimed.Answer == ClaimAnswer.TakenOver && claimed.Task.Id == running.Id);
        await ResumeAsync(null);
        (await Claim(10)).Should().ContainSingle().Which.Answer.Should().Be(ClaimAnswer.Started);
    }

    [Fact]
    public async Task What_is_paused_can_be_submitted_and_cancelled_and_does_not_start_at_once()
    {
        await PauseAsync("project");

        var task = await Submit();
        (await Store.AddAsync(new NewTask(Project, Request, new Claim("worker", Lease)))).Answer.Should().Be(SubmitAnswer.Paused);
        (await Cancel(task.Id)).Answer.Should().Be(CancelAnswer.Cancelled);
        (await Store.AddAsync(new NewTask(Another, Request, new Claim("worker", Lease)))).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Fact]
    public async Task Pauses_are_kept_with_who_and_why_until_they_end()
    {
        await PauseAsync("a");
        await PauseAsync(null);
        (await PauseAsync("a")).Answer.Should().Be(PauseAnswer.AlreadyPaused);

        (await Store.GetPausesAsync()).All.Select(pause => (pause.Project?.Value, pause.By, pause.Reason))
            .Should().Equal((null, "ann", "maintenance"), ("a", "ann", "maintenance"));
        (await Store.MeasureAsync(10)).Pauses.All.Should().HaveCount(2);
        (await ResumeAsync(null)).Should().BeEquivalentTo(new { Answer = PauseAnswer.Resumed, Pause = new { Project = (ProjectId?)null, By = "ann" } });
        (await ResumeAsync("a")).Answer.Should().Be(PauseAnswer.Resumed);
        (await ResumeAsync("a")).Answer.Should().Be(PauseAnswer.NotPaused);
        (await Store.GetPausesAsync()).All.Should().BeEmpty();
    }

    [Fact]
    public async Task A_resume_wakes_who_waits_for_work()
    {
        await PauseAsync(null);
        var waiting = Store.WaitForSubmissionAsync();

        await ResumeAsync(null);

        await waiting.WaitAsync(TimeSpan.FromSeconds(30));
    }

    [Fact]
    public async Task Nothing_starts_after_a_pause_was_answered()
    {
        await SubmitAsync("a", 200);
        using var stop = new CancellationTokenSource();
        var claiming = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await Store.ClaimAsync(new Claim("worker", Lease));
            }
        })).ToList();
        for (var i = 0; i < 20; i++)
        {
            await PauseAsync("a");
            var before = await Store.CountAsync(new TaskFilter(new ProjectId("a")) { State = TaskState.Queued }, 1000);
            await Store.ClaimAsync(new Claim("another", Lease, 5));
            (await Store.CountAsync(new TaskFilter(new ProjectId("a")) { State = TaskState.Queued }, 1000)).Should().Be(before);
            await ResumeAsync("a");
        }

        await stop.CancelAsync();
        await Task.WhenAll(claiming);
    }

    [Fact]
    public async Task A_deferred_run_waits_and_its_next_attempt_comes_before_what_is_queued_in_its_lane()
    {
        await SubmitAsync("a", 3);
        await SubmitAsync("b", 3);
        var run = await ClaimOne();
        (await DeferAsync(run)).Answer.Should().Be(CompleteAnswer.Deferred);
        (await StoredAsync(run)).Should().BeEquivalentTo(new { State = TaskState.Running, Lease = (Lease?)null, Deferral = new { Failure = Away } });
        (await Store.MeasureAsync(10)).Should().BeEquivalentTo(new { Queued = 5, Running = 0, Deferred = 1, Expired = 0 });
        (await ClaimEachAsync(2)).Should().Equal("b", "a");

        Advance(Delay);

        var claimed = await Claim(4);
        claimed.Select(each => each.Answer).Should().Equal([ClaimAnswer.TakenOver, ClaimAnswer.TakenOver, ClaimAnswer.Started, ClaimAnswer.TakenOver], "the runs of dead workers come first");
        (claimed[2].Task.Project.Value, claimed[3].Task.Id).Should().Be(("b", run.Id));
    }

    [Fact]
    public async Task A_lane_with_nothing_but_a_deferral_comes_back_when_that_is_over()
    {
        await SubmitAsync("a", 1);
        var run = await ClaimOne();
        await DeferAsync(run);
        (await Claim()).Should().BeEmpty();

        Advance(Delay);

        var (answer, next) = (await Claim()).Should().ContainSingle().Subject;
        (answer, next.Id, next.Attempt, next.Deferral).Should().Be((ClaimAnswer.TakenOver, run.Id, 2, null));
        (await Complete(run, "late.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Complete(next, "0.jpg")).Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public async Task A_deferral_that_is_over_waits_while_its_project_is_paused()
    {
        await SubmitAsync("a", 1);
        await DeferAsync(await ClaimOne());
        await PauseAsync("a");
        Advance(Delay);

        (await Claim(10)).Should().BeEmpty();
        await ResumeAsync("a");
        (await Claim(10)).Should().ContainSingle();
    }

    [Fact]
    public async Task A_deferred_run_takes_no_place_of_those_that_may_run_at_once()
    {
        await SubmitAsync("a", 2);
        var bounded = new Claim("worker", Lease) { MaxRunning = 1 };
        var run = (await Store.ClaimAsync(bounded)).Single().Task;
        (await Store.ClaimAsync(bounded)).Should().BeEmpty();

        await DeferAsync(run);

        (await Store.ClaimAsync(bounded)).Should().ContainSingle().Which.Answer.Should().Be(ClaimAnswer.Started);
    }

    [Fact]
    public async Task With_the_last_attempt_a_deferral_is_a_failure()
    {
        await Submit();
        for (var attempt = 1; attempt < 3; attempt++)
        {
            await DeferAsync(await ClaimOne());
            Advance(Delay);
        }

        var (answer, ended) = await DeferAsync(await ClaimOne());

        (answer, ended.State, ended.Failure).Should().Be((CompleteAnswer.Recorded, TaskState.Completed, Away));
    }

    [Fact]
    public async Task An_aborted_run_has_failed_and_its_holder_is_refused()
    {
        await Submit();
        var run = await ClaimOne();

        (await AbortAsync(run.Id)).Answer.Should().Be(AbortAnswer.Aborted);

        (await Renew(run)).Answer.Should().Be(LeaseAnswer.Lost);
        (await Complete(run, "0.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Row(run.Id)).Should().BeEquivalentTo(new { State = TaskState.Completed, Failure = Aborted });
        (await AbortAsync(run.Id)).Answer.Should().Be(AbortAnswer.Refused);
        (await AbortAsync(new TaskId(99))).Answer.Should().Be(AbortAnswer.NotFound);
        (await Store.DecideAsync(TaskDecision.Abort(Another, run.Id, Aborted))).Answer.Should().Be(AbortAnswer.NotFound);
    }

    [Fact]
    public async Task A_run_that_publishes_is_not_aborted_until_its_lease_expires()
    {
        await Submit();
        var run = await ClaimOne();
        (await Store.DecideAsync(TaskDecision.Renew(run.Id, run.Lease!, Lease, publishing: true))).Answer.Should().Be(LeaseAnswer.Held);

        (await AbortAsync(run.Id)).Answer.Should().Be(AbortAnswer.EndingNow);
        Advance(Lease);
        (await AbortAsync(run.Id)).Answer.Should().Be(AbortAnswer.Aborted);
    }

    [Fact]
    public async Task A_deferred_run_is_aborted()
    {
        await Submit();
        await DeferAsync(await ClaimOne());

        (await AbortAsync(new TaskId(1))).Answer.Should().Be(AbortAnswer.Aborted);
        Advance(Delay);
        (await Claim(10)).Should().BeEmpty();
    }

    private Task<PauseOutcome> PauseAsync(string? project) =>
        Store.DecideAsync(PauseDecision.Pause(project is null ? null : new ProjectId(project), "ann", "maintenance"));

    private Task<PauseOutcome> ResumeAsync(string? project) => Store.DecideAsync(PauseDecision.Resume(project is null ? null : new ProjectId(project)));

    private Task<Decision<CompleteAnswer>> DeferAsync(SnapshotTask run) => Store.DecideAsync(TaskDecision.Defer(run.Id, run.Lease!, Away, Delay, 3));

    [Fact]
    public async Task Who_holds_a_run_is_told_of_its_abort_and_of_nothing_else()
    {
        await Submit();
        await Submit();
        var (run, other) = (await ClaimOne(), await ClaimOne());
        using var leave = new CancellationTokenSource();
        var told = Store.WaitForAbortAsync(run.Id, leave.Token);
        await Renew(run);
        await Complete(other, "0.jpg");
        (await Store.DecideAsync(TaskDecision.Abort(Another, run.Id, Aborted))).Answer.Should().Be(AbortAnswer.NotFound);
        told.IsCompleted.Should().BeFalse();

        await AbortAsync(run.Id);

        await told.WaitAsync(TimeSpan.FromSeconds(10));
        var late = Store.WaitForAbortAsync(other.Id, leave.Token);
        await leave.CancelAsync();
        await late.Awaiting(it => it).Should().ThrowAsync<OperationCanceledException>();
    }

    private Task<Decision<AbortAnswer>> AbortAsync(TaskId id) => Store.DecideAsync(TaskDecision.Abort(Project, id, Aborted));

    private async Task<SnapshotTask> StoredAsync(SnapshotTask task) => (await Store.GetAsync(task.Project, [task.Id])).Single();
}
