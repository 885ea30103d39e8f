using Stateless;
using Stateless.Reflection;
using State = Stateless.StateMachine<SnapshotTasks.TaskState, SnapshotTasks.TaskTrigger>.StateConfiguration;

namespace SnapshotTasks;

/// <summary>The rule: which trigger is permitted in which state of a task, and where it leads.</summary>
/// <remarks>Written here and nowhere else. A machine is not thread-safe, not even to ask, so every decision makes its own.</remarks>
public static class Lifecycle
{
    private static State Rule(State state) => state.State switch
    {
        TaskState.Queued => state
            .Permit(TaskTrigger.Start, TaskState.Running)
            .Permit(TaskTrigger.Cancel, TaskState.Cancelled),

        TaskState.Running => state
            .PermitReentry(TaskTrigger.TakeOver)
            .Permit(TaskTrigger.Complete, TaskState.Completed),

        TaskState.Completed or TaskState.Cancelled => state,
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

    /// <summary>Fires a trigger on a task's state: true and the state it leads to, or false and the same state.</summary>
    public static bool TryFire(TaskState state, TaskTrigger trigger, out TaskState next)
    {
        var permitted = true;
        var machine = Machine(state);
        machine.OnUnhandledTrigger((_, _) => permitted = false);
        machine.Fire(trigger);
        next = machine.State;
        return permitted;
    }

    /// <summary>The account that a machine with all states gives of itself, from which tables and diagrams are drawn.</summary>
    internal static StateMachineInfo Describe() => Machine(Enum.GetValues<TaskState>()).GetInfo();
}

/// <summary>Where a task is in its life.</summary>
public enum TaskState
{
    /// <summary>Accepted, not started: the only state in which it can be cancelled.</summary>
    Queued,

    /// <summary>Held by a worker, or waiting to be taken over from a dead one.</summary>
    Running,

    /// <summary>Ended by a run, with pictures or with a failure.</summary>
    Completed,

    /// <summary>Ended before any run: it never starts.</summary>
    Cancelled,
}

/// <summary>What can happen to a task.</summary>
public enum TaskTrigger
{
    /// <summary>A worker starts it.</summary>
    Start,

    /// <summary>A worker continues it after the lease of another has expired.</summary>
    TakeOver,

    /// <summary>A run ends, with pictures or with a failure.</summary>
    Complete,

    /// <summary>A caller cancels it.</summary>
    Cancel,
}
