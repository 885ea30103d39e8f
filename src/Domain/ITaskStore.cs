using System.Data.Common;

namespace SnapshotTasks;

/// <summary>Keeps tasks: it holds the row, the domain decides, it keeps the decision.</summary>
/// <remarks>
/// Every answer leaves after the commit. A call throws <see cref="StoreUnavailableException"/> when nothing was
/// changed and <see cref="UnknownOutcomeException"/> when the answer to a commit was lost.
/// With a transaction of the caller's, the work is done inside it, commits and rolls back with the caller's data, and
/// the answer holds only once the caller has committed; nobody is woken or told. A transaction that is not one of the store's
/// own database is an <see cref="ArgumentException"/>.
/// </remarks>
public interface ITaskStore
{
    /// <summary>Adds a task and gives it its id, unless a task of its project already has its key.</summary>
    Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>Has each decision made, in order and in one transaction, while nothing else can change its task.</summary>
    Task DecideAsync(IReadOnlyList<TaskDecision> decisions, DbTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>Claims tasks that can start now: first those whose lease has expired, then the longest queued.</summary>
    Task<IReadOnlyList<ClaimOutcome>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default);

    /// <summary>Removes tasks, of all projects, that ended at least this long ago; one step of a sweep in the order of ids.</summary>
    /// <param name="age">How long ago, more than 0.</param>
    /// <param name="after">The id after which this step begins; the first step begins after the default.</param>
    /// <param name="limit">The most tasks to look at.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default);

    /// <summary>The tasks of a project among these ids, in no particular order.</summary>
    Task<IReadOnlyList<SnapshotTask>> GetAsync(ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>A page of the tasks that match, newest first.</summary>
    Task<IReadOnlyList<SnapshotTask>> ListAsync(TaskFilter filter, int skip, int take, CancellationToken cancellationToken = default);

    /// <summary>How many tasks match, exact up to a limit and the limit above it.</summary>
    Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default);

    /// <summary>What waits and what runs, of all projects: cheap enough to ask every few seconds, however many tasks there are.</summary>
    /// <param name="limit">Up to where tasks are counted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default);

    /// <summary>Completes when a task has been added after this call; a hint that saves polling, never a promise.</summary>
    Task WaitForSubmissionAsync(CancellationToken cancellationToken = default);
}

/// <summary>Shorthands over <see cref="ITaskStore"/>.</summary>
public static class TaskStoreExtensions
{
    /// <summary>Has one decision made and returns its outcome.</summary>
    public static async Task<TOutcome> DecideAsync<TOutcome>(
        this ITaskStore store, TaskDecision<TOutcome> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TOutcome : class
    {
        await store.DecideAsync([decision], transaction, cancellationToken);
        return decision.Outcome;
    }
}

/// <summary>A task on its way into a store.</summary>
/// <param name="Project">The project it belongs to.</param>
/// <param name="Request">What is asked for.</param>
/// <param name="StartedBy">The claim under which it starts in the same transaction, so that it is never seen queued; none to queue it.</param>
public sealed record NewTask(ProjectId Project, SnapshotRequest Request, Claim? StartedBy = null)
{
    /// <summary>The caller's name for this submission, by which a repeated one is known; none when it is never repeated.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>Whether its project's queue is full: then it is only looked for by its key, and never added.</summary>
    public bool QueueIsFull { get; init; }

    /// <summary>The trace that the submission belongs to, as a W3C <c>traceparent</c>; none when it is not traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary>The task as its first row holds it.</summary>
    public SnapshotTask Accept(TaskId id, DateTimeOffset now)
    {
        var task = new SnapshotTask
        {
            Id = id,
            Project = Project,
            Request = Request,
            State = TaskState.Queued,
            CreatedAt = now,
            TraceParent = TraceParent,
        };
        return StartedBy is null ? task : task.Start(StartedBy, now).Outcome.Task;
    }

    /// <summary>What becomes of it when a task of its project already has its key: the same one again, or a refusal.</summary>
    /// <param name="existing">The task that has the key.</param>
    /// <param name="requestHash">The hash that is kept with that task.</param>
    public SubmitOutcome Repeat(SnapshotTask existing, string requestHash) =>
        new(Key?.IsOf(requestHash) == true ? SubmitAnswer.Repeated : SubmitAnswer.KeyReused, existing);
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
    /// <summary>The tasks of a project that wait for their start.</summary>
    public static TaskFilter Queued(ProjectId project) => new(project, TaskState.Queued);

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
