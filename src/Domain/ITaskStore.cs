namespace SnapshotTasks;

/// <summary>Keeps tasks: it holds the row, the domain decides, it keeps the decision.</summary>
/// <remarks>
/// Every answer leaves after the commit. A call throws <see cref="StoreUnavailableException"/> when nothing was
/// changed and <see cref="UnknownOutcomeException"/> when the answer to a commit was lost.
/// </remarks>
public interface ITaskStore
{
    /// <summary>Adds a task and gives it its id.</summary>
    Task<SnapshotTask> AddAsync(NewTask task, CancellationToken cancellationToken = default);

    /// <summary>Has each decision made, in order and in one transaction, while nothing else can change its task.</summary>
    Task DecideAsync(IReadOnlyList<TaskDecision> decisions, CancellationToken cancellationToken = default);

    /// <summary>Claims tasks that can start now: first those whose lease has expired, then the longest queued.</summary>
    Task<IReadOnlyList<ClaimOutcome>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default);

    /// <summary>The tasks of a project among these ids, in no particular order.</summary>
    Task<IReadOnlyList<SnapshotTask>> GetAsync(ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>A page of the tasks that match, newest first.</summary>
    Task<IReadOnlyList<SnapshotTask>> ListAsync(TaskFilter filter, int skip, int take, CancellationToken cancellationToken = default);

    /// <summary>How many tasks match, exact up to a limit and the limit above it.</summary>
    Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default);

    /// <summary>Completes when a task has been added after this call; a hint that saves polling, never a promise.</summary>
    Task WaitForSubmissionAsync(CancellationToken cancellationToken = default);
}

/// <summary>Shorthands over <see cref="ITaskStore"/>.</summary>
public static class TaskStoreExtensions
{
    /// <summary>Has one decision made and returns its outcome.</summary>
    public static async Task<TOutcome> DecideAsync<TOutcome>(
        this ITaskStore store, TaskDecision<TOutcome> decision, CancellationToken cancellationToken = default)
        where TOutcome : class
    {
        await store.DecideAsync([decision], cancellationToken);
        return decision.Outcome;
    }
}

/// <summary>A task on its way into a store.</summary>
/// <param name="Project">The project it belongs to.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="StartedBy">The claim under which it starts in the same transaction, so that it is never seen queued; none to queue it.</param>
public sealed record NewTask(ProjectId Project, SnapshotRequest Request, Claim? StartedBy = null)
{
    /// <summary>The task as its first row holds it.</summary>
    public SnapshotTask Accept(TaskId id, DateTimeOffset now)
    {
        var task = new SnapshotTask { Id = id, Project = Project, Request = Request, State = TaskState.Queued, CreatedAt = now };
        return StartedBy is null ? task : task.Start(StartedBy, now).Outcome.Task;
    }
}

/// <summary>Which tasks of a project a query is about.</summary>
/// <param name="Project">The project.</param>
/// <param name="State">Only tasks in this state.</param>
/// <param name="Failed">Only tasks that ended with a failure, or only those that did not.</param>
/// <param name="CreatedFrom">Only tasks accepted at this time or later.</param>
/// <param name="CreatedTo">Only tasks accepted at this time or earlier.</param>
public sealed record TaskFilter(
    ProjectId Project,
    TaskState? State = null,
    bool? Failed = null,
    DateTimeOffset? CreatedFrom = null,
    DateTimeOffset? CreatedTo = null)
{
    /// <summary>The only state a matching task can be in, if there is one: asked for, or because only a completed task has failed.</summary>
    public TaskState? ImpliedState => State is null && Failed == true ? TaskState.Completed : State;

    /// <summary>Whether a task matches.</summary>
    public bool Matches(SnapshotTask task) =>
        task.Project == Project
        && (State is null || task.State == State)
        && (Failed is null || (task.Failure is not null) == Failed)
        && (CreatedFrom is null || task.CreatedAt >= CreatedFrom)
        && (CreatedTo is null || task.CreatedAt <= CreatedTo);
}

/// <summary>The store could not do it and nothing was changed: try again later.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The answer to a commit was lost: the decision may or may not have been kept.</summary>
public sealed class UnknownOutcomeException(string message, Exception? inner = null) : Exception(message, inner);
