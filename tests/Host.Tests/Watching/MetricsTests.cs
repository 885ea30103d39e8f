using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>What an operator's dashboard is drawn from.</summary>
public sealed class MetricsTests : IAsyncLifetime
{
    private static readonly Claim Claim = new("worker", TimeSpan.FromMinutes(1));
    private static readonly SnapshotRequest Request = CaptureStudio.Request(CaptureStudio.At(1));

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly CutOffStore rows;
    private readonly IHost host;
    private readonly Meters meters;

    public MetricsTests()
    {
        rows = new CutOffStore(new InMemoryTaskStore(time));
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddSnapshotTasks(tasks => tasks.UseStore(_ => rows));
        host = builder.Build();
        meters = new Meters(host.Services);
    }

    private ITaskStore Store => host.Services.GetRequiredService<ITaskStore>();

    private IMediator Mediator => host.Services.GetRequiredService<IMediator>();

    public async ValueTask InitializeAsync() => await host.StartAsync();

    public async ValueTask DisposeAsync()
    {
        meters.Dispose();
        await host.StopAsync();
        host.Dispose();
    }

    [Fact]
    public async Task Decisions_are_counted_by_trigger_and_outcome()
    {
        var submission = new SubmitSnapshotTask(Project, Request) { IdempotencyKey = "once" };
        await Mediator.Send(submission);
        await Mediator.Send(submission);
        var run = (await Store.ClaimAsync(Claim)).Single().Task;
        await Mediator.Send(new CancelSnapshotTask(Project, run.Id));
        await Store.DecideAsync(TaskDecision.Release(run.Id, run.Lease!));
        var next = (await Store.ClaimAsync(Claim)).Single().Task;
        await Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, []));
        await Store.DecideAsync(TaskDecision.Complete(next.Id, next.Lease!, ["1.jpg"]));

        meters.Of("snapshot_tasks.decisions").Should().Equal(
            ("SnapshotTasks.Application trigger=Submit outcome=Accepted", 1),
            ("SnapshotTasks.Application trigger=Submit outcome=Repeated", 1),
            ("SnapshotTasks.Application trigger=Start outcome=Started", 1),
            ("SnapshotTasks.Application trigger=Cancel outcome=Refused", 1),
            ("SnapshotTasks.Application trigger=TakeOver outcome=TakenOver", 1),
            ("SnapshotTasks.Application trigger=Complete outcome=LeaseLost", 1),
            ("SnapshotTasks.Application trigger=Complete outcome=Recorded", 1));
    }

    [Fact]
    public async Task How_long_tasks_wait_and_run_is_measured_by_the_clock_of_the_store()
    {
        foreach (var seconds in new[] { 3, 5 })
        {
            await Mediator.Send(new SubmitSnapshotTask(Project, Request));
            time.Advance(TimeSpan.FromSeconds(seconds));
            var run = (await Store.ClaimAsync(Claim)).Single().Task;
            time.Advance(TimeSpan.FromSeconds(2 * seconds));
            await Store.DecideAsync(seconds == 3
                ? TaskDecision.Complete(run.Id, run.Lease!, ["1.jpg"])
                : TaskDecision.Fail(run.Id, run.Lease!, new Failure(FailureCode.InvalidCodec, "Nobody can read it.")));
        }

        meters.Of("snapshot_tasks.wait.duration").Select(each => each.Value).Should().Equal(3, 5);
        meters.Of("snapshot_tasks.run.duration").Should().Equal(
            ("SnapshotTasks.Application outcome=Pictures", 6), ("SnapshotTasks.Application outcome=InvalidCodec", 10));
    }

    [Fact]
    public async Task Gauges_show_what_waits_and_what_runs_without_a_database_in_the_way()
    {
        await Store.AddAsync(new NewTask(Project, Request), cancellationToken: TestContext.Current.CancellationToken);
        await Store.ClaimAsync(new Claim("dead", TimeSpan.FromSeconds(1)), TestContext.Current.CancellationToken);
        await Store.AddAsync(new NewTask(Project, Request), cancellationToken: TestContext.Current.CancellationToken);

        await UntilAsync(
            () =>
            {
                time.Advance(QueueGauges.Interval);
                meters.Collect();
                return meters.Of("snapshot_tasks.leases.expired") is [{ Value: 1 }];
            },
            "the gauges");
        meters.Collect();

        meters.Of("snapshot_tasks.queue.tasks").Should().Equal(
            ("SnapshotTasks.Application state=Queued", 1), ("SnapshotTasks.Application state=Running", 1), ("SnapshotTasks.Application state=Deferred", 0));
        meters.Of("snapshot_tasks.queue.paused").Should().ContainSingle().Which.Value.Should().Be(0);
        meters.Of("snapshot_tasks.queue.oldest_age_by_priority").Where(each => each.Value > 0).Should().ContainSingle().Which.Text.Should().Be("SnapshotTasks.Application priority=Normal");
        meters.Of("snapshot_tasks.queue.oldest_age").Single().Value.Should().BeGreaterThanOrEqualTo(QueueGauges.Interval.TotalSeconds);
    }

    [Fact]
    public async Task What_cannot_be_measured_is_not_shown()
    {
        await UntilAsync(() => Shows(1), "the gauges");
        rows.OnMeasure = () => new StoreUnavailableException("The disk is broken.");
        await UntilAsync(() => Shows(0), "nothing");

        rows.OnMeasure = () => null;
        await UntilAsync(() => Shows(1), "the gauges again");

        bool Shows(int count)
        {
            time.Advance(QueueGauges.Interval);
            meters.Collect();
            return meters.Of("snapshot_tasks.leases.expired").Count == count;
        }
    }

    [Fact]
    public async Task A_store_that_nobody_watches_is_not_asked()
    {
        meters.Dispose();
        await UntilAsync(
            async () =>
            {
                // A measurement that is under way may still end.
                var asked = rows.Measures;
                for (var i = 0; i < 20; i++)
                {
                    time.Advance(QueueGauges.Interval);
                    await Task.Delay(1, TestContext.Current.CancellationToken);
                }

                return rows.Measures == asked;
            },
            () => "the silence");
    }

    [Fact]
    public async Task A_store_says_how_many_callers_shared_a_transaction()
    {
        var data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseSqlite(Path.Combine(data, "tasks.db")));
        using (var sqlite = builder.Build())
        {
            using var listening = new Meters(sqlite.Services);
            var store = sqlite.Services.GetRequiredService<ITaskStore>();
            await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => store.AddAsync(new NewTask(Project, Request))));

            var batches = listening.Of("snapshot_tasks.batch.size");
            batches.Sum(batch => batch.Value).Should().Be(100);
            batches.Should().OnlyContain(batch => batch.Text == "SnapshotTasks.Storage");
        }

        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task A_worker_counts_the_leases_it_lost_and_the_outcomes_that_were_refused()
    {
        var capture = new PatientCapture();
        var store = new InMemoryTaskStore(TimeProvider.System);
        await using var worker = await WorkerHost.StartAsync(store, capture, options => options.Poll = TimeSpan.FromHours(1));
        using var listening = new Meters(worker.Services);
        var id = await SubmitAsync(store);
        var running = await UntilAsync(store, id, task => task.State == TaskState.Running);
        await store.DecideAsync(TaskDecision.Release(running.Id, running.Lease!));
        await store.ClaimAsync(Claim, TestContext.Current.CancellationToken);
        capture.End();

        await UntilAsync(() => listening.Of("snapshot_tasks.completions.refused").Count == 1, "the refusal");
        listening.Of("snapshot_tasks.completions.refused").Should().Equal(("SnapshotTasks.Worker", 1));
    }
}
