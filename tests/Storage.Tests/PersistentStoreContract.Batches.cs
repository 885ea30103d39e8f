namespace SnapshotTasks.Tests;

/// <summary>Callers that share a transaction, which is how these stores commit.</summary>
public abstract partial class PersistentStoreContract
{
    private const int Many = 100;

    [Fact]
    public async Task Of_100_callers_in_a_batch_the_one_whose_decision_throws_fails_alone_and_nobody_sees_the_first_try()
    {
        var tasks = await SubmitMany();
        var cancels = tasks.Select(task => TaskDecision.Cancel(Project, task.Id)).ToList();
        var seen = new List<bool>();
        Task<Decision<CancelAnswer>>[] calls = [];
        cancels[50] = new TaskDecision<CancelAnswer>(tasks[50].Id, TaskTrigger.Cancel, (_, _) =>
        {
            seen.Add(calls[0].IsCompleted);
            throw new NotSupportedException("Not today.");
        });

        await InOneBatch(() => calls = [.. cancels.Select(cancel => Store.DecideAsync(cancel))]);

        await FluentActions.Awaiting(() => calls[50]).Should().ThrowAsync<NotSupportedException>().WithMessage("Not today.");
        calls.Where(call => call.IsCompletedSuccessfully).Should().HaveCount(Many - 1);
        calls.Where(call => call.IsCompletedSuccessfully).Should().OnlyContain(call => call.Result.Answer == CancelAnswer.Cancelled);
        seen.Should().Equal([false, true], "all were decided together, rolled back, and decided again one by one");
        (await Row(tasks[50].Id)).Should().BeEquivalentTo(tasks[50]);
        (await Store.CountAsync(new TaskFilter(Project, TaskState.Cancelled), 1000)).Should().Be(Many - 1);
    }

    [Fact]
    public async Task A_change_that_the_database_refuses_fails_alone()
    {
        var tasks = await SubmitMany();
        await factory.RefuseChangesOfAsync(tasks[7].Id);

        var calls = await InOneBatch(() => [.. tasks.Select(task => Cancel(task.Id))]);

        await FluentActions.Awaiting(() => calls[7]).Should().ThrowAsync<Exception>("the database refuses it");
        calls.Where(call => call.IsCompletedSuccessfully).Should().HaveCount(Many - 1);
        (await Row(tasks[7].Id)).Should().BeEquivalentTo(tasks[7]);
        (await Store.CountAsync(new TaskFilter(Project, TaskState.Cancelled), 1000)).Should().Be(Many - 1);
    }

    [Fact]
    public async Task What_is_paused_can_be_resumed_and_paused_anew_in_a_batch()
    {
        var task = await Submit();
        await Store.DecideAsync(PauseDecision.Pause(Project, "ann", "first"));
        var decided = 0;
        var cancel = new TaskDecision<CancelAnswer>(task.Id, TaskTrigger.Cancel, (current, now) =>
        {
            decided++;
            return current!.Cancel(now);
        });
        Task[] calls = [];

        await InOneBatch(() => calls =
        [
            Store.DecideAsync(PauseDecision.Resume(Project)),
            Store.DecideAsync(PauseDecision.Pause(Project, "bob", "second")),
            Store.DecideAsync(cancel),
        ]);

        await Task.WhenAll(calls);
        decided.Should().Be(1, "nothing had to be repeated");
        (await Store.GetPausesAsync()).All.Should().ContainSingle().Which.By.Should().Be("bob");
    }

    [Fact]
    public async Task A_task_cancelled_by_100_callers_in_a_batch_is_cancelled_by_the_first()
    {
        var task = await Submit();
        Task<Decision<CancelAnswer>>[] calls = [];

        await InOneBatch(() => calls = [.. Enumerable.Range(0, Many).Select(_ => Cancel(task.Id))]);
        var cancels = await Task.WhenAll(calls);

        cancels[0].Answer.Should().Be(CancelAnswer.Cancelled);
        cancels.Skip(1).Select(cancel => (cancel.Answer, cancel.Task.State)).Should().AllBeEquivalentTo((CancelAnswer.Refused, TaskState.Cancelled));
        (await Row(task.Id)).Should().BeEquivalentTo(cancels[0].Task);
    }

