using System.Diagnostics.CodeAnalysis;

namespace SnapshotTasks;

/// <summary>A snapshot task as one store row holds it; a decision returns a new one and never changes this one.</summary>
public sealed record SnapshotTask
{
    private readonly Late request = null!;

    /// <summary>Creates a task.</summary>
    public SnapshotTask()
    {
    }

    /// <summary>Creates a task as a store has kept it, with a request that is read when it is first asked for.</summary>
    /// <remarks>Most decisions never look at the request, and reading it costs more than the decision.</remarks>
    [SetsRequiredMembers]
#pragma warning disable CS8618 // The compiler does not see that Request is set through its field.
    public SnapshotTask(TaskId id, ProjectId project, TaskState state, DateTimeOffset createdAt, Func<SnapshotRequest> request)
#pragma warning restore CS8618
    {
        (Id, Project, State, CreatedAt) = (id, project, state, createdAt);
        this.request = new Late(request);
    }

    /// <summary>The id given by the store.</summary>
    public required TaskId Id { get; init; }

    /// <summary>The project the task belongs to; no other project sees it.</summary>
    public required ProjectId Project { get; init; }

    /// <summary>What was asked for.</summary>
    public required SnapshotRequest Request { get => request.Value; init => request = new Late(() => value); }

    /// <summary>Where the task is in its life.</summary>
    public required TaskState State { get; init; }

    /// <summary>When the task was accepted.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The trace that the submission belongs to, as a W3C <c>traceparent</c>; none when it was not traced.</summary>
    public string? TraceParent { get; init; }

    /// <summary>When the first attempt started.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When the task completed or was cancelled.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>The number of the latest attempt, raised by every start and takeover; 0 before the first.</summary>
    public int Attempt { get; init; }

    /// <summary>How many attempts were released and do not count towards the limit.</summary>
    public int ReleasedAttempts { get; init; }

    /// <summary>Who holds the run, exactly while the task is running.</summary>
    public Lease? Lease { get; init; }

    /// <summary>The names of the pictures, exactly when a run ended with them.</summary>
    public IReadOnlyList<string>? Pictures { get; init; }

    /// <summary>Why the run failed, exactly when it ended without pictures.</summary>
    public Failure? Failure { get; init; }

    /// <summary>Since when the task is in its state.</summary>
    public DateTimeOffset Since => EndedAt ?? StartedAt ?? CreatedAt;

    /// <summary>Cancels the task if the lifecycle permits it.</summary>
    public Decision<CancelOutcome> Cancel(DateTimeOffset now) =>
        Lifecycle.TryFire(State, TaskTrigger.Cancel, out var next)
            ? Decided(this with { State = next, EndedAt = now }, task => new CancelOutcome(CancelAnswer.Cancelled, task))
            : Decided(this, task => new CancelOutcome(CancelAnswer.Refused, task));

    /// <summary>Starts the task, or takes it over from a lease that has expired, for a worker that can run it now.</summary>
    public Decision<ClaimOutcome> TryClaim(Claim claim, DateTimeOffset now) =>
        Start(claim, now) is { Outcome.Answer: not ClaimAnswer.Refused } started ? started : TakeOver(claim, now);

    /// <summary>Starts the first attempt.</summary>
    public Decision<ClaimOutcome> Start(Claim claim, DateTimeOffset now) =>
        Lifecycle.TryFire(State, TaskTrigger.Start, out var next)
            ? Decided(
                this with { State = next, StartedAt = now, Attempt = 1, Lease = claim.Grant(1, now) },
                task => new ClaimOutcome(ClaimAnswer.Started, task))
            : Decided(this, task => new ClaimOutcome(ClaimAnswer.Refused, task));

