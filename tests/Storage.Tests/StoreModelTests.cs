using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using Microsoft.Data.Sqlite;

namespace SnapshotTasks.Tests;

/// <summary>Random lives of a few tasks: every store gives the answers and holds the rows of the in-memory one.</summary>
public sealed class StoreModelTests(PostgresServer server)
{
    private static readonly JsonSerializerOptions Readable = new() { Converters = { new JsonStringEnumConverter() } };
    private static readonly ProjectId[] Projects = [new("project"), new("another")];
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly SnapshotRequest Request = new(
        new MediaObject("in", "here", "video.mp4"), new MediaObject("out", "here", "pictures"), Sampling.Every(TimeSpan.FromSeconds(1)));

    // Few tasks and few leases, so that moves meet on them.
    private static readonly Gen<Move> AnyMove = Gen.OneOf<Move>(
        Gen.Int[0, 1].Select(Gen.Bool, Gen.Int[0, 2], Gen.Bool, (project, started, key, other) => (Move)new Add(project, started, key, other)),
        Gen.Int[1, 60].Select(Gen.Int[0, 4], Gen.Int[1, 3], (age, after, limit) => (Move)new Remove(age, after, limit)),
        Gen.Int[1, 3].Select(Gen.Int[1, 3], (count, attempts) => new Take(count, attempts)).Select(take => (Move)take),
        Gen.Int[0, 1].Select(Gen.Int[1, 6], (project, id) => new Cancel(project, id)).Array[1, 3].Select(cancels => (Move)new Decide(cancels)),
        Gen.Enum<End>().Select(Gen.Int[0, 5], (end, lease) => new Use(end, lease)).Array[1, 3].Select(uses => (Move)new Decide(uses)));

    private static readonly Gen<(int Seconds, Move[] Moves)[]> AnyLife = Gen.Int[0, 35].Select(AnyMove.Array[1, 5]).Array[1, 8];

    private enum End
    {
        Renew,
        Release,
        Complete,
        Fail,
    }

