namespace SnapshotTasks;

/// <summary>A snapshot task as one store row holds it; a decision returns a new one and never changes this one.</summary>
/// <remarks>Only decisions lead from one to another: nobody else can make a task or alter one.</remarks>
public sealed record SnapshotTask
{
    private readonly Late<SnapshotRequest>? request;

    private SnapshotTask(TaskId id, ProjectId project, DateTimeOffset createdAt, Late<SnapshotRequest>? request) =>
        (Id, Project, CreatedAt, this.request) = (id, project, createdAt, request);

    /// <summary>The id given by the store.</summary>
    public TaskId Id { get; }

    /// <summary>The project the task belongs to; no other project sees it.</summary>
    public ProjectId Project { get; }

    /// <summary>What was asked for.</summary>
    /// <exception cref="InvalidOperationException">The task was held without it, for a decision that does not need it.</exception>
    public SnapshotRequest Request => (request ?? throw NotHeld("request")).Value;

    /// <summary>What it comes before, and after.</summary>
    public TaskPriority Priority { get; private init; } = TaskPriority.Normal;

    /// <summary>Where the task is in its life.</summary>
    public TaskState State { get; private init; }

    /// <summary>When the task was accepted.</summary>
    public DateTimeOffset CreatedAt { get; }

    /// <summary>The trace that the submission belongs to, as a W3C <c>traceparent</c>; none when it was not traced.</summary>
    public string? TraceParent { get; private init; }

    /// <summary>When the first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; private init; }

    /// <summary>When the task completed or was cancelled.</summary>
    public DateTimeOffset? EndedAt { get; private init; }

    /// <summary>The number of the latest attempt, raised by every start and takeover; 0 before the first.</summary>
    public int Attempt { get; private init; }

    /// <summary>How many attempts were released and do not count towards the limit.</summary>
    public int ReleasedAttempts { get; private init; }

    /// <summary>Who holds the run, while the task is running and its next attempt is not put off.</summary>
    public Lease? Lease { get; private init; }

    /// <summary>Why and until when the next attempt is put off, while the task is running and nobody holds it.</summary>
    public Deferral? Deferral { get; private init; }

    /// <summary>How a run ended the task; none when none has.</summary>
    public TaskEnding? Ending { get; private init; }

    /// <summary>The names of the pictures, exactly when a run ended with them.</summary>
    /// <exception cref="InvalidOperationException">The task was held without them, for a decision that does not need them.</exception>
    public IReadOnlyList<string>? Pictures => Ending == TaskEnding.Pictures ? (LatePictures ?? throw NotHeld("pictures")).Value : null;

    /// <summary>Why the run failed, exactly when it ended without pictures.</summary>
    public Failure? Failure { get; private init; }

    /// <summary>The number of the latest change, raised by every decision that changes the task; 1 for the first.</summary>
    public long Version { get; private init; }

    /// <summary>Since when the task is in its state.</summary>
    public DateTimeOffset Since => EndedAt ?? StartedAt ?? CreatedAt;

    /// <summary>Whether the task waits for its first attempt.</summary>
    public bool IsQueued => State == TaskState.Queued;

    /// <summary>Whether a run of the task has started and none has ended it, also when its next attempt is put off.</summary>
    public bool IsRunning => State == TaskState.Running;

    /// <summary>Whether an attempt takes the place of another one that could run: one that is put off does not.</summary>
    public bool TakesPlace => Lease is not null;

    /// <summary>Whether the task has ended, with whatever outcome.</summary>
    public bool HasEnded => EndedAt is not null;

    /// <summary>Whether an operator has aborted its run.</summary>
    internal bool IsAborted => Failure?.Code == FailureCode.Aborted;

    /// <summary>Whether a worker may start the task, or take it over, at a time.</summary>
    public bool CanBeClaimed(DateTimeOffset now) => IsQueued || Lease?.HasExpired(now) == true || Deferral?.IsOver(now) == true;

    private Late<IReadOnlyList<string>>? LatePictures { get; init; }

    /// <summary>The task as its first row holds it: queued, or started at once by a claim.</summary>
    internal static Decision<SubmitAnswer> Accept(TaskId id, NewTask task, DateTimeOffset now, int running)
    {
        if (task.LimitIsReached || task.StartedBy?.Permits(running) == false)
        {
            return new(null, SubmitAnswer.LimitReached);
        }

        var accepted = new SnapshotTask(id, task.Project, now, Late<SnapshotRequest>.Known(task.Request))
        {
            State = TaskState.Queued,
            Priority = task.Priority,
            TraceParent = task.TraceParent,
        };
        return task.StartedBy is { } claim && accepted.Start(claim, now) is { } started
            ? new(started.Task, SubmitAnswer.Accepted, started.Trigger, started.Happened)
            : new(accepted with { Version = 1 }, SubmitAnswer.Accepted, happened: TaskEvent.Queued);
    }

