using System.Collections.Concurrent;
using MediatR;
using Microsoft.AspNetCore.Builder;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Time.Testing;
using OpenTelemetry;

namespace SnapshotTasks.Tests;

/// <summary>The recipes for embedders, cooked.</summary>
public sealed class RecipeTests : IDisposable
{
    private readonly string data = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;
    private readonly ProjectId project = new("p");
    private readonly SnapshotRequest request = new(new("videos", "local", "a.mp4"), new("pictures", "local", "out"), Sampling.Every(TimeSpan.FromSeconds(1)));

    public void Dispose() => Directory.Delete(data, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_task_is_there_exactly_when_the_callers_own_transaction_committed(bool commits)
    {
        var database = Path.Combine(data, "orders.db");
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseSqlite(database));
        using var host = builder.Build();
        var mediator = host.Services.GetRequiredService<IMediator>();
        await mediator.Send(new FindSnapshotTaskPage(new TaskFilter(project)));
        await using (var other = new SqliteConnection($"Data Source={database};Pooling=False"))
        {
            await other.OpenAsync(TestContext.Current.CancellationToken);
            using var create = other.CreateCommand();
            create.CommandText = "create table orders (number integer primary key)";
            await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await PlaceOrderAsync(mediator, database, number: 7, commits);

        (await mediator.Send(new FindSnapshotTaskPage(new TaskFilter(project)))).Total.Should().Be(commits ? 1 : 0);
    }

    [Fact]
    public async Task What_ended_is_caught_up_with_after_a_restart()
    {
        var (handled, place) = (new List<TaskId>(), (EventPosition?)null);
        var expected = new List<TaskId>();
        for (var start = 0; start < 3; start++)
        {
            var builder = Host.CreateEmptyApplicationBuilder(new());
            builder.Services.AddSnapshotTasks(tasks => tasks.UseSqlite(Path.Combine(data, "tasks.db")).KeepEvents());
            using var host = builder.Build();
            await host.StartAsync(TestContext.Current.CancellationToken);
            var mediator = host.Services.GetRequiredService<IMediator>();
            if (start < 2)
            {
                expected.Add((await mediator.Send(new SubmitSnapshotTask(project, request))).Task.Id);
                await mediator.Send(new CancelSnapshotTask(project, expected[^1]) { By = "recipe" });
                (await mediator.Send(new FindTaskHistory(project, expected[^1])))[^1].By.Should().Be("recipe");
            }

            if (start != 0)
            {
                place = await CatchUpAsync(mediator, place, ended =>
                {
                    handled.Add(ended.Task);
                    return Task.CompletedTask;
                });
            }

            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        handled.Should().Equal(expected);
    }

    private static async Task<EventPosition?> CatchUpAsync(IMediator mediator, EventPosition? place, Func<RecordedEvent, Task> handle)
    {
        FoundEvents found;
        do
        {
            found = await mediator.Send(new FindEvents(After: place) { OnlyEnds = true });
            foreach (var ended in found.Events)
            {
                await handle(ended);
            }

            // Keep it where your own data is: whoever starts again goes on from there.
            place = found.Next;
        }
        while (found.HasMore);

        return place;
    }

    private async Task PlaceOrderAsync(IMediator mediator, string database, int number, bool commits)
    {
        await using var connection = new SqliteConnection($"Data Source={database};Pooling=False");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();
        await using var insert = connection.CreateCommand();
        insert.CommandText = "insert into orders (number) values (@number)";
        insert.Parameters.AddWithValue("@number", number);
        await insert.ExecuteNonQueryAsync();

        await mediator.Send(new SubmitSnapshotTask(project, request) { Transaction = transaction });
        if (!commits)
        {
            return;
        }

        await transaction.CommitAsync();
    }

    [Fact]
    public async Task An_embedders_own_capture_runs_under_the_lease_and_without_ffmpeg()
    {
        var pictures = Path.Combine(data, "pictures");
        Directory.CreateDirectory(pictures);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(new Renderer(pictures));
        builder.Services.AddSingleton<ICapture, RendererCapture>();
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory().AddWorker());
        builder.Services.Should().NotContain(service => service.ImplementationType == typeof(FfmpegCapture), "ffmpeg is not even looked for");
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var mediator = host.Services.GetRequiredService<IMediator>();
        var id = (await mediator.Send(new SubmitSnapshotTask(project, request))).Task.Id;

        var ended = await WorkerHost.UntilAsync(host.Services.GetRequiredService<ITaskStore>(), id, project, task => task.EndedAt is not null);

        ended.Pictures.Should().Equal("1.jpg");
        File.ReadAllText(Path.Combine(pictures, "1.jpg")).Should().Be("a.mp4");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task The_token_of_an_embedders_own_capture_fires_when_its_lease_is_lost_and_nothing_becomes_visible()
    {
        var renderer = new Renderer(data) { Ready = new TaskCompletionSource() };
        var store = new InMemoryTaskStore(TimeProvider.System);
        await using var host = await WorkerHost.StartAsync(
            store, new RendererCapture(renderer), options => (options.Lease, options.Poll) = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)));
        var id = await WorkerHost.SubmitAsync(store);
        var running = await WorkerHost.UntilAsync(store, id, task => task.Lease is not null);

        await store.DecideAsync(TaskDecision.Release(id, running.Lease!));
        await store.ClaimAsync(new Claim("another", TimeSpan.FromMinutes(1)), TestContext.Current.CancellationToken);

        await WorkerHost.UntilAsync(() => renderer.Stopped, "the token");
        Directory.GetFiles(data).Should().BeEmpty();
    }

