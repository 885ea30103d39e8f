namespace SnapshotTasks.Storage;

/// <summary>How the columns of a row hold a subscription, and what is parked of it.</summary>
internal static class SubscriptionColumns
{
    /// <summary>A subscription.</summary>
    public const string All = "name, position, holder, expires_at, failing_since, stopped_at, subscription.reason";

    /// <summary>What is parked, after its event.</summary>
    public const string Parked = $"{EventColumns.All}, attempts, due_at, set_aside_at, parked.reason";

    /// <summary>Reads a subscription from a row of <see cref="All"/>.</summary>
    public static Subscription Read<TRow>(TRow row)
        where TRow : IRow => new(row.Text(0), row.Number(1))
        {
            Holder = TextIfAny(row, 2),
            ExpiresAt = TimeIfAny(row, 3),
            FailingSince = TimeIfAny(row, 4),
            StoppedAt = TimeIfAny(row, 5),
            Reason = TextIfAny(row, 6),
        };

    /// <summary>Reads what is parked from a row of <see cref="Parked"/>.</summary>
    public static ParkedEvent ReadParked<TRow>(TRow row)
        where TRow : IRow => new(EventColumns.Read(row), (int)row.Number(10))
        {
            DueAt = TimeIfAny(row, 11),
            SetAsideAt = TimeIfAny(row, 12),
            Reason = TextIfAny(row, 13),
        };

    private static string? TextIfAny<TRow>(TRow row, int column)
        where TRow : IRow => row.IsNull(column) ? null : row.Text(column);

    private static DateTimeOffset? TimeIfAny<TRow>(TRow row, int column)
        where TRow : IRow => row.IsNull(column) ? null : row.Time(column);
}