    [Fact]
    public Task Every_store_answers_like_the_in_memory_one() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new SqliteStoreFactory();
            var model = new InMemoryTaskStore(factory.Time);
            var store = factory.Create();
            await Live(life, factory, model, async operations =>
            {
                foreach (var operation in operations)
                {
                    await Run(store, operation);
                }
            });
            await SameRows(model, store);
        },
        iter: 40,
        threads: 1);

    // Without keys: PostgreSQL draws an id before it knows that a key has a task, so that ids would differ.
    [Fact]
    public Task The_postgres_store_answers_like_the_in_memory_one() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new PostgresStoreFactory(server);
            ITaskStore store = await factory.OpenStoreAsync();
            var model = new InMemoryTaskStore(factory.Time);
            var keyless = life.Select(each => (each.Seconds, each.Moves.Select(move => move is Add add ? add with { Key = 0 } : move).ToArray())).ToArray();
            await Live(keyless, factory, model, async operations =>
            {
                foreach (var operation in operations)
                {
                    await Run(store, operation);
                }
            });
            await SameRows(model, store);
        },
        iter: 12,
        threads: 1);

    [Fact]
    public Task A_batch_in_one_transaction_answers_like_one_transaction_after_the_other() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new SqliteStoreFactory();
            var model = new InMemoryTaskStore(factory.Time);
            var store = factory.Create();
            using var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
            connection.Open();
            using var primitive = new SqlitePrimitive(connection, new SqliteStatements(), factory.Time);
            await Live(life, factory, model, operations =>
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                primitive.Run(operations);
                transaction.Commit();
                operations.ToList().ForEach(operation => operation.Committed());
                return Task.CompletedTask;
            });
            await SameRows(model, store);
        },
        iter: 60,
        threads: 1);

    private static async Task Live(
        (int Seconds, Move[] Moves)[] life, StoreFactory factory, InMemoryTaskStore model, Func<IReadOnlyList<StoreOperation>, Task> run)
    {
        var leases = new List<(TaskId Id, Lease Lease)>();
        foreach (var (seconds, moves) in life)
        {
            factory.Advance(TimeSpan.FromSeconds(seconds));
            var expected = moves.Select(move => Operation(move, leases)).ToList();
            var actual = moves.Select(move => Operation(move, leases)).ToList();
            foreach (var operation in expected)
            {
                await Run(model, operation);
            }

            await run(actual);
            actual.Select(Answer).Should().Equal(expected.Select(Answer));
            var running = expected.OfType<Claiming>().SelectMany(claiming => claiming.Answer!).Select(outcome => outcome.Task)
                .Concat(expected.OfType<Submission>().Select(submission => submission.Answer!.Task));
            leases.InsertRange(0, running.Where(task => task.Lease is not null).Select(task => (task.Id, task.Lease!)));
        }
    }

    private static async Task SameRows(InMemoryTaskStore model, ITaskStore store)
    {
        foreach (var filter in Projects.Select(project => new TaskFilter(project)))
        {
            Json(await store.ListAsync(filter, 0, 100)).Should().Be(Json(await model.ListAsync(filter, 0, 100)));
        }
    }

    private static StoreOperation Operation(Move move, List<(TaskId Id, Lease Lease)> leases) => move switch
    {
        Add add => new Submission(new NewTask(Projects[add.Project], Request, add.Started ? new Claim("caller", Lease) : null)
        {
            Key = add.Key == 0 ? null : new IdempotencyKey($"key {add.Key}", $"{add.Other}"),
        }),
        Remove remove => new Removal(TimeSpan.FromSeconds(remove.Age), new TaskId(remove.After), remove.Limit),
        Take take => new Claiming(new Claim("worker", Lease, take.Count, take.Attempts)),
        Decide decide => new Deciding([.. decide.Parts.Select(part => Decision(part, leases))]),
        _ => throw new ArgumentOutOfRangeException(nameof(move)),
    };

    private static TaskDecision Decision(Part part, List<(TaskId Id, Lease Lease)> leases)
    {
        if (part is Cancel cancel)
        {
            return TaskDecision.Cancel(Projects[cancel.Project], new TaskId(cancel.Id));
        }

        var use = (Use)part;
        var (id, lease) = leases.Count > 0 ? leases[use.Lease % leases.Count] : (new TaskId(1), new Lease("nobody", 1, default));
        return use.End switch
        {
            End.Renew => TaskDecision.Renew(id, lease, Lease),
            End.Release => TaskDecision.Release(id, lease),
            End.Complete => TaskDecision.Complete(id, lease, ["0.jpg"]),
            End.Fail => TaskDecision.Fail(id, lease, new Failure(FailureCode.InvalidCodec, "It cannot be decoded.")),
        };
    }

    private static async Task Run(ITaskStore store, StoreOperation operation)
    {
        switch (operation)
        {
            case Submission submission:
                submission.Answer = await store.AddAsync(submission.Task);
                break;
            case Removal removal:
                removal.Answer = await store.RemoveEndedAsync(removal.Age, removal.After, removal.Limit);
                break;
            case Claiming claiming:
                claiming.Answer = await store.ClaimAsync(claiming.Claim);
                break;
            case Deciding deciding:
                await store.DecideAsync(deciding.Decisions);
                break;
        }
    }

    private static string Answer(StoreOperation operation) => operation switch
    {
        Submission submission => Json(submission.Answer),
        Claiming claiming => Json(claiming.Answer),
        Removal removal => Json(removal.Answer),
        Deciding deciding => string.Join('\n', deciding.Decisions.Select(decision => decision switch
        {
            TaskDecision<CancelOutcome> cancel => Json(cancel.Outcome),
            TaskDecision<LeaseOutcome> lease => Json(lease.Outcome),
            TaskDecision<CompleteOutcome> complete => Json(complete.Outcome),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        })),
        _ => throw new ArgumentOutOfRangeException(nameof(operation)),
    };

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, Readable);

    private abstract record Move;

    private sealed record Add(int Project, bool Started, int Key, bool Other) : Move;

    private sealed record Remove(int Age, int After, int Limit) : Move;

    private sealed record Take(int Count, int Attempts) : Move;

    private sealed record Decide(Part[] Parts) : Move
    {
        public override string ToString() => $"Decide {{ {string.Join<Part>(", ", Parts)} }}";
    }

    private abstract record Part;

    private sealed record Cancel(int Project, int Id) : Part;

    private sealed record Use(End End, int Lease) : Part;
}