    [Fact]
    public async Task An_embedder_tests_without_a_disk_and_without_waiting()
    {
        var clock = new FakeTimeProvider();
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(clock);
        services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        await using var provider = services.BuildServiceProvider();
        var mediator = provider.GetRequiredService<IMediator>();
        var task = (await mediator.Send(new SubmitSnapshotTask(project, request))).Task;

        // What workers would do, step by step: one dies, and after its lease has expired another takes over and completes.
        var store = provider.GetRequiredService<ITaskStore>();
        await store.ClaimAsync(new Claim("one", TimeSpan.FromSeconds(30)));
        clock.Advance(TimeSpan.FromSeconds(31));
        var run = (await store.ClaimAsync(new Claim("another", TimeSpan.FromSeconds(30)))).Single().Task;
        await store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["1.jpg"]));

        var found = (await mediator.Send(new FindSnapshotTasks(project, [task.Id]))).Single();
        (found.Attempt, found.EndedAt - found.CreatedAt).Should().Be((2, TimeSpan.FromSeconds(31)));
    }

    [Fact]
    public async Task An_embedder_is_told_what_happened()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<Mailer>();
        builder.Services.AddScoped<INotificationHandler<SnapshotTaskCompleted>, TellOwner>();
        builder.Services.AddScoped<INotificationHandler<SnapshotTaskCancelled>, TellOwner>();
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var mediator = host.Services.GetRequiredService<IMediator>();
        var id = (await mediator.Send(new SubmitSnapshotTask(project, request))).Task.Id;
        await mediator.Send(new CancelSnapshotTask(project, id));
        await host.StopAsync(TestContext.Current.CancellationToken);

        host.Services.GetRequiredService<Mailer>().Sent.Should().Equal("Task 1 was cancelled.");
    }

    [Fact]
    public async Task An_embedders_handler_writes_one_bill_for_a_task_with_pictures()
    {
        var database = Path.Combine(data, "bills.db");
        await using var own = new SqliteConnection($"Data Source={database};Pooling=False");
        await own.OpenAsync(TestContext.Current.CancellationToken);
        using var statement = own.CreateCommand();
        statement.CommandText = "create table bills (task integer not null)";
        await statement.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseSqlite(database).AddEventHandler<WriteBill>("bills"));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var id = (await host.Services.GetRequiredService<IMediator>().Send(new SubmitSnapshotTask(project, request))).Task.Id;
        var store = host.Services.GetRequiredService<ITaskStore>();
        var run = (await store.ClaimAsync(new Claim("one", TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken)).Single().Task;
        await store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["1.jpg"]));

        statement.CommandText = "select group_concat(task) from bills";
        await WorkerHost.UntilAsync(() => Equals(statement.ExecuteScalar(), $"{id.Value}"), "the bill");
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task An_embedders_own_telemetry_has_ours()
    {
        await using var receiver = await OtlpReceiver.StartAsync();
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.Address;
        builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.AddOpenTelemetry()
            .WithTracing(traces => traces.AddSource("SnapshotTasks.*"))
            .WithMetrics(metrics => metrics.AddMeter("SnapshotTasks.*"))
            .UseOtlpExporter();
        using (var host = builder.Build())
        {
            await host.StartAsync(TestContext.Current.CancellationToken);
            await host.Services.GetRequiredService<IMediator>().Send(new SubmitSnapshotTask(project, request));
            await host.StopAsync(TestContext.Current.CancellationToken);
        }

        receiver.Spans.Should().Contain(span => span.Name == "submit snapshot task");
        receiver.Metrics.Keys.Should().Contain("snapshot_tasks.decisions");
    }

    [Fact]
    public async Task An_embedders_health_endpoint_says_how_the_queue_is()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.AddHealthChecks().AddSnapshotTasks(health => health.MaxQueueWait = TimeSpan.FromMinutes(10));
        await using var app = builder.Build();
        app.MapHealthChecks("/health");
        app.Urls.Add("http://127.0.0.1:0");
        await app.StartAsync(TestContext.Current.CancellationToken);
        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };

        (await client.GetStringAsync("/health", TestContext.Current.CancellationToken)).Should().Be("Healthy");
    }
}

