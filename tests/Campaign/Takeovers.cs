namespace SnapshotTasks.Campaign;

/// <summary>How long tasks of a host that died or froze waited for another attempt, in milliseconds.</summary>
/// <remarks>Without the time after the lease in which nobody was there to take anything: that is not for the one who takes over to answer for.</remarks>
internal sealed class Takeovers
{
    private readonly List<(double From, double To)> outages = [];
    private readonly ILookup<string, Entry> fates;

    private Takeovers(IReadOnlyList<Entry> entries)
    {
        FindOutages(entries);
        fates = entries.Where(entry => entry is HostDown or HostFrozen or HostThawed)
            .ToLookup(entry => entry switch { HostDown down => down.Host, HostFrozen frozen => frozen.Host, _ => ((HostThawed)entry).Host });
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
            if (EndOf(before, after.At) is { } end)
            {
                var expired = end + FleetSettings.Lease.TotalMilliseconds;
                yield return after.At - end - outages.Sum(outage => Math.Max(0, Math.Min(after.At, outage.To) - Math.Max(expired, outage.From)));
            }
        }
    }

    /// <summary>When the host of an attempt stopped working on it; none when it was there all the time, or away for less than a lease.</summary>
    private double? EndOf(WorkerSaid attempt, double until)
    {
        double? end = null;
        foreach (var fate in fates[attempt.Host].Where(fate => fate.At >= attempt.At && fate.At <= until))
        {
            end = fate is not HostThawed ? end ?? fate.At : fate.At - end < FleetSettings.Lease.TotalMilliseconds ? null : end;
        }

        return end;
    }

    /// <summary>The times in which nobody could have taken anything: no worker was awake with a free slot, or the store served nobody.</summary>
    private void FindOutages(IReadOnlyList<Entry> entries)
    {
        var workers = new Dictionary<string, Worker>();
        var serves = true;
        double? since = 0;
        foreach (var entry in entries)
        {
            switch (entry)
            {
                case HostUp { Role: HostRole.Worker } up:
                    workers[up.Host] = new Worker();
                    break;
                case HostDown down:
                    workers.Remove(down.Host);
                    break;
                case HostFrozen frozen when workers.TryGetValue(frozen.Host, out var worker):
                    worker.IsAwake = false;
                    break;
                case HostThawed thawed when workers.TryGetValue(thawed.Host, out var worker):
                    worker.IsAwake = true;
                    break;
                case WorkerSaid said when workers.TryGetValue(said.Host, out var worker):
                    worker.Says(said);
                    break;
                case StoreDown:
                    serves = false;
                    break;
                case StoreUp:
                    serves = true;
                    break;
            }

            var works = serves && workers.Values.Any(worker => worker.CanTake);
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

    private sealed class Worker
    {
        private readonly HashSet<string> runs = [];

        public bool IsAwake { get; set; } = true;

        public bool CanTake => IsAwake && runs.Count < FleetSettings.Slots;

        public void Says(WorkerSaid said)
        {
            if (said.Event == WorkerEvents.Started)
            {
                runs.Add(said.Task);
            }
            else if (WorkerEvents.Ends.Contains(said.Event))
            {
                runs.Remove(said.Task);
            }
        }
    }
}
