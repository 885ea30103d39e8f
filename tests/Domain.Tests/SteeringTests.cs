namespace SnapshotTasks.Tests;

/// <summary>What operators do, and what a failure that passes does, to a task.</summary>
public sealed class SteeringTests
{
    private static readonly Failure Away = new(FailureCode.SystemError, "The disk is away.");
    private static readonly Failure Aborted = new(FailureCode.Aborted, "Aborted by ann: it runs for ever.");
    private static readonly TimeSpan Delay = TimeSpan.FromMinutes(2);

    [Fact]
    public void A_deferred_run_is_held_by_nobody_and_stays_inside_running()
    {
        var (answer, deferred) = Some.Running.Defer(Some.Running.Lease!, Away, Delay, 3, Some.Now);

        answer.Should().Be(CompleteAnswer.Deferred);
        (deferred.State, deferred.Lease, deferred.Attempt).Should().Be((TaskState.Running, null, 1));
        deferred.Deferral.Should().Be(new Deferral(Away, Some.Now + Delay));
        deferred.Cancel(Some.Now).Answer.Should().Be(CancelAnswer.Refused, "it has started");
        deferred.TakesPlace.Should().BeFalse();
    }

    [Fact]
    public void The_next_attempt_starts_when_the_deferral_is_over_and_not_before()
    {
        var deferred = Deferred(1);

        deferred.TryClaim(Some.OtherClaim, Some.Now + Delay - TimeSpan.FromMicroseconds(1)).Answer.Should().Be(ClaimAnswer.Refused);
        var (answer, next) = deferred.TryClaim(Some.OtherClaim, Some.Now + Delay);

        answer.Should().Be(ClaimAnswer.TakenOver);
        (next.Attempt, next.Deferral, next.Lease!.Holder).Should().Be((2, null, "worker-b"));
    }

    [Fact]
    public void With_the_last_attempt_it_fails_for_the_last_reason()
    {
        var last = Deferred(2).TryClaim(Some.Claim, Some.Now + Delay + Delay).Task;

        var (answer, failed) = last.Defer(last.Lease!, Away, Delay, 3, Some.Now);

        answer.Should().Be(CompleteAnswer.Recorded);
        (failed.Failure, failed.Deferral).Should().Be((Away, null));
    }

    [Fact]
    public void Who_takes_it_over_with_fewer_attempts_gives_it_up_for_the_last_reason()
    {
        var (answer, ended) = Deferred(2).TryClaim(new Claim("worker", Some.LeaseDuration, 1, 2), Some.Now + Delay + Delay);

        (answer, ended.Failure).Should().Be((ClaimAnswer.AttemptsUsedUp, Away));
    }

    [Fact]
    public void Repeated_after_a_lost_answer_it_is_the_same_deferral()
    {
        var deferred = Deferred(1);

        deferred.Defer(Some.Running.Lease!, Away, Delay, 3, Some.Now.AddMinutes(1)).Should().Be(new Decision<CompleteAnswer>(deferred, CompleteAnswer.Repeated, TaskTrigger.Defer));
        deferred.TryClaim(Some.OtherClaim, Some.Now + Delay).Task.Defer(Some.Running.Lease!, Away, Delay, 3, Some.Now + Delay)
            .Answer.Should().Be(CompleteAnswer.LeaseLost, "another attempt has begun");
    }

    [Fact]
    public void An_abort_ends_a_run_as_failed_whoever_holds_it()
    {
        var (answer, aborted) = Some.Running.Abort(Aborted, Some.Now);

        answer.Should().Be(AbortAnswer.Aborted);
        (aborted.State, aborted.Ending, aborted.Failure, aborted.Lease).Should().Be((TaskState.Completed, TaskEnding.Failure, Aborted, null));
        aborted.Renew(Some.Running.Lease!, Some.LeaseDuration, Some.Now, publishing: true).Answer.Should().Be(LeaseAnswer.Lost, "nothing may be published any more");
        aborted.Complete(Some.Running.Lease!, ["0.jpg"], Some.Now).Answer.Should().Be(CompleteAnswer.LeaseLost, "the outcome is not its own");
    }

