using System.Data.Common;
using System.Text;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Bounds what one project may use, so that it cannot fill the disk, take all slots, or starve the others for days.</summary>
internal sealed class ProjectBounds
{
    private readonly ITaskStore store;
    private readonly SubmissionOptions max;
    private readonly ProjectUse queued;
    private readonly ProjectUse stored;
    private readonly Lock gate = new();
    private readonly Dictionary<ProjectId, int> immediate = [];

    public ProjectBounds(ITaskStore store, TimeProvider time, IOptions<SubmissionOptions> options)
    {
        (this.store, max) = (store, options.Value);
        queued = new(time, async project => new(await store.CountAsync(TaskFilter.Queued(project), max.MaxQueuedTasks), 0));

        // To refuse one more, no more need be looked at than there may be.
        stored = new(time, project => store.MeasureProjectAsync(project, max.MaxStoredTasks > 0 ? max.MaxStoredTasks : int.MaxValue));
    }

    /// <summary>Adds a task to the queue unless its project has reached a limit; one whose key was accepted before is given back all the same.</summary>
    public async Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction, CancellationToken cancellationToken)
    {
        using var room = new Room(task);
        await TakeQueuedAsync(room, cancellationToken);
        await TakeStoredAsync(room, cancellationToken);
        if (room.Reached is { } reached)
        {
            return await RepeatAsync(task, reached, transaction, cancellationToken);
        }

        var decision = await store.AddAsync(task, transaction, cancellationToken);
        room.Keep(decision.Answer);
        return new(decision.Answer, decision.TaskIfAny);
    }

    /// <summary>Takes room for a task that is wanted at once, until its run has ended.</summary>
    public async Task TakeImmediateAsync(Room room, CancellationToken cancellationToken)
    {
        TakeRun(room);
        await TakeStoredAsync(room, cancellationToken);
    }

    /// <summary>The task that has the key, for what was accepted once is never one too many; or which limit was reached.</summary>
    public async Task<SubmitOutcome> RepeatAsync(
        NewTask task, ReachedLimit reached, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        if (task.Key is null)
        {
            return new(SubmitAnswer.LimitReached, null, reached);
        }

        var decision = await store.AddAsync(task with { LimitIsReached = true }, transaction, cancellationToken);
        return new(decision.Answer, decision.TaskIfAny, decision.Answer == SubmitAnswer.LimitReached ? reached : null);
    }

    private async ValueTask TakeQueuedAsync(Room room, CancellationToken cancellationToken)
    {
        if (max.MaxQueuedTasks > 0)
        {
            await room.TakeAsync(
                queued,
                sum => sum.Tasks > max.MaxQueuedTasks ? new(ProjectLimit.MaxQueuedTasks, max.MaxQueuedTasks) : null,
                cancellationToken);
        }
    }

    private async ValueTask TakeStoredAsync(Room room, CancellationToken cancellationToken)
    {
        if (max.MaxStoredTasks > 0 || max.MaxUserData > 0)
        {
            await room.TakeAsync(stored, LimitReachedBy, cancellationToken);
        }

        // A task without user_data is never refused for what others have of it.
        ReachedLimit? LimitReachedBy(ProjectMeasure sum) =>
            max.MaxStoredTasks > 0 && sum.Tasks > max.MaxStoredTasks ? new(ProjectLimit.MaxStoredTasks, max.MaxStoredTasks)
            : max.MaxUserData > 0 && room.Amount.UserData > 0 && sum.UserData > max.MaxUserData ? new(ProjectLimit.MaxUserData, max.MaxUserData)
            : null;
    }

    private void TakeRun(Room room)
    {
        if (max.MaxImmediate == 0)
        {
            return;
        }

        lock (gate)
        {
            var running = immediate.GetValueOrDefault(room.Project);
            if (running >= max.MaxImmediate)
            {
                room.Reached = new(ProjectLimit.MaxImmediate, max.MaxImmediate);
                return;
            }

            immediate[room.Project] = running + 1;
            room.RunEnded = () => EndRun(room.Project);
        }
    }

    private void EndRun(ProjectId project)
    {
        lock (gate)
        {
            if (--immediate[project] == 0)
            {
                immediate.Remove(project);
            }
        }
    }
}

/// <summary>What was taken for a task: given back unless the task was added.</summary>
internal sealed class Room(NewTask task) : IDisposable
{
    private readonly List<ProjectUse.Use> taken = [];
    private bool isKept;
    private Task ended = Task.CompletedTask;

    public ProjectId Project => task.Project;

    /// <summary>What the task takes of what its project may have stored.</summary>
    public ProjectMeasure Amount { get; } = new(1, Encoding.UTF8.GetByteCount(task.Request.UserData ?? ""));

    /// <summary>Which limit has been reached; none while none has.</summary>
    public ReachedLimit? Reached { get; set; }

    /// <summary>To be told when a run has ended that was wanted at once; none when those are not counted.</summary>
    public Action? RunEnded { get; set; }

    public async ValueTask TakeAsync(ProjectUse uses, Func<ProjectMeasure, ReachedLimit?> limitReachedBy, CancellationToken cancellationToken)
    {
        if (Reached is null)
        {
            var use = uses.Of(Project);
            Reached = await use.TakeAsync(Amount, limitReachedBy, cancellationToken);
            if (Reached is null)
            {
                taken.Add(use);
            }
        }
    }

    /// <summary>Keeps what was taken if the task was added, and a run at once until it has ended, whoever waits for it.</summary>
    public void Keep(SubmitAnswer answer, Task? run = null) => (isKept, ended) = (answer == SubmitAnswer.Accepted, run ?? ended);

    public void Dispose()
    {
        if (!isKept)
        {
            taken.ForEach(use => use.GiveBack(Amount));
        }

        if (RunEnded is { } tell)
        {
            ended.ContinueWith(_ => tell(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }
}
