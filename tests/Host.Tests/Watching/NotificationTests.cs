using MediatR;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>Whoever wants to know is told what was committed, and nobody waits for them.</summary>
public sealed class NotificationTests : IAsyncLifetime
{
    private static readonly Claim Claim = new("worker", TimeSpan.FromMinutes(1));
    private static readonly Claim Instant = new("dead", TimeSpan.FromTicks(10), maxAttempts: 1);
    private static readonly SnapshotRequest Request = CaptureStudio.Request(CaptureStudio.At(1));

    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly LogLines log = new();
    private readonly Ear ear = new();
    private IHost host = null!;

    private ITaskStore Store => host.Services.GetRequiredService<ITaskStore>();

    private IMediator Mediator => host.Services.GetRequiredService<IMediator>();

    public ValueTask InitializeAsync() => StartAsync(tasks => tasks.UseInMemory());

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
        Directory.Delete(data, recursive: true);
    }

    [Fact]
    public async Task Each_turn_of_a_task_is_told_once_and_in_order_with_the_task_as_it_was_committed()
    {
        var first = await SubmitAsync();
        var run = (await Store.ClaimAsync(Claim)).Single().Task;
        await Store.DecideAsync(TaskDecision.Release(run.Id, run.Lease!));
        run = (await Store.ClaimAsync(Claim)).Single().Task;
        await Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["1.jpg"]));
        var second = await SubmitAsync();
        await Mediator.Send(new CancelSnapshotTask(Project, second));

        (await ear.NextAsync(4)).Should().Equal("queued 1", "started 1", "taken over 1", "completed 1");
        ear.Last.Should().BeEquivalentTo(await GetAsync(Store, first));
        (await ear.NextAsync(2)).Should().Equal("queued 2", "cancelled 2");
        ear.Last.Should().BeEquivalentTo(await GetAsync(Store, second));
    }

    [Fact]
    public async Task A_task_that_is_given_up_when_it_is_taken_over_has_completed()
    {
        await SubmitAsync();
        await Store.ClaimAsync(Instant);
        time.Advance(TimeSpan.FromSeconds(1));
        await Store.ClaimAsync(Instant);

        (await ear.NextAsync(3)).Should().Equal("queued 1", "started 1", "completed 1");
        ear.Last!.Failure!.Reason.Should().StartWith("Given up");
    }

    [Fact]
    public async Task What_changes_nothing_is_not_told()
    {
        var submission = new SubmitSnapshotTask(Project, Request) { IdempotencyKey = "once" };
        await Mediator.Send(submission);
        (await Mediator.Send(submission)).Answer.Should().Be(SubmitAnswer.Repeated);
        (await Mediator.Send(submission with { OwnDirectory = true })).Answer.Should().Be(SubmitAnswer.KeyReused);
        var run = (await Store.ClaimAsync(Claim)).Single().Task;
        (await Store.ClaimAsync(Claim)).Should().BeEmpty();
        (await Mediator.Send(new CancelSnapshotTask(Project, run.Id))).Answer.Should().Be(CancelAnswer.Refused);
        (await Mediator.Send(new CancelSnapshotTask(Project, new TaskId(99)))).Answer.Should().Be(CancelAnswer.NotFound);
        await Store.DecideAsync(TaskDecision.Renew(run.Id, run.Lease!, TimeSpan.FromMinutes(1)));
        var complete = () => Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["1.jpg"]));
        (await complete()).Answer.Should().Be(CompleteAnswer.Recorded);
        (await complete()).Answer.Should().Be(CompleteAnswer.Repeated);
        var late = await Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease! with { Attempt = 7 }, []));
        late.Answer.Should().Be(CompleteAnswer.LeaseLost);
        await SubmitAsync();

        (await ear.NextAsync(4)).Should().Equal("queued 1", "started 1", "completed 1", "queued 2");
    }

    [Fact]
    public async Task A_snapshot_that_is_wanted_now_is_told_as_started_because_it_was_never_queued()
    {
        var capture = new PatientCapture();
        capture.End();
        await StartAsync(tasks => tasks.UseInMemory().AddWorker(), services => services.AddSingleton<ICapture>(capture));

        await Mediator.Send(new TakeSnapshotNow(Project, Request));

        (await ear.NextAsync(2)).Should().Equal("started 1", "completed 1");
    }

    [Fact]
    public async Task What_is_decided_in_a_callers_own_transaction_is_not_told()
    {
        var file = Path.Combine(data, "tasks.db");
        await StartAsync(tasks => tasks.UseSqlite(file));
        await SubmitAsync();
        await using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using (var transaction = connection.BeginTransaction())
        {
            await Mediator.Send(new SubmitSnapshotTask(Project, Request) { Transaction = transaction });
            await Mediator.Send(new CancelSnapshotTask(Project, new TaskId(1)) { Transaction = transaction });
            await transaction.CommitAsync(TestContext.Current.CancellationToken);
        }

        await Mediator.Send(new CancelSnapshotTask(Project, new TaskId(2)));

        (await ear.NextAsync(2)).Should().Equal("queued 1", "cancelled 2");
    }

    [Fact]
    public async Task A_handler_that_throws_is_logged_and_changes_neither_the_answer_nor_the_task_nor_what_is_told_next()
    {
        ear.Before = (task, _) => task.Id == new TaskId(1) ? throw new InvalidOperationException("Not today.") : Task.CompletedTask;
        var id = await SubmitAsync();

        var outcome = await Mediator.Send(new CancelSnapshotTask(Project, id));
        await SubmitAsync();

        outcome.Answer.Should().Be(CancelAnswer.Cancelled);
        (await GetAsync(Store, id)).State.Should().Be(TaskState.Cancelled);
        (await ear.NextAsync(1)).Should().Equal("queued 2");
        log.Lines.Where(line => line.StartsWith("Error")).Should().Equal(
            "Error: A handler of SnapshotTaskQueued for task 1 of project project failed; the task is as it was decided.",
            "Error: A handler of SnapshotTaskCancelled for task 1 of project project failed; the task is as it was decided.");
    }

    [Fact]
    public async Task A_handler_that_hangs_keeps_neither_callers_nor_claims_waiting_and_the_next_is_told_after_its_time()
    {
        var reached = new TaskCompletionSource();
        ear.Before = (task, cancelled) =>
        {
            reached.TrySetResult();
            return task.Id == new TaskId(1) ? Task.Delay(Timeout.Infinite, cancelled) : Task.CompletedTask;
        };
        await SubmitAsync();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        var second = await SubmitAsync();
        (await Store.ClaimAsync(Claim)).Should().ContainSingle().Which.Task.Id.Should().Be(new TaskId(1));
        (await Mediator.Send(new CancelSnapshotTask(Project, second))).Answer.Should().Be(CancelAnswer.Cancelled);
        ear.Count.Should().Be(0);

        // The start of task 1 hangs as its submission did, each for its own time.
        await UntilAsync(
            () =>
            {
                time.Advance(NotificationPublisher.MaxHandling);
                return ear.Count == 2;
            },
            "what comes after");
        (await ear.NextAsync(2)).Should().Equal("queued 2", "cancelled 2");
        log.Lines.Should().Contain("Warning: The handlers of SnapshotTaskQueued for task 1 of project project have not ended in 30 s and are waited for no longer.");
    }

    [Fact]
    public async Task Handlers_that_are_too_slow_for_good_miss_the_newest_and_it_is_said_once()
    {
        using var meters = new Meters(host.Services);
        var (reached, go) = (new TaskCompletionSource(), new TaskCompletionSource());
        ear.Before = (_, _) =>
        {
            reached.TrySetResult();
            return go.Task;
        };
        await SubmitAsync();
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        for (var i = 0; i < NotificationPublisher.MaxWaiting + 50; i++)
        {
            await Store.AddAsync(new NewTask(Project, Request), cancellationToken: TestContext.Current.CancellationToken);
        }

        go.SetResult();
        var told = await ear.NextAsync(1 + NotificationPublisher.MaxWaiting);
        await host.StopAsync(TestContext.Current.CancellationToken);

        told[0].Should().Be("queued 1");
        ear.Count.Should().Be(0, "one was in the hands of the handler while the others waited");
        log.Lines.Should().ContainSingle(line => line.StartsWith("Error: Notifications are dropped"));
        meters.Of("snapshot_tasks.notifications.dropped").Should().HaveCount(50);
    }

    [Fact]
    public async Task Every_notification_has_a_scope_of_its_own()
    {
        await StartAsync(tasks => tasks.UseInMemory(), services => services
            .AddScoped<Guest>()
            .AddSingleton<Guests>()
            .AddScoped<INotificationHandler<SnapshotTaskQueued>, Usher>()
            .AddScoped<INotificationHandler<SnapshotTaskQueued>, Usher>());
        await SubmitAsync();
        await SubmitAsync();
        await ear.NextAsync(2);
        await host.StopAsync(TestContext.Current.CancellationToken);

        var guests = host.Services.GetRequiredService<Guests>().Seen;
        guests.Should().HaveCount(4);
        guests[0].Should().BeSameAs(guests[1]).And.NotBeSameAs(guests[2]);
        guests.Should().OnlyContain(guest => guest.HasLeft);
    }

    [Fact]
    public async Task What_nobody_handles_costs_no_scope_and_no_mediator()
    {
        var mediators = 0;
        await StartAsync(
            tasks => tasks.UseInMemory(),
            services => services.AddTransient<IMediator>(provider =>
            {
                Interlocked.Increment(ref mediators);
                return new Mediator(provider.GetRequiredService);
            }).AddSingleton<INotificationHandler<SnapshotTaskCancelled>>(ear),
            hears: false);

        await Store.AddAsync(new NewTask(Project, Request), cancellationToken: TestContext.Current.CancellationToken);
        await Store.ClaimAsync(Claim, TestContext.Current.CancellationToken);
        await Store.AddAsync(new NewTask(Project, Request), cancellationToken: TestContext.Current.CancellationToken);
        await Store.DecideAsync(TaskDecision.Cancel(Project, new TaskId(2)), cancellationToken: TestContext.Current.CancellationToken);

        (await ear.NextAsync(1)).Should().Equal("cancelled 2");
        mediators.Should().Be(1);
    }

    [Fact]
    public async Task A_host_that_stops_first_tells_what_was_decided()
    {
        var go = new TaskCompletionSource();
        ear.Before = (_, _) => go.Task;
        await SubmitAsync();
        await SubmitAsync();

        var stopping = host.StopAsync(TestContext.Current.CancellationToken);
        stopping.IsCompleted.Should().BeFalse();
        go.SetResult();
        await stopping;

        ear.Count.Should().Be(2);
    }

    [Fact]
    public async Task A_host_that_cannot_wait_any_longer_fires_the_token_of_its_handlers()
    {
        ear.Before = (_, cancelled) => Task.Delay(Timeout.Infinite, cancelled);
        await SubmitAsync();
        await SubmitAsync();

        await host.StopAsync(new CancellationToken(canceled: true));

        await UntilAsync(() => log.Lines.Any(line => line.StartsWith("Error: A handler of SnapshotTaskQueued for task 1")), "the handler's end");
    }

    private async ValueTask StartAsync(
        Action<SnapshotTasksBuilder> configure, Action<IServiceCollection>? services = null, bool hears = true)
    {
        if (host is not null)
        {
            await host.StopAsync();
            host.Dispose();
        }

        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Logging.AddProvider(log);
        builder.Services.AddSingleton<TimeProvider>(time);
        if (hears)
        {
            ear.AddTo(builder.Services);
        }

        services?.Invoke(builder.Services);
        builder.Services.AddSnapshotTasks(configure);
        host = builder.Build();
        await host.StartAsync();
    }

    private async Task<TaskId> SubmitAsync() => (await Mediator.Send(new SubmitSnapshotTask(Project, Request))).Task.Id;

    private sealed class Guest : IDisposable
    {
        public bool HasLeft { get; private set; }

        public void Dispose() => HasLeft = true;
    }

    private sealed class Guests
    {
        public List<Guest> Seen { get; } = [];
    }

    private sealed class Usher(Guests guests, Guest guest) : INotificationHandler<SnapshotTaskQueued>
    {
        public Task Handle(SnapshotTaskQueued notification, CancellationToken cancellationToken)
        {
            guests.Seen.Add(guest);
            return Task.CompletedTask;
        }
    }
}
