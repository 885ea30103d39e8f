using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Pauses everything, or a project: from the answer on nothing of it starts, on any host of the store, also after restarts.</summary>
/// <remarks>
/// What waits stays queued and can be cancelled, submissions are accepted, what runs goes on, and runs of dead workers are taken over. A
/// project need not have tasks.
/// </remarks>
/// <param name="Project">The project; none to pause everything.</param>
/// <param name="By">Who pauses it, 1 to 100 characters.</param>
/// <param name="Reason">Why, 1 to 500 characters.</param>
public sealed record PauseSnapshotTasks(ProjectId? Project, string By, string Reason) : IRequest<PauseOutcome>;

/// <summary>Ends a pause of everything, or of a project; a project goes on only when everything does.</summary>
/// <param name="Project">The project; none to end the pause of everything.</param>
public sealed record ResumeSnapshotTasks(ProjectId? Project) : IRequest<PauseOutcome>;

/// <summary>Finds what is paused, the pause of everything first.</summary>
public sealed record FindPauses : IRequest<IReadOnlyList<Pause>>;

internal sealed class PauseSnapshotTasksValidator : AbstractValidator<PauseSnapshotTasks>
{
    public PauseSnapshotTasksValidator()
    {
        RuleFor(command => command.Project).IsProjectIdIfAny();
        RuleFor(command => command.By).IsOperator();
        RuleFor(command => command.Reason).IsReason();
    }
}

internal sealed class ResumeSnapshotTasksValidator : AbstractValidator<ResumeSnapshotTasks>
{
    public ResumeSnapshotTasksValidator() =>
        RuleFor(command => command.Project).IsProjectIdIfAny();
}

internal sealed class FindPausesValidator : AbstractValidator<FindPauses>;

internal sealed class PauseSnapshotTasksHandler(ITaskStore store) :
    IRequestHandler<PauseSnapshotTasks, PauseOutcome>,
    IRequestHandler<ResumeSnapshotTasks, PauseOutcome>,
    IRequestHandler<FindPauses, IReadOnlyList<Pause>>
{
    public Task<PauseOutcome> Handle(PauseSnapshotTasks command, CancellationToken cancellationToken) =>
        store.DecideAsync(PauseDecision.Pause(command.Project, command.By, command.Reason), cancellationToken);

    public Task<PauseOutcome> Handle(ResumeSnapshotTasks command, CancellationToken cancellationToken) =>
        store.DecideAsync(PauseDecision.Resume(command.Project), cancellationToken);

    public async Task<IReadOnlyList<Pause>> Handle(FindPauses query, CancellationToken cancellationToken) =>
        (await store.GetPausesAsync(cancellationToken)).All;
}
