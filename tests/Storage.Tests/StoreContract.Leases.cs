namespace SnapshotTasks.Tests;

/// <summary>Runs, their leases and what ends them.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task A_started_run_is_held_by_its_worker_until_the_lease_expires()
    {
        var task = await Submit();

        var outcome = (await Claim()).Should().ContainSingle().Subject;

        outcome.Answer.Should().Be(ClaimAnswer.Started);
        outcome.Task.Should().BeEquivalentTo(await Row(task.Id));
        outcome.Task.Lease.Should().Be(new Lease("worker", 1, task.CreatedAt + Lease));
        Advance(Lease - TimeSpan.FromMicroseconds(1));
        (await Claim()).Should().BeEmpty();
        Advance(TimeSpan.FromMicroseconds(1));
        (await Claim()).Should().ContainSingle().Which.Answer.Should().Be(ClaimAnswer.TakenOver);
    }

    [Fact]
    public async Task A_takeover_raises_the_attempt_and_keeps_the_first_start()
    {
        await Submit();
        var first = await ClaimOne("first");
        Advance(Lease);

        var second = await ClaimOne("second");

        second.Attempt.Should().Be(2);
        second.Lease!.Attempt.Should().Be(2);
        second.Lease.Holder.Should().Be("second");
        second.StartedAt.Should().Be(first.StartedAt);
        second.State.Should().Be(TaskState.Running);
    }

    [Fact]
    public async Task A_stale_lease_is_refused_for_everything_and_changes_nothing()
    {
        await Submit();
        var stale = await ClaimOne("frozen");
        Advance(Lease);
        await ClaimOne("second");
        var before = await Row(stale.Id);

        (await Renew(stale)).Answer.Should().Be(LeaseAnswer.Lost);
        (await Release(stale)).Answer.Should().Be(LeaseAnswer.Lost);
        (await Complete(stale, "0.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Fail(stale)).Answer.Should().Be(CompleteAnswer.LeaseLost);

        (await Row(stale.Id)).Should().BeEquivalentTo(before);
    }

    [Fact]
    public async Task A_lease_of_the_same_worker_from_an_earlier_attempt_is_stale()
    {
        await Submit();
        var stale = await ClaimOne();
        Advance(Lease);
        await ClaimOne();

        (await Complete(stale, "0.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
    }

    [Fact]
    public async Task An_expired_lease_that_nobody_took_over_can_be_renewed_and_completed()
    {
        await Submit();
        var run = await ClaimOne();
        Advance(Lease * 2);

        var renewed = await Renew(run);

        renewed.Answer.Should().Be(LeaseAnswer.Held);
        renewed.Task!.Lease!.ExpiresAt.Should().Be(run.Lease!.ExpiresAt + (Lease * 2));
        (await Claim()).Should().BeEmpty();
        Advance(Lease * 2);
        (await Complete(run, "0.jpg")).Answer.Should().Be(CompleteAnswer.Recorded);
    }

    [Fact]
    public async Task A_released_run_is_taken_over_at_once_and_does_not_count_as_an_attempt()
    {
        await Submit();
        for (var attempt = 1; attempt <= 5; attempt++)
        {
            var run = await ClaimOne(maxAttempts: 1);
            run.Attempt.Should().Be(attempt);
            (await Release(run)).Answer.Should().Be(LeaseAnswer.Held);
            (await Release(run)).Answer.Should().Be(LeaseAnswer.Lost, "it was given back");
            (await Release(await Row(run.Id))).Answer.Should().Be(LeaseAnswer.Lost, "nobody holds what was given back");
            (await Row(run.Id)).ReleasedAttempts.Should().Be(attempt);
        }
    }

    [Fact]
    public async Task A_task_whose_attempts_are_used_up_ends_as_failed_and_a_frozen_holders_completion_comes_too_late()
    {
        await Submit();
        SnapshotTask run = null!;
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            run = await ClaimOne(maxAttempts: 3);
            Advance(Lease);
        }

        var outcome = (await Claim(maxAttempts: 3)).Should().ContainSingle().Subject;

        outcome.Answer.Should().Be(ClaimAnswer.AttemptsUsedUp);
        outcome.Task.Should().BeEquivalentTo(await Row(run.Id));
        outcome.Task.State.Should().Be(TaskState.Completed);
        outcome.Task.Failure!.Code.Should().Be(FailureCode.SystemError);
        (await Complete(run, "0.jpg")).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Renew(run)).Answer.Should().Be(LeaseAnswer.Lost);
        (await Row(run.Id)).Should().BeEquivalentTo(outcome.Task);
        (await Claim()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_completion_records_its_pictures_once_and_a_repeated_one_is_told_so()
    {
        await Submit();
        var run = await ClaimOne();
        Advance(TimeSpan.FromSeconds(3));

        var recorded = await Complete(run, "0.jpg", "1.jpg");
        Advance(TimeSpan.FromSeconds(3));

        recorded.Answer.Should().Be(CompleteAnswer.Recorded);
        recorded.Task!.Pictures.Should().Equal("0.jpg", "1.jpg");
        recorded.Task.EndedAt.Should().Be(run.StartedAt + TimeSpan.FromSeconds(3));
        (await Complete(run, "2.jpg")).Answer.Should().Be(CompleteAnswer.Repeated);
        (await Fail(run)).Answer.Should().Be(CompleteAnswer.Repeated);
        (await Row(run.Id)).Should().BeEquivalentTo(recorded.Task);
    }

    [Fact]
    public async Task A_failure_records_its_code_and_reason_and_no_pictures()
    {
        await Submit();
        var run = await ClaimOne();

        (await Fail(run)).Answer.Should().Be(CompleteAnswer.Recorded);

        var row = await Row(run.Id);
        row.Failure.Should().Be(NotAVideo);
        row.Pictures.Should().BeNull();
        row.Lease.Should().BeNull();
    }

    [Fact]
    public async Task A_lease_of_a_task_that_does_not_exist_is_lost()
    {
        var lease = new Lease("worker", 1, default);
        var unknown = new TaskId(77);

        (await Store.DecideAsync(TaskDecision.Renew(unknown, lease, Lease))).Answer.Should().Be(LeaseAnswer.Lost);
        (await Store.DecideAsync(TaskDecision.Release(unknown, lease))).Answer.Should().Be(LeaseAnswer.Lost);
        (await Store.DecideAsync(TaskDecision.Complete(unknown, lease, []))).Answer.Should().Be(CompleteAnswer.LeaseLost);
        (await Store.DecideAsync(TaskDecision.Fail(unknown, lease, NotAVideo))).Answer.Should().Be(CompleteAnswer.LeaseLost);
    }
}
