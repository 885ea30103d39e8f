namespace SnapshotTasks.Campaign;

/// <summary>A task that a client was given an id for.</summary>
internal sealed record KnownTask(string Id, string Mark)
{
    private const char Long = 'l', Short = 's';

    /// <summary>The mark of a submission, its output directory: who made it, and how many pictures it has.</summary>
    public static string NewMark(int client, int number, bool isLong) => $"{(isLong ? Long : Short)}-{client}-{number}";

    /// <summary>How many pictures a submission has.</summary>
    public static int PicturesOf(string mark) => mark[0] == Long ? Clips.LongSeconds : 1;

    public bool IsLong => Mark[0] == Long;
}

/// <summary>What the clients of a campaign know together: which tasks there are, and which of them have not ended as far as they were told.</summary>
internal sealed class Book
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, KnownTask> tasks = [];
    private readonly LinkedList<KnownTask> unended = [];

    /// <summary>Up to how many tasks may wait before clients submit no more.</summary>
    public volatile int Backlog = 8;

    public bool IsFull
    {
        get
        {
            lock (gate)
            {
                return unended.Count >= Backlog;
            }
        }
    }

    public IReadOnlyList<KnownTask> All
    {
        get
        {
            lock (gate)
            {
                return [.. tasks.Values];
            }
        }
    }

    public void Add(KnownTask task)
    {
        lock (gate)
        {
            tasks[task.Id] = task;
            unended.AddLast(task);
        }
    }

    public void Ended(string id)
    {
        lock (gate)
        {
            if (tasks.TryGetValue(id, out var task))
            {
                unended.Remove(task);
            }
        }
    }

    public KnownTask? Find(string id)
    {
        lock (gate)
        {
            return tasks.GetValueOrDefault(id);
        }
    }

    /// <summary>The longest known of those that have not ended.</summary>
    public IReadOnlyList<KnownTask> Oldest(int count)
    {
        lock (gate)
        {
            return [.. unended.Take(count)];
        }
    }

    /// <summary>One of those that have not ended.</summary>
    public KnownTask? Any(Random random)
    {
        lock (gate)
        {
            return unended.Count == 0 ? null : unended.ElementAt(random.Next(unended.Count));
        }
    }
}
