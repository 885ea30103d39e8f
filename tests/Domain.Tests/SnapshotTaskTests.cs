using CsCheck;

namespace SnapshotTasks.Tests;

public sealed class SnapshotTaskTests
{
    private static readonly DateTimeOffset Later = Some.Now + Some.LeaseDuration;

    public static TheoryData<TaskState> States => [.. Enum.GetValues<TaskState>()];

    [Theory]
    [MemberData(nameof(States))]
    public void A_cancel_is_answered_as_the_machine_says(TaskState state)
    {
        var task = Some.In(state);
        var permitted = Lifecycle.TryFire(state, TaskTrigger.Cancel, out _);

        var (after, outcome) = task.Cancel(Later);

        outcome.Answer.Should().Be(permitted ? CancelAnswer.Cancelled : CancelAnswer.Refused);
        outcome.State.Should().Be(after!.State);
        outcome.Since.Should().Be(permitted ? Later : task.Since);
        ReferenceEquals(after, task).Should().Be(!permitted, "a refused decision leaves the task as it was");
    }

    [Fact]
    public void A_running_task_cannot_be_cancelled_even_after_its_lease_has_expired() =>
        Some.Running.Cancel(Later.AddDays(1)).Outcome.Should().Match<CancelOutcome>(o => o.Answer == CancelAnswer.Refused && o.State == TaskState.Running);

    [Fact]
    public void A_cancel_repeated_is_refused_naming_the_cancelled_state_and_when() =>
        Some.Cancelled.Cancel(Later).Outcome.Should().Match<CancelOutcome>(
            o => o.Answer == CancelAnswer.Refused && o.State == TaskState.Cancelled && o.Since == Some.Now);

    [Fact]
    public void Another_projects_task_is_not_found()
    {
        var decision = TaskDecision.Cancel(new ProjectId("other"), Some.Queued.Id);
        decision.Decide(Some.Queued, Later).Should().Be(Some.Queued);
        decision.Confirm();
        decision.Outcome.Should().Be(new CancelOutcome(CancelAnswer.NotFound, null));
    }

    [Fact]
    public void Only_the_answer_that_a_store_has_committed_can_be_read()
    {
        var decision = TaskDecision.Cancel(Some.Project, Some.Queued.Id);
        decision.Decide(Some.Queued, Later);
        decision.Invoking(each => each.Outcome).Should().Throw<InvalidOperationException>();

        decision.Decide(Some.Cancelled, Later);
        decision.Confirm();

        decision.Outcome.Answer.Should().Be(CancelAnswer.Refused, "a repeated transaction decides again");
    }

    [Fact]
    public void A_request_that_a_store_holds_is_read_once_and_only_when_somebody_asks()
    {
        var reads = 0;
        var stored = new SnapshotTask(Some.Queued.Id, Some.Queued.Project, Some.Queued.State, Some.Queued.CreatedAt, () =>
        {
            reads++;
            return Some.Queued.Request;
        });

        var cancelled = stored.Cancel(Later).Task!;
        reads.Should().Be(0);

        cancelled.Request.Should().Be(Some.Queued.Request);
        stored.Should().Be(Some.Queued);
        reads.Should().Be(1);
    }

    [Fact]
    public void Starting_grants_a_lease_and_the_first_attempt()
    {
        var task = Some.Running;
        task.StartedAt.Should().Be(Some.Now);
        task.Attempt.Should().Be(1);
        task.Lease.Should().Be(new Lease("worker-a", 1, Later));
    }

    [Fact]
    public void A_run_is_taken_over_from_the_moment_its_lease_expires_and_not_before()
    {
        Some.Running.TryClaim(Some.OtherClaim, Later.AddTicks(-1)).Outcome.Answer.Should().Be(ClaimAnswer.Refused);

        var taken = Some.Running.TryClaim(Some.OtherClaim, Later).Outcome;
        taken.Answer.Should().Be(ClaimAnswer.TakenOver);
        taken.Task.Lease.Should().Be(new Lease("worker-b", 2, Later + Some.LeaseDuration));
        taken.Task.StartedAt.Should().Be(Some.Now, "a task starts once");
    }