    /// <summary>Starts another attempt once the lease has expired, or ends the task as failed when its attempts are used up.</summary>
    public Decision<ClaimOutcome> TakeOver(Claim claim, DateTimeOffset now)
    {
        if (!Lifecycle.TryFire(State, TaskTrigger.TakeOver, out var next) || !Lease!.HasExpired(now))
        {
            return Decided(this, task => new ClaimOutcome(ClaimAnswer.Refused, task));
        }

        var attempt = Attempt + 1;
        if (Attempt - ReleasedAttempts < claim.MaxAttempts)
        {
            return Decided(
                this with { State = next, Attempt = attempt, Lease = claim.Grant(attempt, now) },
                task => new ClaimOutcome(ClaimAnswer.TakenOver, task));
        }

        // The one completion without a lease: a task that kills every worker must end. The attempt is raised all the
        // same, so that a frozen holder of the last lease reads that the outcome is not its own.
        Lifecycle.TryFire(State, TaskTrigger.Complete, out next);
        var failure = new Failure(FailureCode.SystemError, $"Given up: {claim.MaxAttempts} attempts ended without an outcome.");
        return Decided(
            this with { State = next, Attempt = attempt, EndedAt = now, Lease = null, Failure = failure },
            task => new ClaimOutcome(ClaimAnswer.AttemptsUsedUp, task));
    }

    /// <summary>Extends a lease, also an expired one that nobody has taken over.</summary>
    public Decision<LeaseOutcome> Renew(Lease lease, TimeSpan duration, DateTimeOffset now) =>
        Holds(lease)
            ? Decided(this with { Lease = Lease! with { ExpiresAt = now + duration } }, task => new LeaseOutcome(LeaseAnswer.Held, task))
            : Decided(this, task => new LeaseOutcome(LeaseAnswer.Lost, task));

    /// <summary>Gives a lease back, so that another worker takes over at once and the attempt does not count.</summary>
    public Decision<LeaseOutcome> Release(Lease lease, DateTimeOffset now) =>
        Holds(lease)
            ? Decided(
                this with { Lease = Lease!.Released(now), ReleasedAttempts = ReleasedAttempts + 1 },
                task => new LeaseOutcome(LeaseAnswer.Held, task))
            : Decided(this, task => new LeaseOutcome(LeaseAnswer.Lost, task));

    /// <summary>Ends the run with pictures.</summary>
    public Decision<CompleteOutcome> Complete(Lease lease, IReadOnlyList<string> pictures, DateTimeOffset now) =>
        End(lease, this with { EndedAt = now, Lease = null, Pictures = pictures });

    /// <summary>Ends the run with a failure.</summary>
    public Decision<CompleteOutcome> Fail(Lease lease, Failure failure, DateTimeOffset now) =>
        End(lease, this with { EndedAt = now, Lease = null, Failure = failure });

    private Decision<CompleteOutcome> End(Lease lease, SnapshotTask ended)
    {
        if (!Lifecycle.TryFire(State, TaskTrigger.Complete, out var next))
        {
            // An attempt is held by one worker only: its own outcome is already there when an earlier answer was lost.
            var answer = Attempt == lease.Attempt ? CompleteAnswer.Repeated : CompleteAnswer.LeaseLost;
            return Decided(this, task => new CompleteOutcome(answer, task));
        }

        return Holds(lease)
            ? Decided(ended with { State = next }, task => new CompleteOutcome(CompleteAnswer.Recorded, task))
            : Decided(this, task => new CompleteOutcome(CompleteAnswer.LeaseLost, task));
    }

    // A lease without a holder was released: nobody holds it, not even who has read it from the row.
    private bool Holds(Lease lease) =>
        Lease is { Holder.Length: > 0 } current && current.Holder == lease.Holder && current.Attempt == lease.Attempt;

    private static Decision<TOutcome> Decided<TOutcome>(SnapshotTask task, Func<SnapshotTask, TOutcome> outcome) =>
        new(task, outcome(task));

    /// <summary>A request that is read at the first use, equal to another when the requests are.</summary>
    private sealed class Late(Func<SnapshotRequest> read) : IEquatable<Late>
    {
        private SnapshotRequest? value;

        public SnapshotRequest Value => value ??= read();

        public bool Equals(Late? other) => other is not null && Value == other.Value;

        public override bool Equals(object? obj) => Equals(obj as Late);

        public override int GetHashCode() => Value.GetHashCode();
    }
}
