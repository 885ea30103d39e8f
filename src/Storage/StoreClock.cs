namespace SnapshotTasks.Storage;

/// <summary>The time a store writes, in whole microseconds: what every database can hold.</summary>
internal static class StoreClock
{
    public static DateTimeOffset Now(this TimeProvider time)
    {
        var now = time.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