    [Fact]
    public void A_deferred_run_can_be_aborted() => Deferred(1).Abort(Aborted, Some.Now).Should().Match<Decision<AbortAnswer>>(
        decision => decision.Answer == AbortAnswer.Aborted && decision.Task.Deferral == null && decision.Task.Failure == Aborted);

    [Theory, InlineData(TaskState.Queued), InlineData(TaskState.Completed), InlineData(TaskState.Cancelled)]
    public void What_does_not_run_is_not_aborted(TaskState state)
    {
        var task = Some.In(state);

        task.Abort(Aborted, Some.Now).Should().Be(new Decision<AbortAnswer>(task, AbortAnswer.Refused, TaskTrigger.Complete));
    }

    [Fact]
    public void A_run_that_publishes_ends_now_until_its_lease_expires()
    {
        var publishing = Some.Running.Renew(Some.Running.Lease!, Some.LeaseDuration, Some.Now, publishing: true).Task;
        publishing = publishing.Renew(Some.Running.Lease!, Some.LeaseDuration, Some.Now, publishing: false).Task;
        var expiry = Some.Now + Some.LeaseDuration;

        publishing.Abort(Aborted, expiry - TimeSpan.FromMicroseconds(1)).Answer.Should().Be(AbortAnswer.EndingNow, "an ordinary renewal does not take it back");
        publishing.Abort(Aborted, expiry).Answer.Should().Be(AbortAnswer.Aborted);
        publishing.TryClaim(Some.OtherClaim, expiry).Task.Abort(Aborted, expiry).Answer.Should().Be(AbortAnswer.Aborted, "who has taken it over does not publish yet");
    }

    [Fact]
    public void A_pause_holds_back_its_project_and_one_of_everything_all()
    {
        var pauses = Pauses.None.After(Some.Project, PauseDecision.Pause(Some.Project, "ann", "maintenance").Decide(null, Some.Now));

        (pauses.HoldBack(Some.Project), pauses.HoldBack(new ProjectId("other"))).Should().Be((true, false));
        pauses.Of(Some.Project).Should().Be(new Pause(Some.Project, "ann", "maintenance", Some.Now));
        pauses = pauses.After(null, PauseDecision.Pause(null, "bob", "all").Decide(null, Some.Now));
        pauses.HoldBack(new ProjectId("other")).Should().BeTrue();
        pauses = pauses.After(null, PauseDecision.Resume(null).Decide(pauses.Everything, Some.Now));
        (pauses.HoldBack(Some.Project), pauses.HoldBack(new ProjectId("other"))).Should().Be((true, false));
    }

    [Fact]
    public void A_repeated_pause_and_a_needless_resume_change_nothing()
    {
        var first = PauseDecision.Pause(null, "ann", "maintenance").Decide(null, Some.Now);

        PauseDecision.Pause(null, "bob", "later").Decide(first.Pause, Some.Now.AddDays(1)).Should().Be(new PauseOutcome(PauseAnswer.AlreadyPaused, first.Pause));
        PauseDecision.Resume(null).Decide(first.Pause, Some.Now).Should().Be(new PauseOutcome(PauseAnswer.Resumed, first.Pause));
        PauseDecision.Resume(null).Decide(null, Some.Now).Should().Be(new PauseOutcome(PauseAnswer.NotPaused, null));
    }

    [Fact]
    public void What_would_start_at_once_is_refused_while_it_is_paused()
    {
        var pauses = new Pauses([new(Some.Project, "ann", "maintenance", Some.Now)]);

        new NewTask(Some.Project, Some.Request, Some.Claim).Accept(new TaskId(7), Some.Now, pauses: pauses).Answer.Should().Be(SubmitAnswer.Paused);
        new NewTask(Some.Project, Some.Request).Accept(new TaskId(7), Some.Now, pauses: pauses).Answer.Should().Be(SubmitAnswer.Accepted, "it only waits");
    }

    private static SnapshotTask Deferred(int attempts)
    {
        var (task, now) = (Some.Running, Some.Now);
        for (var attempt = 1; ; attempt++)
        {
            task = task.Defer(task.Lease!, Away, Delay, 3, now).Task;
            if (attempt == attempts)
            {
                return task;
            }

            now += Delay;
            task = task.TryClaim(Some.Claim, now).Task;
        }
    }
}