    /// <summary>The task that a row of a store holds.</summary>
    /// <exception cref="InvalidOperationException">No decision leads to such a row.</exception>
    internal static SnapshotTask Restore(in TaskRow row)
    {
        row.Check();
        return new SnapshotTask(row, row.Request is null ? null : new(row.Request), row.Pictures is null ? null : new(row.Pictures));
    }

    private SnapshotTask(in TaskRow row, Late<SnapshotRequest>? request, Late<IReadOnlyList<string>>? pictures)
        : this(row.Id, row.Project, row.CreatedAt, request)
    {
        Priority = row.Priority;
        (State, StartedAt, EndedAt, TraceParent, Version) = (row.State, row.StartedAt, row.EndedAt, row.TraceParent, row.Version);
        (Attempt, ReleasedAttempts) = (row.Attempt, row.ReleasedAttempts);
        Deferral = row.Deferred is { } reason ? new Deferral(reason, row.LeaseExpiresAt!.Value) : null;
        Lease = Deferral is null && row.LeaseHolder is { } holder
            ? new Lease(holder, row.Attempt, row.LeaseExpiresAt!.Value) { IsPublishing = row.IsPublishing }
            : null;
        (Ending, Failure, LatePictures) = (row.Ending, row.Failure, pictures);
    }

    /// <summary>Cancels the task if the lifecycle permits it.</summary>
    internal Decision<CancelAnswer> Cancel(DateTimeOffset now) => Lifecycle.Fire(State, TaskTrigger.Cancel) is { } cancelled
        ? Changed(this with { State = cancelled.To, EndedAt = now }, CancelAnswer.Cancelled, cancelled)
        : new(this, CancelAnswer.Refused, TaskTrigger.Cancel);

    /// <summary>Starts the task, or takes it over from a lease that has expired, for a worker that can run it now.</summary>
    internal Decision<ClaimAnswer> TryClaim(Claim claim, DateTimeOffset now) => Start(claim, now) ?? TakeOver(claim, now);

    /// <summary>Extends a lease, also an expired one that nobody has taken over.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="duration">How long it lasts from now on.</param>
    /// <param name="now">The store's time.</param>
    /// <param name="publishing">Whether its holder publishes pictures from now on: then nobody may abort the run as long as the lease lasts.</param>
    internal Decision<LeaseAnswer> Renew(Lease lease, TimeSpan duration, DateTimeOffset now, bool publishing = false) => Holds(lease)
        ? Changed(this with { Lease = Lease! with { ExpiresAt = now + duration, IsPublishing = Lease.IsPublishing || publishing } }, LeaseAnswer.Held)
        : new(this, LeaseAnswer.Lost);

    /// <summary>Gives a lease back, so that another worker takes over at once and the attempt does not count.</summary>
    internal Decision<LeaseAnswer> Release(Lease lease, DateTimeOffset now) => Holds(lease)
        ? Changed(this with { Lease = Lease!.Released(now), ReleasedAttempts = ReleasedAttempts + 1 }, LeaseAnswer.Held)
        : new(this, LeaseAnswer.Lost);

    /// <summary>Ends the run with pictures.</summary>
    internal Decision<CompleteAnswer> Complete(Lease lease, IReadOnlyList<string> pictures, DateTimeOffset now) =>
        Complete(lease, this with { Ending = TaskEnding.Pictures, LatePictures = Late<IReadOnlyList<string>>.Known(pictures) }, now);

    /// <summary>Ends the run with a failure.</summary>
    internal Decision<CompleteAnswer> Fail(Lease lease, Failure failure, DateTimeOffset now) =>
        Complete(lease, this with { Ending = TaskEnding.Failure, Failure = failure }, now);

    /// <summary>Starts the first attempt; none when the lifecycle does not permit it.</summary>
    internal Decision<ClaimAnswer>? Start(Claim claim, DateTimeOffset now) => Lifecycle.Fire(State, TaskTrigger.Start) is { } started
        ? Changed(
            this with { State = started.To, StartedAt = now, Attempt = 1, Lease = claim.Grant(1, now) },
            ClaimAnswer.Started,
            started)
        : null;

