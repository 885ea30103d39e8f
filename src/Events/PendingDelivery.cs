namespace SnapshotTasks;

/// <summary>An event that is to be delivered, and what has come of it so far.</summary>
/// <param name="happened">The event.</param>
/// <param name="failures">How often its delivery has failed before.</param>
internal sealed class PendingDelivery(RecordedEvent happened, int failures)
{
    /// <summary>The most characters of a reason.</summary>
    public const int MaxReasonLength = 500;

    public RecordedEvent Event { get; } = happened;

    public int Failures { get; } = failures;

    /// <summary>Whether the store has a row for it.</summary>
    public bool IsParked { get; set; }

    public DeliveryState State { get; set; }

    /// <summary>What came of it; none while it is on its way, and when it was broken off.</summary>
    public DeliveryResult? Result { get; private set; }

    /// <summary>Ends when it is no longer on its way.</summary>
    public Task Flight { get; private set; } = Task.CompletedTask;

    /// <summary>Sends it on its way.</summary>
    public void Send(IDelivery delivery, CancellationToken cancellationToken) =>
        Flight = Task.Run(() => FlyAsync(delivery, cancellationToken), CancellationToken.None);

    private async Task FlyAsync(IDelivery delivery, CancellationToken cancellationToken)
    {
        try
        {
            var result = await delivery.DeliverAsync(Event, Failures + 1, cancellationToken);
            Result = result with { Reason = result.Reason is { } reason ? AnswerText.OneLine(reason, MaxReasonLength) : null };
        }
        catch (Exception brokenOff) when (brokenOff is StoreUnavailableException || (brokenOff is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            // Neither delivered nor failed, and not the receiver's fault.
        }
        catch (Exception exception)
        {
            Result = new(DeliveryEnd.Failed, AnswerText.OneLine($"{exception.GetType().Name}: {exception.Message}", MaxReasonLength));
        }
    }
}

/// <summary>How far a delivery is.</summary>
internal enum DeliveryState
{
    /// <summary>It was not tried, or was broken off.</summary>
    Waiting,

    /// <summary>It waits behind an earlier event of its task that is parked.</summary>
    Behind,

    /// <summary>It is on its way.</summary>
    InTheAir,

    /// <summary>The receiver has it, or does not want it.</summary>
    Delivered,

    /// <summary>It failed.</summary>
    Failed,
}
