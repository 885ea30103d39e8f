namespace SnapshotTasks.Campaign;

/// <summary>Another attempt after the host of one has died or frozen; times in milliseconds.</summary>
/// <param name="Task">The task.</param>
/// <param name="Attempt">The attempt that was cut off.</param>
/// <param name="Took">From the death or the freeze to the next start.</param>
/// <param name="Waited">The lease and the longest time after it in which a worker was there without a break and did not take it.</param>
/// <remarks>
/// The promise is about <paramref name="Waited"/>: when the next worker dies as well, or has no free slot, or the store serves
/// nobody, whoever comes after that looks for work anew.
/// </remarks>
internal sealed record Takeover(string Task, int Attempt, double Took, double Waited);

/// <summary>How long tasks of hosts that died or froze waited for another attempt.</summary>
internal sealed class Takeovers
{
    /// <summary>What a campaign makes of a machine of its own.</summary>
    private const double UsualLoad = 4;

    private readonly List<(double From, double To)> outages = [];
    private readonly ILookup<string, Entry> fates;

    private Takeovers(IReadOnlyList<Entry> entries)
    {
        FindOutages(entries);
        fates = entries.Where(entry => entry is HostDown or HostFrozen or HostThawed)
            .ToLookup(entry => entry switch { HostDown down => down.Host, HostFrozen frozen => frozen.Host, _ => ((HostThawed)entry).Host });
    }

    /// <summary>All of them.</summary>
    /// <param name="entries">The journal.</param>
    /// <param name="putOff">The tasks that may wait otherwise: the last word about such a run, which says so, may have died with its host.</param>
    public static IReadOnlyList<Takeover> Measure(IReadOnlyList<Entry> entries, IReadOnlySet<string>? putOff = null)
    {
        var takeovers = new Takeovers(entries);
        var starts = entries.OfType<WorkerSaid>()
            .Where(said => said is { Event: WorkerEvents.Started, Attempt: not null } && putOff?.Contains(said.Task) != true).GroupBy(said => said.Task);
        return [.. starts.SelectMany(takeovers.OfTask)];
    }

    /// <summary>The bound that was promised: a lease, a poll, and a second for the work, which is more on a machine that has no time for it.</summary>
    public static double Bound(IReadOnlyList<Entry> entries)
    {
        var load = entries.OfType<MachineLoad>().Select(load => load.PerCore).DefaultIfEmpty().Max();
        return (FleetSettings.Lease + FleetSettings.Poll + (TimeSpan.FromSeconds(1) * Math.Max(1, load / UsualLoad))).TotalMilliseconds;
    }

    // An attempt whose start was not heard, because its host died with the line, gives no time.
    private IEnumerable<Takeover> OfTask(IEnumerable<WorkerSaid> starts)
    {
        var ordered = starts.OrderBy(start => start.Attempt).ToList();
        foreach (var (before, after) in ordered.Zip(ordered.Skip(1)).Where(pair => pair.First.Attempt + 1 == pair.Second.Attempt))
        {
            // Nor one whose host froze meanwhile: it may have started before, and have said so afterwards.
            if (EndOf(before, after.At) is { } end && !fates[after.Host].OfType<HostFrozen>().Any(frozen => frozen.At > end && frozen.At < after.At))
            {
                yield return new(before.Task, before.Attempt!.Value, after.At - end, Waited(end, after.At));
            }
        }
    }

    private double Waited(double end, double start)
    {
        var lease = FleetSettings.Lease.TotalMilliseconds;
        var (from, longest) = (end + lease, 0.0);
        foreach (var outage in outages.Where(outage => outage.To > from && outage.From < start))
        {
            longest = Math.Max(longest, outage.From - from);
            from = outage.To;
        }

        return Math.Min(start - end, lease) + Math.Max(longest, start - from);
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

        // Slots in which it could not capture, which take nothing for a while: how long it says by its next start.
        private int resting;

        public bool IsAwake { get; set; } = true;

        public bool CanTake => IsAwake && runs.Count + resting < FleetSettings.Slots;

        public void Says(WorkerSaid said)
        {
            if (said.Event == WorkerEvents.Started)
            {
                runs.Add(said.Task);
                resting = Math.Max(0, Math.Min(resting, FleetSettings.Slots - runs.Count));
            }
            else if (WorkerEvents.Ends.Contains(said.Event))
            {
                runs.Remove(said.Task);
                resting += said.Event == WorkerEvents.GivenBack ? 1 : 0;
            }
        }
    }
}
