namespace SnapshotTasks.Campaign;

/// <summary>A task has as many attempts as it may, if it needs them: none is counted that a worker has given back, and none fails before.</summary>
internal static class AttemptChecks
{
    /// <summary>Every task whose attempts do not add up.</summary>
    public static IEnumerable<Finding> Check(Evidence evidence)
    {
        var givenBack = evidence.Entries.OfType<WorkerSaid>().Where(said => said.Event is WorkerEvents.GivenBack or WorkerEvents.Released).ToLookup(said => said.Task);
        foreach (var row in evidence.Rows)
        {
            if (row.Counted > FleetSettings.MaxAttempts)
            {
                yield return new(Broken.Attempts, $"task {row.Id} ({row.Mark}) had {row.Counted} attempts, {FleetSettings.MaxAttempts} are allowed");
            }

            if (HasFailed(row) && row.Counted < FleetSettings.MaxAttempts)
            {
                yield return new(Broken.Attempts, $"task {row.Id} ({row.Mark}) failed after {row.Counted} attempts: {row.Failure}");
            }

            if (givenBack[row.Id].Count() > row.Released)
            {
                yield return new(Broken.Attempts, $"task {row.Id} ({row.Mark}) was given back {givenBack[row.Id].Count()} times, {row.Released} attempts do not count");
            }
        }
    }

    /// <summary>How many tasks failed after all of their attempts.</summary>
    public static int CountUsedUp(Evidence evidence) => evidence.Rows.Count(row => HasFailed(row) && row.Counted == FleetSettings.MaxAttempts);

    private static bool HasFailed(Row row) => row is { State: "Completed", Pictures: null, IsAborted: false };
}
