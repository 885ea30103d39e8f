using System.Data.Common;

namespace SnapshotTasks.Storage;

/// <summary>The port of a store: it holds the row, the domain decides, it writes what was decided.</summary>
/// <remarks>
/// Every answer leaves after the commit, and says what has happened. A call throws <see cref="StoreUnavailableException"/> when nothing was
/// changed and <see cref="UnknownOutcomeException"/> when the answer to a commit was lost.
/// With a transaction of the caller's, the work is done inside it, commits and rolls back with the caller's data, and
/// the answer holds only once the caller has committed; nobody is told of it, though hosts may be woken then. A transaction that is not one of the store's
/// own database is an <see cref="ArgumentException"/>.
/// </remarks>
public interface ITaskStore
{
    /// <summary>Adds a task and gives it its id, unless a task of its project already has its key.</summary>
    Task<Decision<SubmitAnswer>> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default);

    /// <summary>Has a decision made while nothing else can change its task.</summary>
    Task<Decision<TAnswer>> DecideAsync<TAnswer>(
        TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        where TAnswer : struct, Enum;

    /// <summary>Has a pause decided on, or its end: from the answer on nothing that is paused starts, on any host.</summary>
    Task<PauseOutcome> DecideAsync(PauseDecision decision, CancellationToken cancellationToken = default);

    /// <summary>What is paused now.</summary>
    Task<Pauses> GetPausesAsync(CancellationToken cancellationToken = default);

    /// <summary>Claims tasks that can start now, in the order of <see cref="ClaimOrder"/>.</summary>
    Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default);

    /// <summary>Removes tasks, of all projects, that ended at least this long ago; one step of a sweep in the order of ids.</summary>
    /// <param name="age">How long ago, more than 0.</param>
    /// <param name="after">The id after which this step begins; the first step begins after the default.</param>
    /// <param name="limit">The most tasks to look at.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default);

    /// <summary>The tasks of a project among these ids, in no particular order.</summary>
    Task<IReadOnlyList<SnapshotTask>> GetAsync(ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default);

    /// <summary>A page of the tasks that match, newest first.</summary>
    /// <param name="filter">Which tasks.</param>
    /// <param name="skip">How many of them are passed over.</param>
    /// <param name="take">The most tasks of the page.</param>
    /// <param name="after">Only those that come after this place.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<SnapshotTask>> ListAsync(
        TaskFilter filter, int skip, int take, TaskPlace? after = null, CancellationToken cancellationToken = default);

    /// <summary>The next tasks that match, in the order in which they were accepted.</summary>
    /// <param name="filter">Which tasks.</param>
    /// <param name="after">The place after which they begin; none to begin with the first.</param>
    /// <param name="take">The most tasks.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<SnapshotTask>> ListNextAsync(
        TaskFilter filter, TaskPlace? after, int take, CancellationToken cancellationToken = default);

    /// <summary>How many tasks match, exact up to a limit and the limit above it.</summary>
    Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default);

    /// <summary>What waits and what runs, of all projects: cheap enough to ask every few seconds, however many tasks there are.</summary>
    /// <param name="limit">Up to where tasks are counted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default);

    /// <summary>What a project has stored, in whatever state.</summary>
    /// <param name="project">The project.</param>
    /// <param name="mostTasks">How many tasks are looked at, at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ProjectMeasure> MeasureProjectAsync(ProjectId project, int mostTasks, CancellationToken cancellationToken = default);

    /// <summary>Completes when a task has been added after this call, or a pause has begun or ended; a hint that saves polling, never a promise.</summary>
    Task WaitForSubmissionAsync(CancellationToken cancellationToken = default);

    /// <summary>Completes when the run of a task has been aborted after this call; a hint that saves a wait for the next renewal, never a promise.</summary>
    Task WaitForAbortAsync(TaskId id, CancellationToken cancellationToken = default) =>
        new TaskCompletionSource().Task.WaitAsync(cancellationToken);
}
