using System.Security.Cryptography;

namespace SnapshotTasks;

/// <summary>How long to wait, never twice the same: workers that started together, or lost their store together, do not ask it together.</summary>
internal static class Waits
{
    /// <summary>The time, or up to a quarter less: what must happen within the time still does.</summary>
    public static TimeSpan Within(TimeSpan time) => time * (1 - (RandomNumberGenerator.GetInt32(1001) / 4000d));

    /// <summary>Before the next attempt at a task: four times as long each time, up to a bound.</summary>
    /// <param name="failed">How many attempts have failed, at least 1.</param>
    /// <param name="first">How long before the second attempt.</param>
    /// <param name="most">How long at most.</param>
    public static TimeSpan BeforeAttempt(int failed, TimeSpan first, TimeSpan most) =>
        Within(TimeSpan.FromSeconds(Math.Min(most.TotalSeconds, first.TotalSeconds * Math.Pow(4, failed - 1))));

    /// <summary>Before trying again: twice as long each time, up to 5 s.</summary>
    public static TimeSpan After(int failures) => Within(TimeSpan.FromMilliseconds(Math.Min(5000, 100 << Math.Min(failures, 10))));
}