    [Fact]
    public void An_expired_lease_that_nobody_took_over_still_renews_and_completes()
    {
        var lease = Some.Running.Lease!;
        var renewed = Some.Running.Renew(lease, Some.LeaseDuration, Later.AddHours(1));
        renewed.Outcome.Answer.Should().Be(LeaseAnswer.Held);
        renewed.Task!.Lease!.ExpiresAt.Should().Be(Later.AddHours(1) + Some.LeaseDuration);
        Some.Running.Complete(lease, ["0.jpg"], Later.AddHours(1)).Outcome.Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public void A_stale_lease_is_refused_everything()
    {
        var stale = Some.Running.Lease!;
        var task = Some.Running.TryClaim(Some.OtherClaim, Later).Outcome.Task;

        task.Renew(stale, Some.LeaseDuration, Later).Should().Be(new Decision<LeaseOutcome>(task, new LeaseOutcome(LeaseAnswer.Lost, task)));
        task.Release(stale, Later).Outcome.Answer.Should().Be(LeaseAnswer.Lost);
        task.Complete(stale, ["0.jpg"], Later).Outcome.Answer.Should().Be(CompleteAnswer.LeaseLost);
        task.Fail(stale, Some.Failure, Later).Outcome.Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void The_same_worker_with_an_older_attempt_is_refused()
    {
        var stale = Some.Running.Lease!;
        var task = Some.Running.TryClaim(Some.Claim, Later).Outcome.Task;
        task.Complete(stale, [], Later).Outcome.Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void A_completion_repeated_by_the_attempt_that_recorded_it_is_told_so_and_changes_nothing()
    {
        var lease = Some.Running.Lease!;
        var repeated = Some.Completed.Fail(lease, Some.Failure, Later);
        repeated.Outcome.Answer.Should().Be(CompleteAnswer.Repeated);
        repeated.Task!.Pictures.Should().Equal("0.jpg");
    }

    [Fact]
    public void A_failure_is_data_of_a_completed_task()
    {
        var failed = Some.Running.Fail(Some.Running.Lease!, Some.Failure, Later).Task!;
        failed.State.Should().Be(Some.Completed.State);
        failed.Failure.Should().Be(Some.Failure);
        failed.Lease.Should().BeNull();
        failed.EndedAt.Should().Be(Later);
    }

    [Fact]
    public void A_released_run_is_taken_over_at_once_and_its_holder_has_lost_it()
    {
        var lease = Some.Running.Lease!;
        var released = Some.Running.Release(lease, Some.Now).Task!;

        released.TryClaim(Some.OtherClaim, Some.Now).Outcome.Answer.Should().Be(ClaimAnswer.TakenOver);
        released.Release(lease, Some.Now).Outcome.Answer.Should().Be(LeaseAnswer.Lost, "a release whose answer was lost must not count twice");
        released.Renew(lease, Some.LeaseDuration, Some.Now).Outcome.Answer.Should().Be(LeaseAnswer.Lost);
    }

    [Fact]
    public void A_task_whose_attempts_are_used_up_ends_as_failed_and_its_frozen_holder_reads_that()
    {
        var (task, now) = (Some.Running, Some.Now);
        for (var attempt = 2; attempt <= Some.Claim.MaxAttempts; attempt++)
        {
            now += Some.LeaseDuration;
            task = task.TryClaim(Some.Claim, now).Outcome.Task;
            task.Attempt.Should().Be(attempt);
        }

        var frozen = task.Lease!;
        var outcome = task.TryClaim(Some.Claim, now + Some.LeaseDuration).Outcome;

        outcome.Answer.Should().Be(ClaimAnswer.AttemptsUsedUp);
        outcome.Task.State.Should().Be(Some.Completed.State);
        outcome.Task.Failure!.Code.Should().Be(FailureCode.SystemError);
        outcome.Task.Complete(frozen, ["0.jpg"], now).Outcome.Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void A_released_attempt_does_not_count_towards_the_limit()
    {
        var task = Some.Running;
        for (var i = 0; i < 10; i++)
        {
            task = task.Release(task.Lease!, Some.Now).Task!;
            task = task.TryClaim(Some.Claim, Some.Now).Outcome.Task;
        }

        task.Attempt.Should().Be(11);
        task.State.Should().Be(Some.Running.State);
    }

    [Fact]
    public void A_task_started_on_submission_is_never_queued()
    {
        var task = new NewTask(Some.Project, Some.Request, Some.Claim).Accept(new TaskId(1), Some.Now);
        task.Lease!.Holder.Should().Be("worker-a");
        task.Cancel(Some.Now).Outcome.Answer.Should().Be(CancelAnswer.Refused);
    }

    [Fact]
    public void Whatever_happens_a_task_keeps_its_invariants()
    {
        var move = Gen.Select(Gen.Int[0, 6], Gen.Int[0, 1], Gen.Int[0, 40]);
        move.Array[0, 30].Sample(moves =>
        {
            var (task, now, lease) = (Some.Queued, Some.Now, new Lease("nobody", 0, Some.Now));
            foreach (var (kind, worker, seconds) in moves)
            {
                now = now.AddSeconds(seconds);
                var claim = worker == 0 ? Some.Claim : Some.OtherClaim;
                var before = task;
                task = kind switch
                {
                    0 => task.Cancel(now).Task!,
                    1 or 2 => task.TryClaim(claim, now).Task!,
                    3 => task.Renew(lease, Some.LeaseDuration, now).Task!,
                    4 => task.Release(lease, now).Task!,
                    5 => task.Complete(lease, ["0.jpg"], now).Task!,
                    _ => task.Fail(lease, Some.Failure, now).Task!,
                };
                lease = seconds % 2 == 0 ? task.Lease ?? lease : lease;
                Holds(before, task);
            }
        });
    }

    private static void Holds(SnapshotTask before, SnapshotTask after)
    {
        (after.Lease is not null).Should().Be(after.State == TaskState.Running);
        (after.EndedAt is not null).Should().Be(after.State is TaskState.Completed or TaskState.Cancelled);
        (after.StartedAt is null).Should().Be(after.State is TaskState.Queued or TaskState.Cancelled);
        (after.Pictures is null && after.Failure is null).Should().Be(after.State != TaskState.Completed);
        (after.Pictures is not null && after.Failure is not null).Should().BeFalse();
        after.Attempt.Should().BeGreaterThanOrEqualTo(before.Attempt);
        (after.Attempt - after.ReleasedAttempts).Should().BeLessThanOrEqualTo(Some.Claim.MaxAttempts + 1);
        if (before.EndedAt is not null)
        {
            after.Should().BeSameAs(before, "an ended task never changes");
        }
    }
}
