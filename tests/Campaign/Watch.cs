namespace SnapshotTasks.Campaign;

/// <summary>What the workers are doing now, as far as they said.</summary>
internal sealed class Watch
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Host, string Task), int> runs = [];
    private readonly Dictionary<string, int> attempts = [];
    private readonly HashSet<string> aborted = [];

    /// <summary>How many outcomes were refused because they came after a takeover.</summary>
    public int LateCompletions { get; private set; }

    /// <summary>How many submissions were accepted.</summary>
    public int Accepted { get; private set; }

    /// <summary>How many requests were answered 503.</summary>
    public int Refused { get; private set; }

    /// <summary>How many runs were given back by a worker that could not capture.</summary>
    public int GivenBack { get; private set; }

    /// <summary>Whether nobody is to abort a long run, because one of them is lain in wait for: on a slow machine none would come to its pictures.</summary>
    public bool SparesLongRuns { get; set; }

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

    /// <summary>Whether a later attempt at a task has started.</summary>
    public bool IsTakenOver(string task, int attempt)
    {
        lock (gate)
        {
            return attempts.GetValueOrDefault(task) > attempt;
        }
    }

    public void See(Entry entry)
    {
        lock (gate)
        {
            switch (entry)
            {
                case WorkerSaid { Event: WorkerEvents.Started } started:
                    runs[(started.Host, started.Task)] = attempts[started.Task] = started.Attempt!.Value;
                    break;
                case WorkerSaid ended when WorkerEvents.Ends.Contains(ended.Event):
                    runs.Remove((ended.Host, ended.Task));
                    LateCompletions += ended.Event == WorkerEvents.CompletedLate && !aborted.Contains(ended.Task) ? 1 : 0;
                    GivenBack += ended.Event == WorkerEvents.GivenBack ? 1 : 0;
                    break;
                case Told { Answer: Answer.Accepted }:
                    Accepted++;
                    break;
                case Told { Answer: Answer.Unavailable or Answer.Unknown }:
                    Refused++;
                    break;
                case Told { Answer: Answer.Aborted } told:
                    aborted.Add(told.Task!);
                    break;
                case HostDown down:
                    runs.Keys.Where(run => run.Host == down.Host).ToList().ForEach(run => runs.Remove(run));
                    break;
            }
        }
    }
}
