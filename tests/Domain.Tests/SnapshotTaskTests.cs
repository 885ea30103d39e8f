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
        var permitted = Lifecycle.Fire(state, TaskTrigger.Cancel) is not null;

        var (answer, after) = task.Cancel(Later);

        answer.Should().Be(permitted ? CancelAnswer.Cancelled : CancelAnswer.Refused);
        after.Since.Should().Be(permitted ? Later : task.Since);
        ReferenceEquals(after, task).Should().Be(!permitted, "a refused decision leaves the task as it was");
    }

    [Fact]
    public void A_running_task_cannot_be_cancelled_even_after_its_lease_has_expired() =>
        Some.Running.Cancel(Later.AddDays(1)).Should().Be(new Decision<CancelAnswer>(Some.Running, CancelAnswer.Refused, TaskTrigger.Cancel));

    [Fact]
    public void A_cancel_repeated_is_refused_naming_the_cancelled_state_and_when() =>
        Some.Cancelled.Cancel(Later).Should().Match<Decision<CancelAnswer>>(
            decision => decision.Answer == CancelAnswer.Refused && decision.Task.State == TaskState.Cancelled && decision.Task.Since == Some.Now);

    [Fact]
    public void Another_projects_task_is_not_found()
    {
        var decision = TaskDecision.Cancel(new ProjectId("other"), Some.Queued.Id);

        var decided = decision.Decide(Some.Queued, Later);

        decided.Should().Be(new Decision<CancelAnswer>(null, CancelAnswer.NotFound, TaskTrigger.Cancel));
        decided.Invoking(each => each.Task).Should().Throw<InvalidOperationException>();
    }

    [Fact]
    public void A_decision_may_be_made_again_and_is_about_what_it_is_put_to()
    {
        var decision = TaskDecision.Cancel(Some.Project, Some.Queued.Id);

        decision.Decide(Some.Queued, Later).Answer.Should().Be(CancelAnswer.Cancelled);
        decision.Decide(Some.Cancelled, Later).Answer.Should().Be(CancelAnswer.Refused, "a repeated transaction decides again");
        decision.Decide(null, Later).Answer.Should().Be(CancelAnswer.NotFound);
    }

    [Fact]
    public void A_decision_cannot_be_put_to_another_task() =>
        TaskDecision.Cancel(Some.Project, new TaskId(99)).Invoking(decision => decision.Decide(Some.Queued, Later)).Should().Throw<InvalidOperationException>();

    [Fact]
    public void What_has_happened_is_named_by_the_trigger_that_was_fired()
    {
        new NewTask(Some.Project, Some.Request).Accept(new TaskId(7), Some.Now).Happened.Should().Be(TaskEvent.Queued);
        new NewTask(Some.Project, Some.Request, Some.Claim).Accept(new TaskId(7), Some.Now).Happened.Should().Be(TaskEvent.Started);
        Some.Queued.TryClaim(Some.Claim, Later).Happened.Should().Be(TaskEvent.Started);
        Some.Running.TryClaim(Some.OtherClaim, Later).Happened.Should().Be(TaskEvent.TakenOver);
        Some.Running.Complete(Some.Running.Lease!, ["0.jpg"], Later).Happened.Should().Be(TaskEvent.Completed);
        Some.Queued.Cancel(Later).Happened.Should().Be(TaskEvent.Cancelled);

        Some.Running.TryClaim(Some.OtherClaim, Some.Now).Happened.Should().BeNull("a lease that is held is not taken over");
        Some.Running.Cancel(Later).Happened.Should().BeNull();
        Some.Running.Renew(Some.Running.Lease!, Some.LeaseDuration, Later).Happened.Should().BeNull("nobody is told of a renewal");
    }

    [Fact]
    public void Every_decision_that_changes_a_task_raises_its_version_by_one_and_no_other_does()
    {
        Some.Queued.Version.Should().Be(1);
        new NewTask(Some.Project, Some.Request, Some.Claim).Accept(new TaskId(7), Some.Now).Task.Version.Should().Be(1);
        Some.Running.Version.Should().Be(2);
        Some.Running.Renew(Some.Running.Lease!, Some.LeaseDuration, Later).Task.Version.Should().Be(3);
        Some.Completed.Version.Should().Be(3);
        Some.Completed.Cancel(Later).Task.Version.Should().Be(3);
    }

    [Fact]
    public void A_request_that_a_store_holds_is_read_once_and_only_when_somebody_asks()
    {
        var reads = 0;
        var stored = Rows.Of(Some.Queued) with
        {
            Request = () =>
            {
                reads++;
                return Some.Queued.Request;
            },
        };
        var task = stored.Restore();

        var cancelled = task.Cancel(Later).Task;
        reads.Should().Be(0);

        cancelled.Request.Should().Be(Some.Queued.Request);
        task.Should().Be(Some.Queued);
        reads.Should().Be(1);
    }

    [Fact]
    public void A_task_that_is_held_without_its_request_is_decided_on_all_the_same()
    {
        var core = (Rows.Of(Some.Running) with { Request = null }).Restore();

        var completed = core.Complete(core.Lease!, ["0.jpg"], Later).Task;

        completed.Pictures.Should().Equal("0.jpg");
        completed.Invoking(task => task.Request).Should().Throw<InvalidOperationException>();
        (Rows.Of(Some.Completed) with { Pictures = null }).Restore().Invoking(task => task.Pictures).Should().Throw<InvalidOperationException>();
    }

    [Theory]
    [MemberData(nameof(States))]
    public void A_row_comes_back_as_the_task_it_was(TaskState state) => Rows.Of(Some.In(state)).Restore().Should().BeEquivalentTo(Some.In(state));

    [Fact]
    public void A_row_that_no_decision_leads_to_is_refused()
    {
        var (queued, running, completed, cancelled) = (Rows.Of(Some.Queued), Rows.Of(Some.Running), Rows.Of(Some.Completed), Rows.Of(Some.Cancelled));
        foreach (var row in (TaskRow[])
        [
            queued with { Id = default },
            queued with { Version = 0 },
            queued with { LeaseHolder = "worker", LeaseExpiresAt = Later },
            queued with { StartedAt = Later },
            queued with { Attempt = 1 },
            queued with { EndedAt = Later },
            queued with { Ending = TaskEnding.Failure, Failure = Some.Failure },
            running with { LeaseHolder = null },
            running with { LeaseExpiresAt = null },
            running with { StartedAt = null },
            running with { Attempt = 0 },
            running with { EndedAt = Later },
            running with { ReleasedAttempts = 2 },
            running with { ReleasedAttempts = -1 },
            running with { Ending = TaskEnding.Pictures },
            completed with { LeaseHolder = "worker", LeaseExpiresAt = Later },
            completed with { StartedAt = null },
            completed with { EndedAt = null },
            completed with { Ending = null },
            completed with { Failure = Some.Failure },
            completed with { Ending = TaskEnding.Failure },
            cancelled with { EndedAt = null },
            cancelled with { StartedAt = Later, Attempt = 1 },
            cancelled with { Ending = TaskEnding.Pictures },
        ])
        {
            row.Invoking(each => each.Restore()).Should().Throw<InvalidOperationException>("of {0}", row);
        }
    }

    [Fact]
    public void A_task_is_asked_what_it_is()
    {
        Some.Queued.Should().Match<SnapshotTask>(task => task.IsQueued && !task.HasEnded && task.CanBeClaimed(Some.Now));
        Some.Running.Should().Match<SnapshotTask>(task => !task.IsQueued && !task.HasEnded && !task.CanBeClaimed(Some.Now) && task.CanBeClaimed(Later));
        Some.Completed.Should().Match<SnapshotTask>(task => !task.IsQueued && task.HasEnded && !task.CanBeClaimed(Later));
        Some.Cancelled.Should().Match<SnapshotTask>(task => !task.IsQueued && task.HasEnded && !task.CanBeClaimed(Later));
    }

    [Fact]
    public void Whatever_can_be_claimed_is_claimed_and_nothing_else()
    {
        foreach (var task in Enum.GetValues<TaskState>().Select(Some.In))
        {
            foreach (var now in (DateTimeOffset[])[Some.Now, Later])
            {
                (task.TryClaim(Some.OtherClaim, now).Answer != ClaimAnswer.Refused).Should().Be(task.CanBeClaimed(now));
            }
        }
    }

    [Fact]
    public void Nobody_outside_can_make_a_task_or_alter_one()
    {
        typeof(SnapshotTask).GetConstructors().Should().BeEmpty();
        typeof(SnapshotTask).GetProperties().Where(property => property.SetMethod?.IsPublic == true).Should().BeEmpty();
        typeof(TaskDecision<CancelAnswer>).GetConstructors().Should().BeEmpty();
        typeof(Decision<CancelAnswer>).GetConstructors().Should().BeEmpty();
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
        Some.Running.TryClaim(Some.OtherClaim, Later.AddTicks(-1)).Answer.Should().Be(ClaimAnswer.Refused);

        var taken = Some.Running.TryClaim(Some.OtherClaim, Later);
        taken.Answer.Should().Be(ClaimAnswer.TakenOver);
        taken.Task.Lease.Should().Be(new Lease("worker-b", 2, Later + Some.LeaseDuration));
        taken.Task.StartedAt.Should().Be(Some.Now, "a task starts once");
    }

    [Fact]
    public void An_expired_lease_that_nobody_took_over_still_renews_and_completes()
    {
        var lease = Some.Running.Lease!;
        var renewed = Some.Running.Renew(lease, Some.LeaseDuration, Later.AddHours(1));
        renewed.Answer.Should().Be(LeaseAnswer.Held);
        renewed.Task.Lease!.ExpiresAt.Should().Be(Later.AddHours(1) + Some.LeaseDuration);
        Some.Running.Complete(lease, ["0.jpg"], Later.AddHours(1)).Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public void A_stale_lease_is_refused_everything()
    {
        var stale = Some.Running.Lease!;
        var task = Some.Running.TryClaim(Some.OtherClaim, Later).Task;

        task.Renew(stale, Some.LeaseDuration, Later).Should().Be(new Decision<LeaseAnswer>(task, LeaseAnswer.Lost));
        task.Release(stale, Later).Answer.Should().Be(LeaseAnswer.Lost);
        task.Complete(stale, ["0.jpg"], Later).Answer.Should().Be(CompleteAnswer.LeaseLost);
        task.Fail(stale, Some.Failure, Later).Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void The_same_worker_with_an_older_attempt_is_refused()
    {
        var stale = Some.Running.Lease!;
        var task = Some.Running.TryClaim(Some.Claim, Later).Task;
        task.Complete(stale, [], Later).Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void A_completion_repeated_by_the_attempt_that_recorded_it_is_told_so_and_changes_nothing()
    {
        var lease = Some.Running.Lease!;
        var repeated = Some.Completed.Fail(lease, Some.Failure, Later);
        repeated.Answer.Should().Be(CompleteAnswer.Repeated);
        repeated.Task.Pictures.Should().Equal("0.jpg");
    }

    [Fact]
    public void A_failure_is_data_of_a_completed_task()
    {
        var failed = Some.Running.Fail(Some.Running.Lease!, Some.Failure, Later).Task;
        failed.State.Should().Be(Some.Completed.State);
        failed.Failure.Should().Be(Some.Failure);
        failed.Lease.Should().BeNull();
        failed.EndedAt.Should().Be(Later);
    }

    [Fact]
    public void A_released_run_is_taken_over_at_once_and_its_holder_has_lost_it()
    {
        var lease = Some.Running.Lease!;
        var released = Some.Running.Release(lease, Some.Now).Task;

        released.TryClaim(Some.OtherClaim, Some.Now).Answer.Should().Be(ClaimAnswer.TakenOver);
        released.Release(lease, Some.Now).Answer.Should().Be(LeaseAnswer.Lost, "a release whose answer was lost must not count twice");
        released.Renew(lease, Some.LeaseDuration, Some.Now).Answer.Should().Be(LeaseAnswer.Lost);
    }

    [Fact]
    public void A_task_whose_attempts_are_used_up_ends_as_failed_and_its_frozen_holder_reads_that()
    {
        var (task, now) = (Some.Running, Some.Now);
        for (var attempt = 2; attempt <= Some.Claim.MaxAttempts; attempt++)
        {
            now += Some.LeaseDuration;
            task = task.TryClaim(Some.Claim, now).Task;
            task.Attempt.Should().Be(attempt);
        }

        var frozen = task.Lease!;
        var outcome = task.TryClaim(Some.Claim, now + Some.LeaseDuration);

        outcome.Answer.Should().Be(ClaimAnswer.AttemptsUsedUp);
        outcome.Task.State.Should().Be(Some.Completed.State);
        outcome.Task.Failure!.Code.Should().Be(FailureCode.SystemError);
        outcome.Task.Complete(frozen, ["0.jpg"], now).Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public void A_released_attempt_does_not_count_towards_the_limit()
    {
        var task = Some.Running;
        for (var i = 0; i < 10; i++)
        {
            task = task.Release(task.Lease!, Some.Now).Task;
            task = task.TryClaim(Some.Claim, Some.Now).Task;
        }

        task.Attempt.Should().Be(11);
        task.State.Should().Be(Some.Running.State);
    }

    [Fact]
    public void A_task_started_on_submission_is_never_queued()
    {
        var task = new NewTask(Some.Project, Some.Request, Some.Claim).Accept(new TaskId(1), Some.Now).Task;
        task.Lease!.Holder.Should().Be("worker-a");
        task.Cancel(Some.Now).Answer.Should().Be(CancelAnswer.Refused);
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
                    0 => task.Cancel(now).Task,
                    1 or 2 => task.TryClaim(claim, now).Task,
                    3 => task.Renew(lease, Some.LeaseDuration, now).Task,
                    4 => task.Release(lease, now).Task,
                    5 => task.Complete(lease, ["0.jpg"], now).Task,
                    _ => task.Fail(lease, Some.Failure, now).Task,
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
