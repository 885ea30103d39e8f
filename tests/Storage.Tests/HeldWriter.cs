namespace SnapshotTasks.Tests;

/// <summary>Holds the writer of a store within a decision: what is called meanwhile queues up and becomes one batch.</summary>
internal sealed class HeldWriter
{
    private readonly TaskCompletionSource released = new();
    private readonly Task held;

    private HeldWriter(ITaskStore store, TaskCompletionSource holds) =>
        held = store.DecideAsync(new TaskDecision<LeaseAnswer>(new TaskId(1), null, (task, _) =>
        {
            holds.TrySetResult();
            released.Task.GetAwaiter().GetResult();
            return new(task, LeaseAnswer.Held);
        }));

    public static async Task<HeldWriter> HoldAsync(ITaskStore store)
    {
        var holds = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var writer = new HeldWriter(store, holds);
        await holds.Task.WaitAsync(TimeSpan.FromSeconds(30));
        return writer;
    }

    public async Task ReleaseAsync()
    {
        released.SetResult();
        await held;
    }
}
