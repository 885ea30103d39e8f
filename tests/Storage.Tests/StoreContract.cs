namespace SnapshotTasks.Tests;

/// <summary>What every store promises; each adapter's tests are its factory and what is special to it.</summary>
public abstract partial class StoreContract(StoreFactory factory) : IAsyncLifetime
{
    protected static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    protected static readonly ProjectId Project = new("project");
    protected static readonly ProjectId Another = new("another");
    protected static readonly Failure NotAVideo = new(FailureCode.InvalidFormat, "The input is not a video.");

    protected static readonly SnapshotRequest Request = new(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)));

    protected ITaskStore Store { get; set; } = null!;

    public async ValueTask InitializeAsync() => Store = await factory.CreateAsync();

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return factory.DisposeAsync();
    }

    protected void Advance(TimeSpan by) => factory.Advance(by);

    protected async Task<SnapshotTask> Submit() => (await Store.AddAsync(new NewTask(Project, Request))).Task;

    protected async Task<SnapshotTask> Row(TaskId id) => (await Store.GetAsync(Project, [id])).Should().ContainSingle().Subject;

    protected Task<Decision<CancelAnswer>> Cancel(TaskId id) => Store.DecideAsync(TaskDecision.Cancel(Project, id) with { Whole = true });

    protected Task<IReadOnlyList<Decision<ClaimAnswer>>> Claim(int count = 1, string holder = "worker", int maxAttempts = 3) =>
        Store.ClaimAsync(new Claim(holder, Lease, count, maxAttempts));

    protected async Task<SnapshotTask> ClaimOne(string holder = "worker", int maxAttempts = 3) =>
        (await Claim(1, holder, maxAttempts)).Should().ContainSingle().Subject.Task;

    protected Task<Decision<LeaseAnswer>> Renew(SnapshotTask run) => Store.DecideAsync(TaskDecision.Renew(run.Id, run.Lease!, Lease));

    protected Task<Decision<LeaseAnswer>> Release(SnapshotTask run) => Store.DecideAsync(TaskDecision.Release(run.Id, run.Lease!));

    protected Task<Decision<CompleteAnswer>> Complete(SnapshotTask run, params string[] pictures) =>
        Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, pictures) with { Whole = true });

    protected Task<Decision<CompleteAnswer>> Fail(SnapshotTask run) => Store.DecideAsync(TaskDecision.Fail(run.Id, run.Lease!, NotAVideo) with { Whole = true });

    /// <summary>The only queued task becomes one in this state, by public moves; the lease is that of its run, if it had one.</summary>
    protected async Task<(SnapshotTask Task, Lease? Lease)> Reach(TaskState state)
    {
        var task = await Submit();
        Lease? lease = null;
        return (await Move(task, state, run => lease = run.Lease), lease);
    }

    /// <summary>The only queued task becomes one in this state, by public moves.</summary>
    protected async Task<SnapshotTask> Move(SnapshotTask task, TaskState state, Action<SnapshotTask>? claimed = null)
    {
        switch (state)
        {
            case TaskState.Queued:
                return task;
            case TaskState.Running or TaskState.Completed:
                var run = await ClaimOne();
                claimed?.Invoke(run);
                return state == TaskState.Running ? run : (await Complete(run, "0.jpg")).Task;
            case TaskState.Cancelled:
                var cancelled = await Cancel(task.Id);
                cancelled.Answer.Should().Be(CancelAnswer.Cancelled);
                return cancelled.Task;
        }

        throw new ArgumentOutOfRangeException(nameof(state));
    }
}
