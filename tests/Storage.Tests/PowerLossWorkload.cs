using System.Globalization;

namespace SnapshotTasks.Tests;

/// <summary>What goes on when the power fails: callers in batches, each answer acknowledged with a line of its own.</summary>
internal static class PowerLossWorkload
{
    private const int Rounds = 12;

    public static readonly ProjectId Project = new("project");
    private static readonly TimeSpan Lease = TimeSpan.FromHours(1);

    private static readonly SnapshotRequest Request = new(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)))
    {
        UserData = new string('x', 600),
    };

    /// <summary>The store as it is, but with a checkpoint every few commits instead of every few thousand.</summary>
    public static readonly SqliteStatements Durable = new() { ConnectToWrite = "pragma wal_autocheckpoint = 24" };

    /// <summary>Broken: a commit is in the file and not on the disk.</summary>
    public static readonly SqliteStatements WithoutSyncs = Durable with
    {
        Connect = Durable.Connect.Replace("synchronous = full", "synchronous = normal", StringComparison.Ordinal),
    };

    /// <summary>Broken: each batch is committed when the next one begins, long after its callers were answered.</summary>
    public static readonly SqliteStatements AnsweringEarly = Durable with { Begin = "commit; begin immediate", Commit = "select 'soon'" };

    public static void Run(string path, SqliteStatements statements)
    {
        var early = statements == AnsweringEarly;
        using var store = new SqliteTaskStore(path, TimeProvider.System, statements, connection =>
        {
            if (early)
            {
                SqliteConnections.Execute(connection, "begin immediate");
            }
        });

        for (var round = 0; round < Rounds; round++)
        {
            Acknowledge([.. Enumerable.Range(0, 6).Select(_ => store.AddAsync(new NewTask(Project, Request)))], added => [added.Task]);
            var runs = new List<SnapshotTask>();
            var queued = store.ListAsync(new TaskFilter(Project, TaskState.Queued), 0, 3).GetAwaiter().GetResult();
            Task[] calls =
            [
                store.ClaimAsync(new Claim("worker", Lease, 2)),
                .. queued.Select(task => store.DecideAsync(TaskDecision.Cancel(Project, task.Id))),
            ];
            Acknowledge(calls, call =>
            {
                if (call is Task<IReadOnlyList<Decision<ClaimAnswer>>> claim)
                {
                    runs.AddRange(claim.Result.Select(outcome => outcome.Task));
                    return runs;
                }

                return [((Task<Decision<CancelAnswer>>)call).Result.Task!];
            });
            Acknowledge(
                [.. runs.Select((run, i) => store.DecideAsync(i == 0
                    ? TaskDecision.Complete(run.Id, run.Lease!, new List<string> { $"{run.Id}.jpg" })
                    : TaskDecision.Fail(run.Id, run.Lease!, new Failure(FailureCode.InvalidCodec, "It cannot be decoded."))))],
                completed => [completed.Task!]);
        }
    }

    private static void Acknowledge<T>(Task<T>[] calls, Func<T, IEnumerable<SnapshotTask>> answered) =>
        Acknowledge((Task[])calls, call => answered(((Task<T>)call).Result));

    // As soon as an answer is there, not when all are.
    private static void Acknowledge(Task[] calls, Func<Task, IEnumerable<SnapshotTask>> answered)
    {
        var waiting = calls.ToList();
        while (waiting.Count > 0)
        {
            var call = waiting[Task.WaitAny([.. waiting])];
            waiting.Remove(call);
            foreach (var task in answered(call))
            {
                Console.WriteLine(new Acknowledged(task));
            }
        }
    }
}

/// <summary>What a caller was told about a task.</summary>
internal sealed record Acknowledged(TaskId Id, TaskState State, int Attempt, long? EndedAt, string Outcome)
{
    private const string Mark = "acknowledged";

    public Acknowledged(SnapshotTask task)
        : this(
            task.Id,
            task.State,
            task.Attempt,
            task.EndedAt?.UtcTicks,
            task.Failure?.Code.ToString() ?? (task.Pictures is { } pictures ? string.Join('+', pictures) : "-"))
    {
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Mark} {Id} {State} {Attempt} {EndedAt} {Outcome}");

    public static Acknowledged? Read(string line) => line.TrimEnd('\n').Split(' ') is [Mark, var id, var state, var attempt, var ended, var outcome]
        ? new Acknowledged(
            new TaskId(long.Parse(id, CultureInfo.InvariantCulture)),
            Enum.Parse<TaskState>(state),
            int.Parse(attempt, CultureInfo.InvariantCulture),
            ended == "" ? null : long.Parse(ended, CultureInfo.InvariantCulture),
            outcome)
        : null;

    /// <summary>Whether a row can be what has become of the task since: what has ended stays as it was acknowledged.</summary>
    public bool IsKeptBy(SnapshotTask? task) => task is not null && task.State >= State && task.Attempt >= Attempt && (State switch
    {
        TaskState.Queued => true,
        TaskState.Running => task.State is TaskState.Running or TaskState.Completed,
        TaskState.Completed or TaskState.Cancelled => new Acknowledged(task) == this,
    });
}
