namespace SnapshotTasks.Tests;

/// <summary>The rule, through a store.</summary>
public abstract partial class StoreContract
{
    public static MatrixTheoryData<TaskState, TaskTrigger> Pairs => new(Enum.GetValues<TaskState>(), Enum.GetValues<TaskTrigger>());

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Every_trigger_leads_where_the_lifecycle_says_and_otherwise_changes_nothing(TaskState state, TaskTrigger trigger)
    {
        var (task, lease) = await Reach(state);
        var before = await Row(task.Id);
        Advance(Lease);

        var accepted = await Fire(trigger, task.Id, lease ?? new Lease("nobody", 1, default));

        var next = Lifecycle.Fire(state, trigger)?.To;
        accepted.Should().Be(next is not null);
        var after = await Row(task.Id);
        after.State.Should().Be(next ?? state);
        if (!accepted)
        {
            after.Should().BeEquivalentTo(before);
        }
    }

    [Fact]
    public void The_lifecycle_describes_the_states_that_the_matrix_goes_through() =>
        Lifecycle.Describe().States.Select(state => (TaskState)state.UnderlyingState).Should().BeEquivalentTo(Enum.GetValues<TaskState>());

    private async Task<bool> Fire(TaskTrigger trigger, TaskId id, Lease lease)
    {
        var claim = new Claim("another worker", Lease);
        return trigger switch
        {
            TaskTrigger.Start => (await Decide((task, now) => task.Start(claim, now) ?? new(task, ClaimAnswer.Refused))).Answer == ClaimAnswer.Started,
            TaskTrigger.TakeOver => (await Decide((task, now) => task.TakeOver(claim, now))).Answer == ClaimAnswer.TakenOver,
            TaskTrigger.Defer => (await Decide((task, now) => task.Defer(lease, NotAVideo, Lease, 3, now))).Answer == CompleteAnswer.Deferred,
            TaskTrigger.Complete => (await Decide((task, now) => task.Complete(lease, ["1.jpg"], now))).Answer == CompleteAnswer.Recorded,
            TaskTrigger.Cancel => (await Decide((task, now) => task.Cancel(now))).Answer == CancelAnswer.Cancelled,
        };

        Task<Decision<TAnswer>> Decide<TAnswer>(Func<SnapshotTask, DateTimeOffset, Decision<TAnswer>> decide)
            where TAnswer : struct, Enum =>
            Store.DecideAsync(new TaskDecision<TAnswer>(id, trigger, (task, now) => decide(task!, now)));
    }

    [Theory]
    [InlineData(TaskState.Running)]
    [InlineData(TaskState.Completed)]
    [InlineData(TaskState.Cancelled)]
    public async Task A_refused_cancel_names_the_state_that_won_and_since_when(TaskState state)
    {
        var (task, _) = await Reach(state);
        Advance(TimeSpan.FromMinutes(1));

        var outcome = await Cancel(task.Id);

        outcome.Answer.Should().Be(CancelAnswer.Refused);
        outcome.Task.State.Should().Be(state);
        outcome.Task.Since.Should().Be(task.Since);
    }

    [Fact]
    public async Task A_queued_task_is_cancelled_and_never_claimed()
    {
        var task = await Submit();
        Advance(TimeSpan.FromSeconds(5));

        var outcome = await Cancel(task.Id);

        outcome.Answer.Should().Be(CancelAnswer.Cancelled);
        (await Row(task.Id)).Should().BeEquivalentTo(outcome.Task);
        outcome.Task.EndedAt.Should().Be(task.CreatedAt + TimeSpan.FromSeconds(5));
        outcome.Task.StartedAt.Should().BeNull();
        (await Claim()).Should().BeEmpty();
    }

    [Fact]
    public async Task A_cancel_changes_no_other_task()
    {
        var others = new[] { await Submit(), await Submit() };
        var task = await Submit();

        await Cancel(task.Id);

        (await Store.GetAsync(Project, [.. others.Select(other => other.Id)])).Should().BeEquivalentTo(others);
    }

    [Fact]
    public async Task An_unknown_task_and_another_projects_task_are_not_found()
    {
        var task = await Submit();

        (await Cancel(new TaskId(task.Id.Value + 1))).Answer.Should().Be(CancelAnswer.NotFound);
        (await Store.DecideAsync(TaskDecision.Cancel(Another, task.Id))).Answer.Should().Be(CancelAnswer.NotFound);
        (await Store.GetAsync(Another, [task.Id])).Should().BeEmpty();
        (await Row(task.Id)).State.Should().Be(TaskState.Queued);
    }

    [Fact]
    public async Task Of_a_cancel_and_a_claim_exactly_one_wins_and_every_answer_says_which() =>
        await CancelClaimRace.RunAsync(
            Store, [CancelClaimRace.Through(Store), CancelClaimRace.Through(Store), CancelClaimRace.Through(Store)], [Store, Store, Store]);
}
