using Stateless;
using Stateless.Reflection;
using State = Stateless.StateMachine<SnapshotTasks.TaskState, SnapshotTasks.TaskTrigger>.StateConfiguration;

namespace SnapshotTasks;

/// <summary>The rule: which trigger is permitted in which state of a task, where it leads, and what has happened then.</summary>
/// <remarks>Written here and nowhere else. A machine is not thread-safe, not even to ask, so every decision makes its own.</remarks>
internal static class Lifecycle
{
    private static State Rule(State state) => state.State switch
    {
        TaskState.Queued => state
            .Permit(TaskTrigger.Start, TaskState.Running)
            .Permit(TaskTrigger.Cancel, TaskState.Cancelled),

        TaskState.Running => state
            .PermitReentry(TaskTrigger.TakeOver)
            .PermitReentry(TaskTrigger.Defer)
            .Permit(TaskTrigger.Complete, TaskState.Completed),

        TaskState.Completed or TaskState.Cancelled => state,
    };

    /// <summary>What has happened to a task once a trigger was fired.</summary>
    public static TaskEvent EventOf(TaskTrigger trigger) => trigger switch
    {
        TaskTrigger.Start => TaskEvent.Started,
        TaskTrigger.TakeOver => TaskEvent.TakenOver,
        TaskTrigger.Defer => TaskEvent.Deferred,
        TaskTrigger.Complete => TaskEvent.Completed,
        TaskTrigger.Cancel => TaskEvent.Cancelled,
    };

    // A decision fires one trigger in one state: to configure the other states, and to queue what is fired, would cost it a
    // third more in time and memory.
    private static StateMachine<TaskState, TaskTrigger> Machine(params ReadOnlySpan<TaskState> states)
    {
        var machine = new StateMachine<TaskState, TaskTrigger>(states[0], FiringMode.Immediate);
        foreach (var state in states)
        {
            Rule(machine.Configure(state));
        }

        return machine;
    }

    /// <summary>Fires a trigger on a task's state: the transition, or none when the rule does not permit it.</summary>
    public static Transition? Fire(TaskState state, TaskTrigger trigger)
    {
        var permitted = true;
        var machine = Machine(state);
        machine.OnUnhandledTrigger((_, _) => permitted = false);
        machine.Fire(trigger);
        return permitted ? new(trigger, machine.State, EventOf(trigger)) : null;
    }

    /// <summary>The account that a machine with all states gives of itself, from which tables and diagrams are drawn.</summary>
    public static StateMachineInfo Describe() => Machine(Enum.GetValues<TaskState>()).GetInfo();
}

/// <summary>A permitted change of a task's state.</summary>
/// <param name="Trigger">What was fired.</param>
/// <param name="To">The state it leads to.</param>
/// <param name="Happened">What has happened then.</param>
internal readonly record struct Transition(TaskTrigger Trigger, TaskState To, TaskEvent Happened);

/// <summary>Where a task is in its life.</summary>
public enum TaskState
{
    /// <summary>Accepted, not started: the only state in which it can be cancelled.</summary>
    Queued,

    /// <summary>Held by a worker, or waiting for its next attempt: after a worker has died, or after a failure that passes.</summary>
    Running,

    /// <summary>Ended by a run, with pictures or with a failure.</summary>
    Completed,

    /// <summary>Ended before any run: it never starts.</summary>
    Cancelled,
}

/// <summary>What can be done to a task.</summary>
public enum TaskTrigger
{
    /// <summary>A worker starts it.</summary>
    Start,

    /// <summary>A worker starts another attempt, after the lease of the one before has expired or its deferral is over.</summary>
    TakeOver,

    /// <summary>An attempt ends with a failure that may pass, and the next one is put off.</summary>
    Defer,

    /// <summary>A run ends, with pictures or with a failure, also by an operator who aborts it.</summary>
    Complete,

    /// <summary>A caller cancels it.</summary>
    Cancel,
}

/// <summary>What a decision made happen to a task.</summary>
public enum TaskEvent
{
    /// <summary>It was accepted and waits.</summary>
    Queued,

    /// <summary>Its first attempt started.</summary>
    Started,

    /// <summary>Another attempt started.</summary>
    TakenOver,

    /// <summary>An attempt failed for a reason that may pass, and the next one was put off.</summary>
    Deferred,

    /// <summary>It ended with pictures or with a failure.</summary>
    Completed,

    /// <summary>It was cancelled and never runs.</summary>
    Cancelled,
}
