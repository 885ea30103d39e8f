namespace SnapshotTasks.Campaign;

/// <summary>What has happened is received at least once, in order per task, and nothing else is.</summary>
internal static class DeliveryChecks
{
    private static readonly Dictionary<string, string[]> Names = new()
    {
        ["Queued"] = ["task.queued"],
        ["Started"] = ["task.started"],
        ["TakenOver"] = ["task.taken_over"],
        ["Deferred"] = ["task.deferred"],
        ["Completed"] = ["task.completed", "task.failed"],
        ["Cancelled"] = ["task.cancelled"],
    };

    /// <summary>Every event that was not received, or received before an earlier one of its task, and everything received that has not happened.</summary>
    public static IEnumerable<Finding> Check(Evidence evidence)
    {
        var happened = evidence.Events.ToDictionary(row => (row.Task, row.Version));
        var first = new Dictionary<(string Task, long Version), Received>();
        foreach (var received in evidence.Entries.OfType<Received>())
        {
            first.TryAdd((received.Task, received.Version), received);
            if (!happened.TryGetValue((received.Task, received.Version), out var row) || !Names[row.What].Contains(received.What))
            {
                yield return new(Broken.Phantom, $"{received.What} of task {received.Task}, version {received.Version}, was received and has not happened");
            }
        }

        foreach (var missing in happened.Keys.Where(key => !first.ContainsKey(key)))
        {
            yield return new(Broken.NotDelivered, $"{happened[missing].What} of task {missing.Task}, version {missing.Version}, was never received");
        }

        foreach (var task in first.Values.GroupBy(received => received.Task))
        {
            if (!task.OrderBy(received => received.At).Select(received => received.Version).SequenceEqual(task.Select(received => received.Version).Order()))
            {
                yield return new(Broken.OutOfOrder, $"task {task.Key}: versions {string.Join(", ", task.OrderBy(received => received.At).Select(received => received.Version))}");
            }
        }

        var ends = evidence.Events.Where(row => row.What is "Completed" or "Cancelled").Select(row => row.Task).ToHashSet();
        foreach (var row in evidence.Rows.Where(row => row.State is "Completed" or "Cancelled" && !ends.Contains(row.Id)))
        {
            yield return new(Broken.NotDelivered, $"task {row.Id} is {row.State}, and no event says so");
        }
    }

    /// <summary>How many deliveries were repeated.</summary>
    public static int CountRepeated(IReadOnlyList<Entry> entries)
    {
        var received = entries.OfType<Received>().ToList();
        return received.Count - received.DistinctBy(each => (each.Task, each.Version)).Count();
    }
}
