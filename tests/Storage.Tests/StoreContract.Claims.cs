namespace SnapshotTasks.Tests;

/// <summary>What a claim finds, and in which order.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task A_claim_takes_expired_leases_first_and_then_the_oldest_queued_and_never_more_than_asked()
    {
        var tasks = new List<SnapshotTask>();
        for (var i = 0; i < 6; i++)
        {
            tasks.Add(await Submit());
        }

        await Claim(1);
        Advance(TimeSpan.FromSeconds(1));
        await Claim(1);
        Advance(Lease);

        var claimed = await Claim(4, "another");

        claimed.Select(outcome => outcome.Task.Id).Should().Equal(tasks.Take(4).Select(task => task.Id));
        claimed.Select(outcome => outcome.Answer).Should().Equal(
            ClaimAnswer.TakenOver, ClaimAnswer.TakenOver, ClaimAnswer.Started, ClaimAnswer.Started);
        (await Claim(10)).Select(outcome => outcome.Task.Id).Should().Equal(tasks.Skip(4).Select(task => task.Id));
        (await Claim(10)).Should().BeEmpty();
    }

    [Fact]
    public async Task Of_several_expired_leases_the_one_that_expired_first_is_taken_over_first()
    {
        await Submit();
        await Submit();
        var older = await ClaimOne();
        Advance(TimeSpan.FromSeconds(1));
        var newer = await ClaimOne();
        Advance(TimeSpan.FromSeconds(1));
        await Renew(older);
        Advance(Lease);

        (await Claim(2)).Select(outcome => outcome.Task.Id).Should().Equal(newer.Id, older.Id);
    }

    [Fact]
    public async Task Claims_are_for_any_project()
    {
        var one = await Submit();
        var other = (await Store.AddAsync(new NewTask(Another, Request))).Task;

        (await Claim(2)).Select(outcome => outcome.Task.Id).Should().BeEquivalentTo([one.Id, other.Id]);
    }

    [Fact]
    public async Task A_task_that_starts_with_its_submission_is_never_seen_queued()
    {
        using var stop = new CancellationTokenSource();
        var seen = Task.Run(async () =>
        {
            var states = new HashSet<TaskState>();
            while (!stop.IsCancellationRequested)
            {
                states.UnionWith((await Store.ListAsync(new TaskFilter(Project), 0, 100)).Select(task => task.State));
                states.UnionWith((await Claim(holder: "another")).Select(outcome => outcome.Task.State));
                await Task.Yield();
            }

            return states;
        });
        var claim = new Claim("caller", Lease);
        SnapshotTask started = null!;
        for (var i = 0; i < 20; i++)
        {
            started = (await Store.AddAsync(new NewTask(Project, Request, claim))).Task;
        }

        started.State.Should().Be(TaskState.Running);
        started.Lease.Should().Be(new Lease("caller", 1, started.CreatedAt + Lease));
        (await Row(started.Id)).Should().BeEquivalentTo(started);
        await stop.CancelAsync();
        (await seen).Should().NotContain(TaskState.Queued);
        (await Cancel(started.Id)).Task.State.Should().Be(TaskState.Running);
    }

    [Fact]
    public async Task A_submission_wakes_whoever_waits_for_one()
    {
        var waiting = Store.WaitForSubmissionAsync();
        waiting.IsCompleted.Should().BeFalse();

        await Submit();
        await waiting.WaitAsync(TimeSpan.FromSeconds(10));

        using var stop = new CancellationTokenSource();
        var next = Store.WaitForSubmissionAsync(stop.Token);
        next.IsCompleted.Should().BeFalse("it waits for a later one");
        await stop.CancelAsync();
        await FluentActions.Awaiting(() => next).Should().ThrowAsync<OperationCanceledException>();
    }
}
