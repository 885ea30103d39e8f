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

    protected Task<SnapshotTask> Submit() => Store.AddAsync(new NewTask(Project, Request));

    protected async Task<SnapshotTask> Row(TaskId id) => (await Store.GetAsync(Project, [id])).Should().ContainSingle().Subject;

    protected Task<CancelOutcome> Cancel(TaskId id) => Store.DecideAsync(TaskDecision.Cancel(Project, id));

    protected Task<IReadOnlyList<ClaimOutcome>> Claim(int count = 1, string holder = "worker", int maxAttempts = 3) =>
        Store.ClaimAsync(new Claim(holder, Lease, count, maxAttempts));

    protected async Task<SnapshotTask> ClaimOne(string holder = "worker", int maxAttempts = 3) =>
        (await Claim(1, holder, maxAttempts)).Should().ContainSingle().Subject.Task;

    protected Task<LeaseOutcome> Renew(SnapshotTask run) => Store.DecideAsync(TaskDecision.Renew(run.Id, run.Lease!, Lease));

    protected Task<LeaseOutcome> Release(SnapshotTask run) => Store.DecideAsync(TaskDecision.Release(run.Id, run.Lease!));

    protected Task<CompleteOutcome> Complete(SnapshotTask run, params string[] pictures) =>
        Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, pictures));

    protected Task<CompleteOutcome> Fail(SnapshotTask run) => Store.DecideAsync(TaskDecision.Fail(run.Id, run.Lease!, NotAVideo));

    /// <summary>The only queued task becomes one in this state, by public moves; the lease is that of its run, if it had one.</summary>
    protected async Task<(SnapshotTask Task, Lease? Lease)> Reach(TaskState state)
    {
        var task = await Submit();
        switch (state)
        {
            case TaskState.Queued:
                return (task, null);
            case TaskState.Running:
                var running = await ClaimOne();
                return (running, running.Lease);
            case TaskState.Completed:
                var run = await ClaimOne();
                return ((await Complete(run, "0.jpg")).Task!, run.Lease);
            case TaskState.Cancelled:
                return ((await Cancel(task.Id)).Task!, null);
        }

        throw new ArgumentOutOfRangeException(nameof(state));
    }
}