    /// <summary>Starts another attempt once the lease has expired, or ends the task as failed when its attempts are used up.</summary>
    internal Decision<ClaimAnswer> TakeOver(Claim claim, DateTimeOffset now)
    {
        if (Lifecycle.Fire(State, TaskTrigger.TakeOver) is not { } taken || !CanBeClaimed(now))
        {
            return new(this, ClaimAnswer.Refused, TaskTrigger.TakeOver);
        }

        var attempt = Attempt + 1;
        if (Attempt - ReleasedAttempts < claim.MaxAttempts)
        {
            return Changed(
                this with { State = taken.To, Attempt = attempt, Lease = claim.Grant(attempt, now), Deferral = null }, ClaimAnswer.TakenOver, taken);
        }

        // A task that kills every worker must end.
        var failure = Deferral?.Failure ?? new Failure(FailureCode.SystemError, $"Given up: {claim.MaxAttempts} attempts ended without an outcome.");
        return EndWithoutLease(failure, now, ClaimAnswer.AttemptsUsedUp) ?? new(this, ClaimAnswer.Refused, TaskTrigger.Complete);
    }

    /// <summary>Ends the run as failed, whoever holds it, unless its holder publishes its pictures already.</summary>
    internal Decision<AbortAnswer> Abort(Failure failure, DateTimeOffset now) => Lease is { IsPublishing: true } lease && !lease.HasExpired(now)
        ? new(this, AbortAnswer.EndingNow, TaskTrigger.Complete)
        : EndWithoutLease(failure, now, AbortAnswer.Aborted) ?? new(this, AbortAnswer.Refused, TaskTrigger.Complete);

    /// <summary>Puts the next attempt off, or ends the task as failed when its attempts are used up.</summary>
    internal Decision<CompleteAnswer> Defer(Lease lease, Failure failure, TimeSpan delay, int maxAttempts, DateTimeOffset now)
    {
        if (Attempt - ReleasedAttempts >= maxAttempts || Lifecycle.Fire(State, TaskTrigger.Defer) is not { } deferred)
        {
            return Fail(lease, failure, now);
        }

        if (Deferral is not null && Attempt == lease.Attempt)
        {
            return new(this, CompleteAnswer.Repeated, TaskTrigger.Defer);
        }

        return Holds(lease)
            ? Changed(this with { State = deferred.To, Lease = null, Deferral = new(failure, now + delay) }, CompleteAnswer.Deferred, deferred)
            : new(this, CompleteAnswer.LeaseLost, TaskTrigger.Defer);
    }

    // The completions without a lease. The attempt is raised all the same, so that whoever holds the last lease reads that the outcome
    // is not its own.
    private Decision<TAnswer>? EndWithoutLease<TAnswer>(Failure failure, DateTimeOffset now, TAnswer answer)
        where TAnswer : struct, Enum => Lifecycle.Fire(State, TaskTrigger.Complete) is { } completed
        ? Changed(
            this with
            {
                State = completed.To,
                Attempt = Attempt + 1,
                EndedAt = now,
                Lease = null,
                Deferral = null,
                Ending = TaskEnding.Failure,
                Failure = failure,
            },
            answer,
            completed)
        : null;

    private Decision<CompleteAnswer> Complete(Lease lease, SnapshotTask ended, DateTimeOffset now)
    {
        if (Lifecycle.Fire(State, TaskTrigger.Complete) is not { } completed)
        {
            // An attempt is held by one worker only: its own outcome is already there when an earlier answer was lost.
            return new(this, Attempt == lease.Attempt ? CompleteAnswer.Repeated : CompleteAnswer.LeaseLost, TaskTrigger.Complete);
        }

        return Holds(lease)
            ? Changed(ended with { State = completed.To, EndedAt = now, Lease = null }, CompleteAnswer.Recorded, completed)
            : new(this, CompleteAnswer.LeaseLost, TaskTrigger.Complete);
    }

    // A lease without a holder was released: nobody holds it, not even who has read it from the row.
    private bool Holds(Lease lease) =>
        Lease is { Holder.Length: > 0 } current && current.Holder == lease.Holder && current.Attempt == lease.Attempt;

    private Decision<TAnswer> Changed<TAnswer>(SnapshotTask changed, TAnswer answer, Transition? by = null)
        where TAnswer : struct, Enum => new(changed with { Version = Version + 1 }, answer, by?.Trigger, by?.Happened);

    private InvalidOperationException NotHeld(string part) => new($"Task {Id} was held without its {part}.");
}
