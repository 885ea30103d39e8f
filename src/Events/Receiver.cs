using System.Security.Cryptography;

namespace SnapshotTasks;

/// <summary>Whether a receiver takes events: after some failures in a row one event at a time is tried, until one is delivered.</summary>
internal sealed class Receiver
{
    /// <summary>How many deliveries to one subscription are on their way at a time.</summary>
    public const int MaxAtOnce = 10;

    /// <summary>How long nothing can be delivered before the subscription is stopped.</summary>
    public static readonly TimeSpan MaxFailing = TimeSpan.FromDays(1);

    /// <summary>How old the next event may be when nothing can be delivered for <see cref="MinFailing"/>.</summary>
    public static readonly TimeSpan MaxBehind = TimeSpan.FromDays(1);

    /// <summary>How long nothing can be delivered, however old the next event is: a receiver may restart while it catches up.</summary>
    public static readonly TimeSpan MinFailing = TimeSpan.FromHours(1);

    /// <summary>How many events in a row it may refuse, each by its own fault, before it counts as one that takes nothing.</summary>
    public const int MaxRefused = 100;

    private readonly TimeProvider time;
    private int failures, refused;
    private TimeSpan wait;
    private long waitsSince;

    /// <param name="known">What the store knows of it.</param>
    /// <param name="time">The clock of the host.</param>
    public Receiver(Subscription known, TimeProvider time)
    {
        this.time = time;
        if (known.FailingSince is not null)
        {
            (failures, Reason) = (RetrySchedule.FailuresInARow, known.Reason);
        }
    }

    /// <summary>Why the last delivery failed; none when none has.</summary>
    public string? Reason { get; private set; }

    /// <summary>Whether it takes nothing.</summary>
    public bool IsFailing => failures >= RetrySchedule.FailuresInARow;

    /// <summary>How many deliveries may be on their way now.</summary>
    public int AtOnce => !IsFailing ? MaxAtOnce : Wait > TimeSpan.Zero ? 0 : 1;

    /// <summary>How long nothing is to be tried.</summary>
    public TimeSpan Wait => wait - time.GetElapsedTime(waitsSince) is { Ticks: > 0 } left && IsFailing ? left : TimeSpan.Zero;

    /// <summary>It has taken an event.</summary>
    public void Took() => (failures, refused, Reason) = (0, 0, null);

    /// <summary>It has not taken an event: when that was the event's fault it may take others, unless it has taken none for long.</summary>
    public void Failed(DeliveryResult result)
    {
        if (result.End != DeliveryEnd.RefusedEvent || ++refused > MaxRefused)
        {
            (failures, Reason) = (failures + 1, result.Reason);
        }

        (wait, waitsSince) = (RetrySchedule.BeforeProbe(failures, result.RetryAfter, Jitter()), time.GetTimestamp());
    }

    /// <summary>Why the subscription is to be stopped; none to go on.</summary>
    /// <param name="known">What the store knows of it.</param>
    /// <param name="oldest">When the next event happened.</param>
    /// <param name="now">The store's time.</param>
    public string? WhyToStop(Subscription known, DateTimeOffset? oldest, DateTimeOffset now)
    {
        if (!IsFailing || known.FailingSince is not { } since)
        {
            return null;
        }

        return now - since >= MaxFailing || (now - since >= MinFailing && now - oldest >= MaxBehind)
            ? $"Nothing could be delivered since {since:u}: {Reason}"
            : null;
    }

    /// <summary>0 to 1, so that not all are tried together.</summary>
    public static double Jitter() => RandomNumberGenerator.GetInt32(1001) / 1000d;
}
