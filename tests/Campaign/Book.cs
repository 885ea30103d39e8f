namespace SnapshotTasks.Campaign;

/// <summary>What a submission is about.</summary>
internal enum Subject
{
    /// <summary>The long clip.</summary>
    Long,

    /// <summary>The short clip.</summary>
    Short,

    /// <summary>The short clip, in a bucket that is away now and then.</summary>
    Passing,

    /// <summary>The short clip, in a bucket that never was there.</summary>
    Hopeless,
}

/// <summary>A task that a client was given an id for.</summary>
internal sealed record KnownTask(string Id, string Mark)
{
    /// <summary>The projects of all clients: each client has one.</summary>
    public const string Odd = "odd", Even = "even";

    /// <summary>The mark of a submission, its output directory: who made it, and what it is about.</summary>
    public static string NewMark(int client, int number, Subject subject) => $"{subject}-{client}-{number}";

    public static Subject SubjectOf(string mark) => Enum.Parse<Subject>(mark.Split('-')[0]);

    public static string ProjectOf(int client) => client % 2 == 0 ? Even : Odd;

    /// <summary>How many pictures a submission has.</summary>
    public static int PicturesOf(string mark) => SubjectOf(mark) == Subject.Long ? Clips.LongSeconds : 1;

    public bool IsLong => SubjectOf(Mark) == Subject.Long;

    public string Project => ProjectOf(int.Parse(Mark.Split('-')[1]));
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

    /// <summary>The longest known of those of a project that have not ended.</summary>
    public IReadOnlyList<KnownTask> Oldest(string project, int count)
    {
        lock (gate)
        {
            return [.. unended.Where(task => task.Project == project).Take(count)];
        }
    }

    /// <summary>Some of those that have not ended, of any project or of one.</summary>
    public IReadOnlyList<KnownTask> Some(Random random, int count, string? project = null)
    {
        lock (gate)
        {
            return [.. unended.Where(task => project is null || task.Project == project).OrderBy(_ => random.Next()).Take(count)];
        }
    }
}
