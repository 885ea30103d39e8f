namespace SnapshotTasks;

/// <summary>When a delivery that failed is tried again.</summary>
internal static class RetrySchedule
{
    /// <summary>The most attempts at one event, over about a day.</summary>
    public const int MaxAttempts = 12;

    /// <summary>How many deliveries fail in a row before nothing more than one at a time is tried.</summary>
    public const int FailuresInARow = 5;

    /// <summary>The longest that a receiver may ask to be left in peace with an event.</summary>
    public static readonly TimeSpan MaxAsked = TimeSpan.FromDays(1);

    /// <summary>The longest that a receiver which takes nothing may ask to be left in peace.</summary>
    public static readonly TimeSpan MaxAskedOfAll = TimeSpan.FromHours(1);

    private static readonly TimeSpan First = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FirstProbe = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostProbe = TimeSpan.FromSeconds(15);

    /// <summary>Before the next attempt at an event, two and a half times as long each time; none when there is to be no other.</summary>
    /// <param name="failed">How many attempts have failed, at least 1.</param>
    /// <param name="asked">The least time, where the receiver has said one.</param>
    /// <param name="jitter">0 to 1: how much of a quarter is taken off, so that not all are tried together.</param>
    public static TimeSpan? BeforeAttempt(int failed, TimeSpan? asked, double jitter) =>
        failed >= MaxAttempts ? null : AtLeast(asked, MaxAsked, Jittered(First * Math.Pow(2.5, failed - 1), jitter));

    /// <summary>Before the next event is tried while nothing can be delivered: twice as long each time, up to 15 s.</summary>
    /// <param name="failed">How many deliveries have failed in a row.</param>
    /// <param name="asked">The least time, where the receiver has said one.</param>
    /// <param name="jitter">0 to 1: how much of a quarter is taken off.</param>
    public static TimeSpan BeforeProbe(int failed, TimeSpan? asked, double jitter)
    {
        var doubled = FirstProbe * Math.Pow(2, Math.Clamp(failed - FailuresInARow, 0, 10));
        return AtLeast(asked, MaxAskedOfAll, Jittered(doubled < MostProbe ? doubled : MostProbe, jitter));
    }

    private static TimeSpan Jittered(TimeSpan time, double jitter) => time * (1 - (jitter / 4));

    private static TimeSpan AtLeast(TimeSpan? asked, TimeSpan most, TimeSpan time)
    {
        var least = asked < most ? asked.Value : asked is null ? TimeSpan.Zero : most;
        return time > least ? time : least;
    }
}