    [Fact]
    public async Task Claims_and_cancels_of_the_same_tasks_in_a_batch_never_both_win()
    {
        var tasks = await SubmitMany();
        var claims = new List<Task<IReadOnlyList<Decision<ClaimAnswer>>>>();
        var cancels = new List<Task<Decision<CancelAnswer>>>();

        await Task.WhenAll(await InOneBatch(() =>
        {
            // Cancels come from the newest and claims from the oldest, and meet in the middle.
            foreach (var task in tasks.AsEnumerable().Reverse())
            {
                cancels.Add(Cancel(task.Id));
                claims.Add(Claim(1));
            }

            return [.. claims, .. cancels];
        }));

        var claimed = claims.SelectMany(claim => claim.Result).ToList();
        claimed.Select(outcome => outcome.Task.Id).Should().Equal(tasks.Take(Many / 2).Select(task => task.Id));
        cancels.Take(Many / 2).Should().OnlyContain(cancel => cancel.Result.Answer == CancelAnswer.Cancelled);
        cancels.Skip(Many / 2).Should().OnlyContain(cancel => cancel.Result.Task.State == TaskState.Running);
        (await Store.GetAsync(Project, [.. tasks.Select(task => task.Id)])).Should().BeEquivalentTo(
            claimed.Select(outcome => outcome.Task).Concat(cancels.Take(Many / 2).Select(cancel => cancel.Result.Task)));
    }

    [Fact]
    public async Task Submissions_claims_renewals_completions_and_cancels_share_a_batch_and_happen_in_its_order()
    {
        await Submit();
        var run = await ClaimOne();
        var waiting = await Submit();
        Task<Decision<LeaseAnswer>> renewal = null!;
        Task<Decision<CompleteAnswer>> completion = null!;
        Task<Decision<CancelAnswer>> tooLate = null!, inTime = null!;
        Task<SnapshotTask> submission = null!;
        Task<IReadOnlyList<Decision<ClaimAnswer>>> claim = null!;

        await Task.WhenAll(await InOneBatch(() =>
        [
            renewal = Renew(run),
            completion = Complete(run, "0.jpg"),
            tooLate = Cancel(run.Id),
            inTime = Cancel(waiting.Id),
            submission = Submit(),
            claim = Claim(9),
        ]));

        (await renewal).Answer.Should().Be(LeaseAnswer.Held);
        (await completion).Answer.Should().Be(CompleteAnswer.Recorded);
        (await tooLate).Task.State.Should().Be(TaskState.Completed);
        (await inTime).Answer.Should().Be(CancelAnswer.Cancelled);
        (await claim).Should().ContainSingle().Which.Task.Id.Should().Be((await submission).Id);
        (await Row(run.Id)).Should().BeEquivalentTo((await completion).Task);
    }

    [Fact]
    public async Task A_claim_takes_tasks_in_the_order_that_its_batch_has_made()
    {
        var tasks = await SubmitMany();
        var runs = (await Claim(6)).Select(outcome => outcome.Task).ToList();
        Advance(Lease / 2);
        await Task.WhenAll(Renew(runs[0]), Renew(runs[1]), Renew(runs[4]));
        Advance(Lease / 2);
        Advance(TimeSpan.FromSeconds(1));
        var claims = new List<Task<IReadOnlyList<Decision<ClaimAnswer>>>>();
        Task<SnapshotTask> submission = null!;

        // The leases of 2, 3 and 5 have expired by now.
        await Task.WhenAll(await InOneBatch(() =>
        [
            Renew(runs[2]),
            Release(runs[0]),
            Complete(runs[3], "0.jpg"),
            Release(runs[1]),
            Cancel(tasks[6].Id),
            submission = Submit(),
            ClaimInBatch(2),
            Release(runs[4]),
            Cancel(tasks[8].Id),
            ClaimInBatch(2),
            ClaimInBatch(Many),
            ClaimInBatch(Many),
        ]));

        var submitted = await submission;
        var claimed = await Task.WhenAll(claims);
        Ids(claimed[0].Select(outcome => outcome.Task)).Should().Equal([runs[5].Id, runs[0].Id], "a lease that has expired did so before one is released now");
        Ids(claimed[1].Select(outcome => outcome.Task)).Should().Equal(runs[1].Id, runs[4].Id);
        Ids(claimed[2].Select(outcome => outcome.Task)).Should().Equal([tasks[7].Id, .. Ids(tasks.Skip(9)), submitted.Id]);
        claimed[3].Should().BeEmpty();
        (await Store.GetAsync(Project, [.. Ids(tasks), submitted.Id])).Where(task => task.Lease is { Holder: "another" })
            .Should().BeEquivalentTo(claimed.SelectMany(outcomes => outcomes).Select(outcome => outcome.Task));

        Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimInBatch(int count)
        {
            claims.Add(Claim(count, "another"));
            return claims[^1];
        }
    }