/// <summary>What an embedder has instead of ffmpeg.</summary>
internal sealed class Renderer(string folder)
{
    /// <summary>When set, rendering goes on until then.</summary>
    public TaskCompletionSource? Ready { get; init; }

    public bool Stopped { get; private set; }

    public async Task<string> RenderAsync(string video, CancellationToken stop)
    {
        try
        {
            await (Ready?.Task ?? Task.CompletedTask).WaitAsync(stop);
            return video;
        }
        catch (OperationCanceledException)
        {
            Stopped = true;
            throw;
        }
    }

    public Task SaveAsync(string name, string picture, CancellationToken stop) => File.WriteAllTextAsync(Path.Combine(folder, name), picture, stop);
}

internal sealed class RendererCapture(Renderer renderer) : ICapture
{
    public async Task<CaptureResult> CaptureAsync(CaptureRun run, CancellationToken stop)
    {
        var picture = await renderer.RenderAsync(run.Task.Request.Input.Path, stop);
        await run.RenewAsync(stop);
        await renderer.SaveAsync("1.jpg", picture, stop);
        return CaptureResult.Taken(["1.jpg"]);
    }
}

/// <summary>What an embedder tells its people with.</summary>
internal sealed class Mailer
{
    public ConcurrentQueue<string> Sent { get; } = new();

    public Task SendAsync(string text, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Sent.Enqueue(text);
        return Task.CompletedTask;
    }
}

internal sealed class TellOwner(Mailer mailer) : INotificationHandler<SnapshotTaskCompleted>, INotificationHandler<SnapshotTaskCancelled>
{
    public Task Handle(SnapshotTaskCompleted notification, CancellationToken cancellationToken) =>
        mailer.SendAsync($"Task {notification.Task.Id} has ended: {notification.Task.Failure?.Reason ?? "pictures"}.", cancellationToken);

    public Task Handle(SnapshotTaskCancelled notification, CancellationToken cancellationToken) =>
        mailer.SendAsync($"Task {notification.Task.Id} was cancelled.", cancellationToken);
}

/// <summary>What an embedder does for each task that ended with pictures.</summary>
internal sealed class WriteBill : IEventHandler
{
    public async Task HandleAsync(EventDelivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Event.Ending != TaskEnding.Pictures)
        {
            return;
        }

        var transaction = await delivery.BeginTransactionAsync(cancellationToken);
        await using var insert = transaction.Connection!.CreateCommand();
        insert.Transaction = transaction;
        insert.CommandText = "insert into bills (task) values (@task)";
        insert.Parameters.Add(new SqliteParameter("@task", delivery.Event.Task.Value));
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }
}
