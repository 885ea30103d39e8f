namespace SnapshotTasks.Tests;

/// <summary>Several decisions, and several callers.</summary>
public abstract partial class StoreContract
{
    [Fact]
    public async Task Decisions_on_the_same_task_that_are_sent_together_are_made_in_order_on_what_the_earlier_one_decided()
    {
        await Submit();
        var run = await ClaimOne();
        var renew = Renew(run);
        var cancel = Cancel(run.Id);
        var complete = Complete(run, "0.jpg");
        var again = Complete(run, "1.jpg");
        var late = Cancel(run.Id);

        (await renew).Answer.Should().Be(LeaseAnswer.Held);
        (await cancel).Task.State.Should().Be(TaskState.Running);
        (await complete).Answer.Should().Be(CompleteAnswer.Recorded);
        (await again).Answer.Should().Be(CompleteAnswer.Repeated);
        (await late).Task.State.Should().Be(TaskState.Completed);
        (await Row(run.Id)).Should().BeEquivalentTo((await complete).Task);
    }

    [Fact]
    public async Task The_same_task_cancelled_by_two_who_come_together_is_cancelled_once()
    {
        var task = await Submit();
        var other = await Submit();

        var cancels = await Task.WhenAll(new[] { task, other, task }.Select(each => Cancel(each.Id)));

        cancels.Select(cancel => cancel.Answer).Should().Equal(CancelAnswer.Cancelled, CancelAnswer.Cancelled, CancelAnswer.Refused);
        cancels[2].Task.State.Should().Be(TaskState.Cancelled);
    }

    [Fact]
    public async Task A_decision_that_throws_changes_neither_its_task_nor_the_others_and_its_caller_sees_why()
    {
        var first = await Submit();
        var second = await Submit();
        var broken = new TaskDecision<CancelAnswer>(second.Id, TaskTrigger.Cancel, (_, _) => throw new NotSupportedException("Not today."));

        await Store.Awaiting(store => store.DecideAsync(broken)).Should().ThrowAsync<NotSupportedException>().WithMessage("Not today.");

        (await Row(first.Id)).Should().BeEquivalentTo(first);
        (await Row(second.Id)).Should().BeEquivalentTo(second);
        (await Cancel(first.Id)).Answer.Should().Be(CancelAnswer.Cancelled, "the store goes on");
    }

    [Fact]
    public async Task A_call_that_was_cancelled_before_it_began_changes_nothing()
    {
        var task = await Submit();
        var cancelled = new CancellationToken(canceled: true);

        await FluentActions.Awaiting(() => Store.DecideAsync(TaskDecision.Cancel(Project, task.Id), cancellationToken: cancelled))
            .Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => Store.AddAsync(new NewTask(Project, Request), cancellationToken: cancelled))
            .Should().ThrowAsync<OperationCanceledException>();
        await FluentActions.Awaiting(() => Store.ClaimAsync(new Claim("worker", Lease), cancelled))
            .Should().ThrowAsync<OperationCanceledException>();

        (await Store.ListAsync(new TaskFilter(Project), 0, 10)).Should().ContainSingle().Which.Should().BeEquivalentTo(task);
    }

    [Fact]
    public async Task Callers_that_arrive_together_all_get_their_own_answer()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 50).Select(i =>
            Store.AddAsync(new NewTask(Project, Request with { UserData = $"{i}" }))));

        added.Select(each => each.Task.Request.UserData).Should().Equal(Enumerable.Range(0, 50).Select(i => $"{i}"));
        (await Store.GetAsync(Project, [.. added.Select(each => each.Task.Id)])).Should().BeEquivalentTo(added.Select(each => each.Task));
    }
}