    [Fact]
    public async Task A_caller_can_leave_while_it_is_queued_and_not_once_its_decision_is_being_made()
    {
        var left = await Submit();
        var stayed = await Submit();
        using var stop = new CancellationTokenSource();
        using var tooLate = new CancellationTokenSource();
        var deciding = new TaskDecision<CancelAnswer>(stayed.Id, TaskTrigger.Cancel, (task, now) =>
        {
            tooLate.Cancel();
            return task!.Cancel(now);
        });
        var writer = await HeldWriter.HoldAsync(Store);
        var leaving = Store.DecideAsync(TaskDecision.Cancel(Project, left.Id), cancellationToken: stop.Token);
        var staying = Store.DecideAsync(deciding, cancellationToken: tooLate.Token);

        await stop.CancelAsync();
        await FluentActions.Awaiting(() => leaving).Should().ThrowAsync<OperationCanceledException>("it waits for nobody");
        await writer.ReleaseAsync();

        (await staying).Answer.Should().Be(CancelAnswer.Cancelled);
        (await Row(left.Id)).Should().BeEquivalentTo(left);
        (await Row(stayed.Id)).State.Should().Be(TaskState.Cancelled);
    }

    [Fact]
    public async Task On_a_full_disk_what_needs_no_room_passes_although_its_batch_did_not()
    {
        var task = await Submit();
        factory.FillDisk();
        var large = new NewTask(Project, Request with { UserData = new string('x', SnapshotRequest.MaxUserDataLength) });
        Task<Decision<CancelAnswer>> cancel = null!;

        var calls = await InOneBatch(() => [Store.AddAsync(large), cancel = Cancel(task.Id), Store.AddAsync(large)]);

        await FluentActions.Awaiting(() => calls[0]).Should().ThrowAsync<StoreUnavailableException>();
        await FluentActions.Awaiting(() => calls[2]).Should().ThrowAsync<StoreUnavailableException>();
        (await cancel).Answer.Should().Be(CancelAnswer.Cancelled);
        (await Store.ListAsync(new TaskFilter(Project), 0, 9)).Should().ContainSingle().Which.State.Should().Be(TaskState.Cancelled);
    }

    [Fact]
    public Task Of_a_cancel_and_a_claim_in_whatever_batches_exactly_one_wins()
    {
        var many = Enumerable.Repeat(Store, 6).ToArray();
        return CancelClaimRace.RunAsync(Store, [.. many.Take(3).Select(CancelClaimRace.Through)], many);
    }

    private async Task<List<SnapshotTask>> SubmitMany() => [.. await Task.WhenAll(Enumerable.Range(0, Many).Select(_ => Submit()))];

    /// <summary>Makes calls that end up in one batch, and waits until each has its answer, whatever that is.</summary>
    private async Task<Task[]> InOneBatch(Func<Task[]> call)
    {
        var writer = await HeldWriter.HoldAsync(Store);
        var calls = call();
        calls.Should().NotContain(each => each.IsCompleted);
        await writer.ReleaseAsync();
        await Task.WhenAll(calls).ContinueWith(_ => { }, TaskScheduler.Default).WaitAsync(TimeSpan.FromSeconds(30));
        return calls;
    }

    private static IEnumerable<TaskId> Ids(IEnumerable<SnapshotTask> tasks) => tasks.Select(task => task.Id);
}
