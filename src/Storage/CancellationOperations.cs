namespace SnapshotTasks.Storage;

/// <summary>Tasks to write down for a cancellation of many.</summary>
internal sealed class ListTasks(Listing listing) : StoreOperation<bool>
{
    public override bool TryDecide(BatchTasks tasks)
    {
        tasks.List(listing);
        return true;
    }
}

/// <summary>Some of the tasks that a cancellation is about, to be cancelled.</summary>
internal sealed class CancelListed(CancellationId id, ProjectId project, IReadOnlyList<TaskId> ids, bool whole, string? by)
    : StoreOperation<IReadOnlyList<Decision<CancelAnswer>>>
{
    private readonly OpenTasks open = new(id, ids);

    public override void Want(Wanted wanted)
    {
        base.Want(wanted);
        wanted.Open.Add(open);
        foreach (var task in ids)
        {
            wanted.Task(task, whole);
        }
    }

    public override bool TryDecide(BatchTasks tasks)
    {
        if (ids is [var only] && tasks.IsLockedElsewhere(only))
        {
            return false;
        }

        Answer = [.. ids.Where(task => !tasks.IsLockedElsewhere(task)).Select(task => tasks.CancelListed(open, project, task, by)).OfType<Decision<CancelAnswer>>()];
        return true;
    }
}

/// <summary>A step of removing cancellations that were begun long ago.</summary>
internal sealed class RemoveCancellations(TimeSpan age, int limit) : StoreOperation<bool>
{
    public override bool TryDecide(BatchTasks tasks)
    {
        tasks.RemoveCancellations(age, limit);
        return true;
    }
}

/// <summary>Cancellations to remove, as far as it goes.</summary>
/// <param name="MadeBy">Those that were begun by this time.</param>
/// <param name="Limit">The most tasks of them that are removed.</param>
internal sealed record OldCancellations(DateTimeOffset MadeBy, int Limit);

/// <summary>Tasks that a cancellation is about, of which those are wanted that have no outcome yet.</summary>
internal sealed record OpenTasks(CancellationId Cancellation, IReadOnlyList<TaskId> Tasks);

/// <summary>The outcome of a task that a cancellation is about.</summary>
internal sealed record CancelledTask(CancellationId Cancellation, TaskId Task, CancelOutcome Outcome);

/// <summary>A listing to write.</summary>
/// <param name="Listing">The listing.</param>
/// <param name="Now">The store's time.</param>
internal sealed record TimedListing(Listing Listing, DateTimeOffset Now);
