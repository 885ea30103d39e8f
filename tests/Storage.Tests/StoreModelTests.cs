using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;
using Microsoft.Data.Sqlite;
using Npgsql;

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
        Gen.Int[1, 3].Select(Gen.Int[1, 3], (count, attempts) => (Move)new Take(count, attempts)),
        Gen.Int[0, 1].Select(Gen.Int[1, 6], (project, id) => (Move)new Cancel(project, id)),
        Gen.Int[0, 1].Select(Gen.Int[1, 6], (project, id) => (Move)new Cancel(project, id)),
        Gen.Int[0, 1].Select(Gen.Int[1, 6], (project, id) => (Move)new Abort(project, id)),
        Gen.Int[-1, 1].Select(Gen.Bool, (project, pause) => (Move)new Hold(project, pause)),
        Gen.Enum<End>().Select(Gen.Int[0, 5], (end, lease) => (Move)new Use(end, lease)),
        Gen.Enum<End>().Select(Gen.Int[0, 5], (end, lease) => (Move)new Use(end, lease)));

    private static readonly Gen<(int Seconds, Move[] Moves)[]> AnyLife = Gen.Int[0, 35].Select(AnyMove.Array[1, 8]).Array[1, 8];

    private enum End
    {
        Renew,
        Publish,
        Release,
        Complete,
        Fail,
        Defer,
    }

    [Fact]
    public Task Every_store_answers_like_the_in_memory_one() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new SqliteStoreFactory();
            await Live(life, factory, new InMemoryTaskStore(factory.Time), factory.Create(), OneByOne);
        },
        iter: 40,
        threads: 1);

    // Without keys, and with pauses nothing that starts at once: PostgreSQL draws an id before it knows that none is needed, so that ids would differ.
    [Fact]
    public Task The_postgres_store_answers_like_the_in_memory_one() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new PostgresStoreFactory(server);
            var store = await factory.OpenStoreAsync();
            await Live(WithoutKeys(life), factory, new InMemoryTaskStore(factory.Time), store, OneByOne);
        },
        iter: 12,
        threads: 1);

    [Fact]
    public Task A_batch_in_one_transaction_answers_like_one_transaction_after_the_other() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new SqliteStoreFactory();
            var store = factory.Create();
            using var connection = new SqliteConnection($"Data Source={factory.Path};Pooling=False");
            connection.Open();
            using var rows = new SqliteTaskRows(connection, new SqliteStatements(), factory.Time, new LaneRing(factory.Time));
            await Live(ForBatches(life), factory, new InMemoryTaskStore(factory.Time), store, async (_, moves) =>
            {
                using var transaction = connection.BeginTransaction(deferred: false);
                (await new TaskBatch([.. moves.Select(move => move.Operation)]).RunAsync(rows)).Should().BeEmpty();
                transaction.Commit();
                rows.Committed();
                return moves.Select(move => move.Committed());
            });
        },
        iter: 60,
        threads: 1);

    [Fact]
    public Task A_batch_in_one_transaction_of_postgres_answers_like_one_transaction_after_the_other() => AnyLife.SampleAsync(
        async life =>
        {
            await using var factory = new PostgresStoreFactory(server);
            var store = await factory.OpenStoreAsync();
            await using var connection = (NpgsqlConnection)await factory.OpenAsync();
            var ring = new LaneRing(factory.Time);
            await Live(ForBatches(WithoutKeys(life)), factory, new InMemoryTaskStore(factory.Time), store, async (_, moves) =>
            {
                await using var transaction = await connection.BeginTransactionAsync();
                var rows = new PostgresTaskRows(connection, PostgresStoreFactory.Statements, ring, waits: false);
                (await new TaskBatch([.. moves.Select(move => move.Operation)]).RunAsync(rows)).Should().BeEmpty();
                await rows.Writing.SendAsync();
                await transaction.CommitAsync();
                rows.Committed();
                return moves.Select(move => move.Committed());
            });
        },
        iter: 12,
        threads: 1);

    private static async Task Live(
        (int Seconds, Move[] Moves)[] life,
        StoreFactory factory,
        InMemoryTaskStore model,
        ITaskStore store,
        Func<ITaskStore, List<Asked>, Task<IEnumerable<string>>> ask)
    {
        var leases = new List<(TaskId Id, Lease Lease)>();
        foreach (var (seconds, moves) in life)
        {
            factory.Advance(TimeSpan.FromSeconds(seconds));
            var granted = new List<SnapshotTask>();
            var expected = await OneByOne(model, [.. moves.Select(move => Ask(move, leases, granted.Add))]);
            var actual = await ask(store, [.. moves.Select(move => Ask(move, leases, _ => { }))]);
            actual.Should().Equal(expected);
            leases.InsertRange(0, granted.Where(task => task.Lease is not null).Select(task => (task.Id, task.Lease!)));
        }

        await SameRows(model, store);
    }

    private static async Task<IEnumerable<string>> OneByOne(ITaskStore store, List<Asked> moves)
    {
        var answers = new List<string>();
        foreach (var move in moves)
        {
            answers.Add(await move.OfAsync(store));
        }

        return answers;
    }

    private static (int Seconds, Move[] Moves)[] WithoutKeys((int Seconds, Move[] Moves)[] life)
    {
        var pauses = life.SelectMany(each => each.Moves).OfType<Hold>().Any(hold => hold.Pause);
        return [.. life.Select(each => (each.Seconds, each.Moves.Select(move => move is Add add ? add with { Key = 0, Started = add.Started && !pauses } : move).ToArray()))];
    }

    private static async Task SameRows(InMemoryTaskStore model, ITaskStore store)
    {
        foreach (var filter in Projects.Select(project => new TaskFilter(project)))
        {
            Json(await store.ListAsync(filter, 0, 100)).Should().Be(Json(await model.ListAsync(filter, 0, 100)));
        }
    }

    // What two steps of sweeps look at is held before either of them removes it: the second one begins where the first one did. And
    // claims search before anything is decided: what a pause holds back of that, or its end frees, is for the next claim, which it wakes.
    private static (int Seconds, Move[] Moves)[] ForBatches((int Seconds, Move[] Moves)[] life) =>
        [.. life.Select(each => (each.Seconds, each.Moves.Where(move => move is not (Remove or Hold)).Concat(each.Moves.OfType<Hold>()).Concat(each.Moves.OfType<Remove>().Take(1)).ToArray()))];

    private static Asked Ask(Move move, List<(TaskId Id, Lease Lease)> leases, Action<SnapshotTask> granted)
    {
        switch (move)
        {
            case Add add:
                var task = new NewTask(Projects[add.Project], Request, add.Started ? new Claim("caller", Lease) : null)
                {
                    Key = add.Key == 0 ? null : new IdempotencyKey($"key {add.Key}", $"{add.Other}"),
                };
                return new Asked<Decision<SubmitAnswer>>(new Submission(task), store => store.AddAsync(task), decision => Text(decision, granted));
            case Remove remove:
                var (age, after) = (TimeSpan.FromSeconds(remove.Age), new TaskId(remove.After));
                return new Asked<RemovalOutcome>(new Removal(age, after, remove.Limit), store => store.RemoveEndedAsync(age, after, remove.Limit), Json);
            case Take take:
                var claim = new Claim("worker", Lease, take.Count, take.Attempts);
                return new Asked<IReadOnlyList<Decision<ClaimAnswer>>>(
                    new Claiming(claim),
                    store => store.ClaimAsync(claim),
                    decisions => string.Join('\n', decisions.Select(decision => Text(decision, granted))));
            case Cancel cancel:
                return Decide(TaskDecision.Cancel(Projects[cancel.Project], new TaskId(cancel.Id)));
            case Abort abort:
                return Decide(TaskDecision.Abort(Projects[abort.Project], new TaskId(abort.Id), new Failure(FailureCode.Aborted, "Aborted by somebody.")));
            case Hold hold:
                ProjectId? scope = hold.Project < 0 ? null : Projects[hold.Project];
                var pause = hold.Pause ? PauseDecision.Pause(scope, "somebody", "for a while") : PauseDecision.Resume(scope);
                return new Asked<PauseOutcome>(new Pausing(pause), store => store.DecideAsync(pause), Json);
            case Use use:
                var (id, lease) = leases.Count > 0 ? leases[use.Lease % leases.Count] : (new TaskId(1), new Lease("nobody", 1, default));
                return use.End switch
                {
                    End.Renew => Decide(TaskDecision.Renew(id, lease, Lease)),
                    End.Publish => Decide(TaskDecision.Renew(id, lease, Lease, publishing: true)),
                    End.Defer => Decide(TaskDecision.Defer(id, lease, new Failure(FailureCode.SystemError, "It is away."), TimeSpan.FromSeconds(20), 3)),
                    End.Release => Decide(TaskDecision.Release(id, lease)),
                    End.Complete => Decide(TaskDecision.Complete(id, lease, ["0.jpg"])),
                    End.Fail => Decide(TaskDecision.Fail(id, lease, new Failure(FailureCode.InvalidCodec, "It cannot be decoded."))),
                };
            default:
                throw new ArgumentOutOfRangeException(nameof(move));
        }
    }

    private static Asked<Decision<TAnswer>> Decide<TAnswer>(TaskDecision<TAnswer> decision)
        where TAnswer : struct, Enum
    {
        var whole = decision with { Whole = true };
        return new(new Deciding<TAnswer>(whole), store => store.DecideAsync(whole), made => Text(made, _ => { }));
    }

    private static string Text<TAnswer>(Decision<TAnswer> decision, Action<SnapshotTask> granted)
        where TAnswer : struct, Enum
    {
        if (decision.TaskIfAny is { } task)
        {
            granted(task);
        }

        return Json(new { decision.Answer, decision.Trigger, decision.Happened, Task = decision.TaskIfAny });
    }

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, Readable);

    private abstract record Move;

    private sealed record Add(int Project, bool Started, int Key, bool Other) : Move;

    private sealed record Remove(int Age, int After, int Limit) : Move;

    private sealed record Take(int Count, int Attempts) : Move;

    private sealed record Cancel(int Project, int Id) : Move;

    private sealed record Abort(int Project, int Id) : Move;

    private sealed record Hold(int Project, bool Pause) : Move;

    private sealed record Use(End End, int Lease) : Move;

    /// <summary>A move that can be asked of a store, or be part of a batch.</summary>
    private abstract record Asked(StoreOperation Operation)
    {
        public abstract Task<string> OfAsync(ITaskStore store);

        public abstract string Committed();
    }

    private sealed record Asked<T>(StoreOperation<T> Work, Func<ITaskStore, Task<T>> Of, Func<T, string> Text) : Asked(Work)
    {
        public override async Task<string> OfAsync(ITaskStore store) => Text(await Of(store));

        public override string Committed()
        {
            Work.Committed();
            return Text(Work.Answered.GetAwaiter().GetResult());
        }
    }
}
