namespace SnapshotTasks.Campaign;

/// <summary>How long tasks of a host that died or froze waited for another attempt, in milliseconds in which somebody could have taken them.</summary>
internal sealed class Takeovers
{
    private readonly List<(double From, double To)> outages = [];
    private readonly Dictionary<string, List<double>> endsOf;

    private Takeovers(IReadOnlyList<Entry> entries)
    {
        FindOutages(entries);
        endsOf = entries.Where(entry => entry is HostDown or HostFrozen)
            .GroupBy(entry => entry is HostDown down ? down.Host : ((HostFrozen)entry).Host)
            .ToDictionary(host => host.Key, host => host.Select(entry => entry.At).Order().ToList());
    }

    /// <summary>The times, shortest first.</summary>
    public static IReadOnlyList<double> Measure(IReadOnlyList<Entry> entries)
    {
        var takeovers = new Takeovers(entries);
        var starts = entries.OfType<WorkerSaid>().Where(said => said is { Event: WorkerEvents.Started, Attempt: not null }).GroupBy(said => said.Task);
        return [.. starts.SelectMany(takeovers.OfTask).Order()];
    }

    /// <summary>The bound that was promised.</summary>
    public static double Bound => (FleetSettings.Lease + FleetSettings.Poll + TimeSpan.FromSeconds(1)).TotalMilliseconds;

    // An attempt whose start was not heard, because its host died with the line, gives no time.
    private IEnumerable<double> OfTask(IEnumerable<WorkerSaid> starts)
    {
        var ordered = starts.OrderBy(start => start.Attempt).ToList();
        foreach (var (before, after) in ordered.Zip(ordered.Skip(1)).Where(pair => pair.First.Attempt + 1 == pair.Second.Attempt))
        {
            if (endsOf.GetValueOrDefault(before.Host)?.Find(end => end >= before.At && end <= after.At) is double end and > 0)
            {
                yield return after.At - end - outages.Sum(outage => Math.Max(0, Math.Min(after.At, outage.To) - Math.Max(end, outage.From)));
            }
        }
    }

    /// <summary>The times in which no worker was ready and awake, or the store served nobody.</summary>
    private void FindOutages(IReadOnlyList<Entry> entries)
    {
        var awake = new HashSet<string>();
        var workers = new HashSet<string>();
        var serves = true;
        double? since = 0;
        foreach (var entry in entries)
        {
            switch (entry)
            {
                case HostUp { Role: HostRole.Worker } up:
                    workers.Add(up.Host);
                    awake.Add(up.Host);
                    break;
                case HostDown down:
                    awake.Remove(down.Host);
                    workers.Remove(down.Host);
                    break;
                case HostFrozen frozen:
                    awake.Remove(frozen.Host);
                    break;
                case HostThawed thawed when workers.Contains(thawed.Host):
                    awake.Add(thawed.Host);
                    break;
                case StoreDown:
                    serves = false;
                    break;
                case StoreUp:
                    serves = true;
                    break;
            }

            var works = serves && awake.Count > 0;
            if (works && since is { } from)
            {
                outages.Add((from, entry.At));
                since = null;
            }
            else if (!works)
            {
                since ??= entry.At;
            }
        }
    }
}
