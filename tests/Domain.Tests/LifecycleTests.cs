namespace SnapshotTasks.Tests;

public sealed class LifecycleTests
{
    /// <summary>The independent oracle: the only second copy of the rule, written by hand from its specification.</summary>
    public static TheoryData<TaskState, TaskTrigger, TaskState?> Oracle => new()
    {
        { TaskState.Queued, TaskTrigger.Start, TaskState.Running },
        { TaskState.Queued, TaskTrigger.TakeOver, null },
        { TaskState.Queued, TaskTrigger.Defer, null },
        { TaskState.Queued, TaskTrigger.Complete, null },
        { TaskState.Queued, TaskTrigger.Cancel, TaskState.Cancelled },
        { TaskState.Running, TaskTrigger.Start, null },
        { TaskState.Running, TaskTrigger.TakeOver, TaskState.Running },
        { TaskState.Running, TaskTrigger.Defer, TaskState.Running },
        { TaskState.Running, TaskTrigger.Complete, TaskState.Completed },
        { TaskState.Running, TaskTrigger.Cancel, null },
        { TaskState.Completed, TaskTrigger.Start, null },
        { TaskState.Completed, TaskTrigger.TakeOver, null },
        { TaskState.Completed, TaskTrigger.Defer, null },
        { TaskState.Completed, TaskTrigger.Complete, null },
        { TaskState.Completed, TaskTrigger.Cancel, null },
        { TaskState.Cancelled, TaskTrigger.Start, null },
        { TaskState.Cancelled, TaskTrigger.TakeOver, null },
        { TaskState.Cancelled, TaskTrigger.Defer, null },
        { TaskState.Cancelled, TaskTrigger.Complete, null },
        { TaskState.Cancelled, TaskTrigger.Cancel, null },
    };

    [Theory]
    [MemberData(nameof(Oracle))]
    public void The_machine_permits_what_the_specification_permits_and_nothing_else(TaskState state, TaskTrigger trigger, TaskState? expected)
    {
        Lifecycle.Fire(state, trigger)?.To.Should().Be(expected);
        (Lifecycle.Fire(state, trigger) is null).Should().Be(expected is null);
    }

    [Fact]
    public void The_specification_covers_every_pair() =>
        Oracle.Count.Should().Be(Enum.GetValues<TaskState>().Length * Enum.GetValues<TaskTrigger>().Length);

    [Fact]
    public void The_machine_describes_exactly_the_transitions_it_permits()
    {
        var described = Lifecycle.Describe().States
            .SelectMany(state => state.FixedTransitions.Select(t => ((TaskState)state.UnderlyingState, (TaskTrigger)t.Trigger.UnderlyingTrigger)));

        var permitted =
            from state in Enum.GetValues<TaskState>()
            from trigger in Enum.GetValues<TaskTrigger>()
            where Lifecycle.Fire(state, trigger) is not null
            select (state, trigger);

        described.Should().BeEquivalentTo(permitted);
    }

    [Fact]
    public void No_state_is_left_by_a_guard_or_a_choice_made_at_run_time() =>
        Lifecycle.Describe().States.Should().AllSatisfy(state =>
        {
            state.DynamicTransitions.Should().BeEmpty();
            state.FixedTransitions.SelectMany(t => t.GuardConditionsMethodDescriptions).Should().BeEmpty();
            state.Superstate.Should().BeNull();
        });
}
