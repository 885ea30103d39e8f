using MediatR;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>Handlers of events, on a file.</summary>
public sealed class HandlerTests : IAsyncDisposable
{
    private static readonly ProjectId Project = new("p");

    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-tasks-handlers-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly SqliteTaskStore store;
    private readonly Behaviour behaviour = new();

    public HandlerTests()
    {
        store = new(Path.Combine(folder, "tasks.db"), time);
        Execute("create table notes (task integer, version integer)");
    }

    public async ValueTask DisposeAsync()
    {
        await store.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task What_a_handler_writes_in_its_transaction_is_there_once_however_often_it_fails()
    {
        behaviour.FailsAfterWriting = attempt => attempt < 3;
        await using var host = await StartAsync();

        await SubmitAndCancelAsync();

        await time.UntilAsync(() => Notes().Count == 2, "the notes");
        await time.PassAsync(TimeSpan.FromSeconds(30));
        Notes().Should().Equal((1, 1), (1, 2));
        behaviour.Attempts.Should().Be(6, "each event failed twice");
    }

    [Fact]
    public async Task A_handler_that_comes_to_an_event_which_was_handled_is_done_with_it()
    {
        await using (var host = await StartAsync())
        {
            // It is handled, and its host dies before it can write that down.
            behaviour.AfterWriting = () => host.Store.AfterDecide = () => new StoreUnavailableException("It is gone.");
            host.Store.OnCall = () => behaviour.Attempts > 0 ? new StoreUnavailableException("It is gone.") : null;
            behaviour.BeforeWriting = () => host.Store.OnCall = () => null;
            await SubmitAndCancelAsync();
            await time.UntilAsync(() => Notes().Count > 0, "the first note");
            host.Kill();
        }

        (behaviour.AfterWriting, behaviour.BeforeWriting) = (() => { }, () => { });
        await using var next = await StartAsync();

        await time.UntilAsync(async () => (await store.GetSubscriptionsAsync()).Single().Position == await store.GetSettledAsync(), "all to be delivered");
        Notes().Should().Equal((1, 1), (1, 2));
    }

    [Fact]
    public async Task Two_handlers_of_one_name_are_refused_and_so_is_a_name_that_is_none()
    {
        var twice = () => StartAsync(tasks => tasks.AddEventHandler<NoteTaker>("notes").AddEventHandler<NoteTaker>("notes"));
        (await twice.Should().ThrowAsync<InvalidOperationException>()).WithMessage("*two event handlers with the name notes*");
        var blank = () => StartAsync(tasks => tasks.AddEventHandler<NoteTaker>(" "));
        await blank.Should().ThrowAsync<ArgumentException>();
    }

    [Fact]
    public async Task An_operator_stops_a_subscription_sees_what_is_parked_and_resumes_and_repeats()
    {
        behaviour.FailsAfterWriting = _ => true;
        await using var host = await StartAsync();
        var mediator = host.Services.GetRequiredService<IMediator>();
        await SubmitAndCancelAsync();
        await time.UntilAsync(async () => (await mediator.Send(new FindParkedEvents(Name))).Count == 2, "what failed");

        (await mediator.Send(new StopSubscription(Name, "maintenance"))).Answer.Should().Be(SubscriptionAnswer.Done);
        (await mediator.Send(new FindSubscriptions())).Should().ContainSingle().Which.Should().BeEquivalentTo(new { Name, Reason = "maintenance" });
        await time.UntilAsync(() => host.Services.GetRequiredService<IEventDeliveries>().Obstructed.Count == 1, "it to be noticed");
        var health = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();
        health.Entries.Values.Single().Should().Match<HealthReportEntry>(entry =>
            entry.Status == HealthStatus.Degraded && entry.Description!.Contains("Events are not delivered to 1") && entry.Data["obstructed_subscriptions"].Equals(Name));

        behaviour.FailsAfterWriting = _ => false;
        (await mediator.Send(new ResumeSubscription(Name))).Subscription!.StoppedAt.Should().BeNull();
        await time.UntilAsync(() => Notes().Count == 2, "the notes");
        await time.UntilAsync(async () => (await mediator.Send(new FindParkedEvents(Name))).Count == 0, "it to be written down");
        var happened = (await store.GetEventsAsync(null, 0, long.MaxValue, 10))[0];
        (await mediator.Send(new RepeatEvent(Name, EventKey.Of(happened)))).Answer.Should().Be(SubscriptionAnswer.Done);
        await time.UntilAsync(() => Notes().Count == 3, "the repetition");
        (await mediator.Send(new RepeatEvent("handler:unknown", EventKey.Of(happened)))).Answer.Should().Be(SubscriptionAnswer.NotFound);
    }

    private const string Name = "handler:notes";

    private Task<DeliveryHost> StartAsync() => StartAsync(tasks => tasks.AddEventHandler<NoteTaker>("notes"));

    private Task<DeliveryHost> StartAsync(Action<SnapshotTasksBuilder> configure) => DeliveryHost.StartAsync(store, time, tasks =>
    {
        tasks.Services.AddSingleton(behaviour);
        tasks.Services.AddHealthChecks().AddSnapshotTasks();
        configure(tasks);
    });

    private async Task SubmitAndCancelAsync()
    {
        var task = (await store.AddAsync(new NewTask(Project, CaptureStudio.Request(CaptureStudio.At(1))))).Task;
        await store.DecideAsync(TaskDecision.Cancel(Project, task.Id));
    }

    private List<(long Task, long Version)> Notes()
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = "select task, version from notes order by rowid";
        using var reader = command.ExecuteReader();
        List<(long, long)> notes = [];
        while (reader.Read())
        {
            notes.Add((reader.GetInt64(0), reader.GetInt64(1)));
        }

        return notes;
    }

    private void Execute(string statement)
    {
        using var connection = Open();
        using var command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "tasks.db")}");
        connection.Open();
        return connection;
    }

    /// <summary>What the handler does, as a test says.</summary>
    private sealed class Behaviour
    {
        public Func<int, bool> FailsAfterWriting { get; set; } = _ => false;

        public Action BeforeWriting { get; set; } = () => { };

        public Action AfterWriting { get; set; } = () => { };

        public int Attempts { get; set; }
    }

    private sealed class NoteTaker(Behaviour behaviour) : IEventHandler
    {
        public async Task HandleAsync(EventDelivery delivery, CancellationToken cancellationToken)
        {
            behaviour.Attempts++;
            behaviour.BeforeWriting();
            var transaction = await delivery.BeginTransactionAsync(cancellationToken);
            await using var command = transaction.Connection!.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, $"insert into notes values ({delivery.Event.Task.Value}, {delivery.Event.Version})");
            await command.ExecuteNonQueryAsync(cancellationToken);
            if (behaviour.FailsAfterWriting(delivery.Attempt))
            {
                throw new InvalidOperationException("not this time");
            }

            behaviour.AfterWriting();
        }
    }
}
