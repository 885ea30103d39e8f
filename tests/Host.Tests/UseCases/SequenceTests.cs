using System.Collections.Concurrent;
using System.Data.Common;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace SnapshotTasks.Tests;

/// <summary>What happens in a cancel and in a completion, seen at the seams of a real store: docs/architecture.md draws what is seen here.</summary>
public sealed class SequenceTests : IAsyncLifetime
{
    private static readonly ProjectId Project = new("project");
    private static readonly SnapshotRequest Request = new(new("in", "here", "video.mp4"), new("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)));
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> seen = new();

    // Told behind the answer, so at whatever moment: drawn last.
    private readonly ConcurrentQueue<string> heard = new();
    private readonly IHost host;

    public SequenceTests()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton<INotificationHandler<SnapshotTaskCancelled>>(new Hearing<SnapshotTaskCancelled>(heard, notification => notification.Task));
        builder.Services.AddSingleton<INotificationHandler<SnapshotTaskCompleted>>(new Hearing<SnapshotTaskCompleted>(heard, notification => notification.Task));
        builder.Services.AddSnapshotTasks(tasks => tasks.UseStore(_ => new SeenStore(seen, new SqliteTaskStore(
            $"sequence-{Guid.NewGuid():N}.db", TimeProvider.System, new SqliteStatements(), through: session => new SeenSession(seen, session)))));
        host = builder.Build();
    }

    private IMediator Mediator => host.Services.GetRequiredService<IMediator>();

    private ITaskStore Store => host.Services.GetRequiredService<ITaskStore>();

    public async ValueTask InitializeAsync()
    {
        await host.StartAsync();
        await Mediator.Send(new SubmitSnapshotTask(Project, Request));
        seen.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await host.StopAsync();
        host.Dispose();
    }

    [Fact]
    public async Task A_cancel_happens_as_it_is_drawn()
    {
        seen.Enqueue("Caller->>Use case: CancelSnapshotTask");
        var outcome = await Mediator.Send(new CancelSnapshotTask(Project, new TaskId(1)));
        seen.Enqueue($"Use case-->>Caller: {outcome.Answer}, {outcome.State} since …");

        await IsDrawnAsync("cancel");
    }

    [Fact]
    public async Task A_completion_happens_as_it_is_drawn()
    {
        var run = (await Store.ClaimAsync(new Claim("worker", Lease))).Single().Task;
        seen.Enqueue("Worker->>Worker: takes the pictures into a folder of its own");
        await Store.DecideAsync(TaskDecision.Renew(run.Id, run.Lease!, Lease));
        seen.Enqueue("Worker->>Worker: publishes them");
        await Store.DecideAsync(TaskDecision.Complete(run.Id, run.Lease!, ["0.jpg"]));

        await IsDrawnAsync("completion");
    }

    private async Task IsDrawnAsync(string name)
    {
        // What has been decided so far is heard when this returns.
        await host.Services.GetRequiredService<NotificationPublisher>().StopAsync(CancellationToken.None);
        var asker = name == "cancel" ? "Use case" : "Worker";
        var lines = seen.Concat(heard).Select(line => $"    {line.Replace("Asker", asker, StringComparison.Ordinal)}\n");
        var drawing = $"```mermaid\nsequenceDiagram\n{string.Concat(lines)}```";
        Repository.Block("docs/architecture.md", name, drawing).Should().Be(drawing, "UPDATE_DOCS=1 rewrites it when a change is meant");
    }

    private sealed class Hearing<TNotification>(ConcurrentQueue<string> heard, Func<TNotification, SnapshotTask> taskOf) : INotificationHandler<TNotification>
        where TNotification : INotification
    {
        public Task Handle(TNotification notification, CancellationToken cancellationToken)
        {
            // Whoever is told is told of the whole task, although the decision did not need it.
            taskOf(notification).Request.Should().BeEquivalentTo(Request);
            heard.Enqueue($"Store-)Handlers: {typeof(TNotification).Name}");
            return Task.CompletedTask;
        }
    }

    /// <summary>The port, and what goes through it.</summary>
    private sealed class SeenStore(ConcurrentQueue<string> seen, ITaskStore store) : PassingStore(store)
    {
        public override async Task<Decision<TAnswer>> DecideAsync<TAnswer>(
            TaskDecision<TAnswer> decision, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        {
            seen.Enqueue($"Asker->>Store: {decision.Trigger?.ToString() ?? "renew the lease of"} task {decision.Id}");
            var decided = await base.DecideAsync(decision, transaction, cancellationToken);
            seen.Enqueue($"Store-->>Asker: {decided.Answer}");
            return decided;
        }

        public override async Task<IReadOnlyList<Decision<ClaimAnswer>>> ClaimAsync(Claim claim, CancellationToken cancellationToken = default)
        {
            seen.Enqueue($"Asker->>Store: claim {claim.Count}");
            var claimed = await base.ClaimAsync(claim, cancellationToken);
            seen.Enqueue($"Store-->>Asker: {string.Join(", ", claimed.Select(decision => decision.Answer))}");
            return claimed;
        }
    }

    /// <summary>The transaction of a batch, step by step.</summary>
    private sealed class SeenSession(ConcurrentQueue<string> seen, IStoreSession session) : IStoreSession
    {
        public ValueTask<bool> WaitAsync(ValueTask<bool> ready) => session.WaitAsync(ready);

        public ValueTask BeginAsync()
        {
            seen.Enqueue("Store->>Database: begin");
            return session.BeginAsync();
        }

        public async ValueTask<Held?> HoldAsync(Wanted wanted)
        {
            var held = await session.HoldAsync(wanted);
            seen.Enqueue("Store->>Database: hold");
            seen.Enqueue($"Database-->>Store: {string.Join(", ", held!.Tasks.Values.Select(task => $"{task.State}, version {task.Version}"))}");
            return held;
        }

        public ValueTask WriteAsync(Changes changes)
        {
            foreach (var (task, heldVersion) in changes.Changed)
            {
                seen.Enqueue($"Store->>Domain: decide on version {heldVersion}");
                seen.Enqueue($"Domain-->>Store: {task.State}, event: {(changes.Happened is [var happened] ? happened : "none")}");
                seen.Enqueue($"Store->>Database: write {task.State}, version {task.Version}");
            }

            return session.WriteAsync(changes);
        }

        public ValueTask CommitAsync()
        {
            seen.Enqueue("Store->>Database: commit");
            return session.CommitAsync();
        }

        public ValueTask RollBackAsync(Exception cause) => session.RollBackAsync(cause);

        public StoreFailure Explain(Exception error, StoreStep step) => session.Explain(error, step);

        public ValueTask DisposeAsync() => session.DisposeAsync();
    }
}
