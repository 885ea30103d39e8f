namespace SnapshotTasks.Campaign;

/// <summary>What the workers are doing now, as far as they said.</summary>
internal sealed class Watch
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Host, string Task), int> runs = [];

    /// <summary>How many outcomes were refused because they came too late.</summary>
    public int LateCompletions { get; private set; }

    /// <summary>The attempts that have started and not ended, each with its host.</summary>
    public IReadOnlyList<(string Host, string Task, int Attempt)> Runs
    {
        get
        {
            lock (gate)
            {
                return [.. runs.Select(run => (run.Key.Host, run.Key.Task, run.Value))];
            }
        }
    }

    public void See(Entry entry)
    {
        lock (gate)
        {
            switch (entry)
            {
                case WorkerSaid { Event: WorkerEvents.Started } started:
                    runs[(started.Host, started.Task)] = started.Attempt!.Value;
                    break;
                case WorkerSaid ended when WorkerEvents.Ends.Contains(ended.Event):
                    runs.Remove((ended.Host, ended.Task));
                    LateCompletions += ended.Event == WorkerEvents.CompletedLate ? 1 : 0;
                    break;
                case HostDown down:
                    runs.Keys.Where(run => run.Host == down.Host).ToList().ForEach(run => runs.Remove(run));
                    break;
            }
        }
    }
}
