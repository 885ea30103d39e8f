namespace SnapshotTasks.Tests;

/// <summary>Values for tests, and tasks brought to each state by public moves only.</summary>
internal static class Some
{
    public static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);
    public static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(30);
    public static readonly ProjectId Project = new("project");
    public static readonly Claim Claim = new("worker-a", LeaseDuration);
    public static readonly Claim OtherClaim = new("worker-b", LeaseDuration);
    public static readonly Failure Failure = new(FailureCode.InputNotFound, "The input file does not exist.");

    public static SnapshotRequest Request => new(
        new MediaObject("videos", "region", "a.mp4"),
        new MediaObject("pictures", "region", "out"),
        Sampling.Every(TimeSpan.FromSeconds(12)));

    public static SnapshotRequest OnePoint => Request with { Sampling = Sampling.At(TimeSpan.FromSeconds(1)) };

    public static SnapshotTask Queued => new NewTask(Project, Request).Accept(new TaskId(7), Now).Task;

    public static SnapshotTask Running => Queued.TryClaim(Claim, Now).Task;

    public static SnapshotTask Completed => Running.Complete(Running.Lease!, ["0.jpg"], Now).Task;

    public static SnapshotTask Cancelled => Queued.Cancel(Now).Task;

    public static SnapshotTask In(TaskState state) => state switch
    {
        TaskState.Queued => Queued,
        TaskState.Running => Running,
        TaskState.Completed => Completed,
        TaskState.Cancelled => Cancelled,
    };
}
