using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>What attempts leave behind that could not remove it themselves.</summary>
public sealed class LeftoverTests : IDisposable
{
    private readonly FakeTimeProvider time = new(TimeProvider.System.GetUtcNow());
    private readonly CaptureStudio studio = new();
    private readonly InMemoryTaskStore store;

    public LeftoverTests() => store = new InMemoryTaskStore(time);

    private DirectoryInfo Work => new(Path.Combine(studio.Root, ".snapshots"));

    public void Dispose() => studio.Dispose();

    [Fact]
    public async Task A_sweep_removes_what_belongs_to_tasks_that_have_ended_or_to_attempts_before_the_current_one()
    {
        var (running, ended) = (await ClaimedAsync(), await ClaimedAsync());
        await store.DecideAsync(TaskDecision.Fail(ended.Id, ended.Lease!, new Failure(FailureCode.SystemError, "over")));
        var again = await TakenOverAsync(running);
        var queued = (await store.AddAsync(new NewTask(WorkerHost.Project, CaptureStudio.Request(CaptureStudio.At(1))))).Task;
        string[] staying = [$"project-{again.Id}-2", $"project-{queued.Id}-1", "project-77-1", "somebody-elses", "another-project-1-1"];
        Leave([.. staying, $"project-{again.Id}-1", $"project-{ended.Id}-1"]);

        await SweepAsync();

        Left().Should().BeEquivalentTo(staying);
    }

    [Fact]
    public async Task What_belongs_to_a_task_that_the_store_does_not_know_is_removed_after_a_day()
    {
        Leave("project-77-1");
        time.Advance(TimeSpan.FromHours(23));
        await SweepAsync();
        Left().Should().HaveCount(1, "it may be another store's");
        time.Advance(TimeSpan.FromHours(2));

        await SweepAsync();

        Left().Should().BeEmpty();
    }

    [Fact]
    public async Task What_a_task_has_left_is_removed_when_it_is_given_up()
    {
        var task = await TakenOverAsync(await ClaimedAsync());
        Leave($"project-{task.Id}-1", $"project-{task.Id}-2", $"project-{task.Id}0-1", $"pro-{task.Id}-1");

        studio.GiveUp(task);

        Left().Should().BeEquivalentTo($"project-{task.Id}0-1", $"pro-{task.Id}-1");
    }

    [Fact]
    public async Task A_host_sweeps_when_it_starts()
    {
        var ended = await ClaimedAsync();
        await store.DecideAsync(TaskDecision.Fail(ended.Id, ended.Lease!, new Failure(FailureCode.SystemError, "over")));
        Leave($"project-{ended.Id}-1");

        await using var host = await WorkerHost.StartAsync(store, new PatientCapture(), time: time, mediaRoot: studio.Root);

        await WorkerHost.UntilAsync(() => !Left().Any(), "the sweep");
    }

    private Task SweepAsync() =>
        new LeftoverSweep(studio.Media, store, time, NullLogger<LeftoverSweep>.Instance).SweepAsync(TestContext.Current.CancellationToken);

    private async Task<SnapshotTask> ClaimedAsync()
    {
        await store.AddAsync(new NewTask(WorkerHost.Project, CaptureStudio.Request(CaptureStudio.At(1))));
        return (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Single().Task;
    }

    private async Task<SnapshotTask> TakenOverAsync(SnapshotTask task)
    {
        time.Advance(TimeSpan.FromMinutes(2));
        return (await store.ClaimAsync(new Claim("other", TimeSpan.FromDays(2)))).Should().ContainSingle(taken => taken.Task.Id == task.Id).Which.Task;
    }

    private void Leave(params string[] names)
    {
        CaptureClips.Shell($"mkdir -m 700 {Work.FullName}");
        foreach (var name in names)
        {
            File.WriteAllText(Path.Combine(Work.CreateSubdirectory(name).FullName, "00000.jpg"), "left");
        }
    }

    private IEnumerable<string> Left() => Work.GetDirectories().Select(directory => directory.Name);
}
