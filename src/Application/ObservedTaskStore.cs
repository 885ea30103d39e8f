using System.Data.Common;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace SnapshotTasks;

/// <summary>
/// The store that was chosen, and after each of its commits whoever wants to know: handlers of notifications, meters, the log.
/// What is decided in a caller's own transaction is not told, because only the caller knows whether it was committed.
/// </summary>
internal sealed class ObservedTaskStore(
    ITaskStore store, NotificationPublisher publisher, Telemetry telemetry, ILogger<ObservedTaskStore>? log = null) : ITaskStore
{
    private readonly ILogger log = log ?? NullLogger<ObservedTaskStore>.Instance;

    private bool IsWatched => publisher.HearsAny || telemetry.Measures || log.IsEnabled(LogLevel.Debug);

    public Task<SubmitOutcome> AddAsync(NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        var adding = store.AddAsync(task, transaction, cancellationToken);
        return transaction is null && IsWatched ? TellAddedAsync(task, adding) : adding;
    }

    public Task DecideAsync(
        IReadOnlyList<TaskDecision> decisions, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
    {
        var deciding = store.DecideAsync(decisions, transaction, cancellationToken);
        return transaction is null && IsWatched ? TellDecidedAsync(decisions, deciding) : deciding;
    }

    public Task<IReadOnlyList<ClaimOutcome>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
    {
        var claiming = store.ClaimAsync(claim, cancellationToken);
        return IsWatched ? TellClaimedAsync(claiming) : claiming;
    }

    public Task<RemovalOutcome> RemoveEndedAsync(TimeSpan age, TaskId after, int limit, CancellationToken cancellationToken = default) =>
        store.RemoveEndedAsync(age, after, limit, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> GetAsync(
        ProjectId project, IReadOnlyCollection<TaskId> ids, CancellationToken cancellationToken = default) =>
        store.GetAsync(project, ids, cancellationToken);

    public Task<IReadOnlyList<SnapshotTask>> ListAsync(TaskFilter filter, int skip, int take, CancellationToken cancellationToken = default) =>
        store.ListAsync(filter, skip, take, cancellationToken);

    public Task<int> CountAsync(TaskFilter filter, int limit, CancellationToken cancellationToken = default) =>
        store.CountAsync(filter, limit, cancellationToken);

    public Task<QueueMeasure> MeasureAsync(int limit, CancellationToken cancellationToken = default) =>
        store.MeasureAsync(limit, cancellationToken);

    public Task WaitForSubmissionAsync(CancellationToken cancellationToken = default) => store.WaitForSubmissionAsync(cancellationToken);

    private async Task<SubmitOutcome> TellAddedAsync(NewTask task, Task<SubmitOutcome> adding)
    {
        var outcome = await adding;
        telemetry.Decided("Submit", outcome.Answer);
        switch (outcome.Answer)
        {
            case SubmitAnswer.Accepted when task.StartedBy is null:
                Tell(TaskEvent.Queued, outcome.Task);
                break;
            case SubmitAnswer.Accepted:
                telemetry.Decided(nameof(TaskTrigger.Start), ClaimAnswer.Started);
                Tell(TaskEvent.Started, outcome.Task);
                break;
            case SubmitAnswer.Repeated or SubmitAnswer.KeyReused or SubmitAnswer.QueueFull:
                break;
        }

        return outcome;
    }

    private async Task TellDecidedAsync(IReadOnlyList<TaskDecision> decisions, Task deciding)
    {
        await deciding;
        foreach (var decision in decisions)
        {
            switch (decision)
            {
                case TaskDecision<CancelOutcome> { Outcome: var (answer, task) }:
                    telemetry.Decided(nameof(TaskTrigger.Cancel), answer);
                    if (answer == CancelAnswer.Cancelled)
                    {
                        Tell(TaskEvent.Cancelled, task!);
                    }

                    break;
                case TaskDecision<CompleteOutcome> { Outcome: var (answer, task) }:
                    telemetry.Decided(nameof(TaskTrigger.Complete), answer);
                    if (answer == CompleteAnswer.Recorded)
                    {
                        Tell(TaskEvent.Completed, task!);
                    }

                    break;
            }
        }
    }

    private async Task<IReadOnlyList<ClaimOutcome>> TellClaimedAsync(Task<IReadOnlyList<ClaimOutcome>> claiming)
    {
        var outcomes = await claiming;
        foreach (var (answer, task) in outcomes)
        {
            switch (answer)
            {
                case ClaimAnswer.Started:
                    telemetry.Decided(nameof(TaskTrigger.Start), answer);
                    Tell(TaskEvent.Started, task);
                    break;
                case ClaimAnswer.TakenOver:
                    telemetry.Decided(nameof(TaskTrigger.TakeOver), answer);
                    Tell(TaskEvent.TakenOver, task);
                    break;
                case ClaimAnswer.AttemptsUsedUp:
                    telemetry.Decided(nameof(TaskTrigger.TakeOver), answer);
                    Tell(TaskEvent.Completed, task);
                    break;
                case ClaimAnswer.Refused:
                    break;
            }
        }

        return outcomes;
    }

    private void Tell(TaskEvent happened, SnapshotTask task)
    {
        telemetry.Happened(happened, task);
        log.Decided(task.Id, task.Project, happened);
        publisher.Publish(happened, task);
    }
}
