namespace SnapshotTasks.Storage;

/// <summary>A task to add.</summary>
internal sealed class Submission(NewTask task) : StoreOperation<Decision<SubmitAnswer>>
{
    private readonly TaskKey? key = task.Key is { } key ? new(task.Project, key.Text) : null;

    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.NewTask(key);
        if (task.StartedBy is { } claim)
        {
            wanted.Start(claim);
        }
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if ((key is { } named && tasks.IsLockedElsewhere(named)) || (task.StartedBy is not null && tasks.ArePausesLockedElsewhere))
        {
            return false;
        }

        Answer = tasks.Add(task, key);
        return true;
    }
}

/// <summary>A decision to make on a task.</summary>
internal sealed class Deciding<TAnswer>(TaskDecision<TAnswer> decision) : StoreOperation<Decision<TAnswer>>
    where TAnswer : struct, Enum
{
    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Task(decision.Id, decision.Whole);
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if (tasks.IsLockedElsewhere(decision.Id))
        {
            return false;
        }

        Answer = tasks.Decide(decision);
        return true;
    }
}

/// <summary>Tasks to claim; those that somebody else has locked are passed over.</summary>
internal sealed class Claiming(Claim claim) : StoreOperation<IReadOnlyList<Decision<ClaimAnswer>>>
{
    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Claim(claim);
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if (tasks.ArePausesLockedElsewhere)
        {
            return false;
        }

        Answer = tasks.Claim(claim);
        return true;
    }
}

/// <summary>A pause, or its end.</summary>
internal sealed class Pausing(PauseDecision decision) : StoreOperation<PauseOutcome>
{
    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Pause();
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if (tasks.ArePausesLockedElsewhere)
        {
            return false;
        }

        Answer = tasks.Decide(decision);
        return true;
    }
}

/// <summary>A step of removing tasks that ended long ago; what somebody else has locked is passed over.</summary>
internal sealed class Removal(TimeSpan age, TaskId after, int limit) : StoreOperation<RemovalOutcome>
{
    private readonly EndedTasks ended = new(age, after, limit);

    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Ended.Add(ended);
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        Answer = tasks.Remove(ended);
        return true;
    }
}
