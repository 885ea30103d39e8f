using System.Data.Common;

namespace SnapshotTasks.Tests;

/// <summary>What version 0.1 has left behind is brought up to date without loss; it has a task of every kind, made by the software of 0.1 itself.</summary>
public abstract class YesterdayContract : IAsyncLifetime
{
    /// <summary>A minute after 0.1 has last written.</summary>
    protected static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 2, 0, TimeSpan.Zero);

    protected static readonly ProjectId Project = new("project");
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    /// <summary>The rows as 0.1 has left them.</summary>
    protected abstract Task<IReadOnlyList<Dictionary<string, object>>> RowsBeforeAsync();

    /// <summary>The rows as they are now.</summary>
    protected abstract Task<IReadOnlyList<Dictionary<string, object>>> RowsAsync();

    /// <summary>The first opening brings everything up to date.</summary>
    protected abstract Task<ITaskStore> OpenAsync();

    /// <summary>All that can be said about a schema.</summary>
    protected abstract Task<(IReadOnlyList<Dictionary<string, object>> Fresh, IReadOnlyList<Dictionary<string, object>> Upgraded)> SchemasAsync();

    public abstract ValueTask InitializeAsync();

    public abstract ValueTask DisposeAsync();

    [Fact]
    public async Task Every_column_of_every_task_is_as_it_was()
    {
        var before = await RowsBeforeAsync();
        await OpenAsync();
        var after = await RowsAsync();

        before.Select(row => row["state"]).Should().Contain(["Queued", "Running", "Completed", "Cancelled"]);
        after.Should().HaveSameCount(before);
        after.Zip(before).Should().AllSatisfy(row => row.First.Where(column => row.Second.ContainsKey(column.Key)).Should().BeEquivalentTo(row.Second));
    }

    [Fact]
    public async Task What_is_brought_up_to_date_has_the_schema_of_what_is_new()
    {
        await OpenAsync();

        var (fresh, upgraded) = await SchemasAsync();
        fresh.Should().HaveCountGreaterThan(20);
        upgraded.Should().BeEquivalentTo(fresh);
    }

    [Fact]
    public async Task Tasks_in_every_state_read_as_they_were()
    {
        var rows = await RowsBeforeAsync();
        var store = await OpenAsync();

        var tasks = await store.ListAsync(new TaskFilter(Project), 0, 100);

        tasks.Select(task => task.Id.Value).Should().Equal(10, 9, 8, 7, 6, 5, 4, 3, 2, 1);
        tasks.Should().AllSatisfy(task =>
        {
            var row = rows.Single(row => row["id"].Equals(task.Id.Value));
            task.State.ToString().Should().Be((string)row["state"]);
            TaskJson.Write(task.Request).Should().Be((string)row["request"]);
        });
        SnapshotTask Task(int id) => tasks.Single(task => task.Id.Value == id);
        Task(1).Pictures.Should().Equal("picture_1.jpg", "bild ü 2.jpg");
        Task(1).Request.UserData.Should().StartWith("line 1\nline 2 \"quoted\" \\ 'it' é 🎬 xxx").And.HaveLength(335);
        Task(1).Request.Input.Path.Should().Be("filme/Prüfung – 测试 🎬.mp4");
        Task(1).CreatedAt.Should().Be(new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero));
        Task(2).Failure.Should().Be(new Failure(FailureCode.InvalidFormat, "The input is not a video."));
        Task(3).Failure!.Reason.Should().StartWith("Given up: 1 attempts");
        Task(4).EndedAt.Should().Be(new DateTimeOffset(2026, 3, 1, 12, 0, 5, TimeSpan.Zero));
        Task(5).Attempt.Should().Be(2);
        Task(6).Lease.Should().Be(new Lease("worker-at-work", 1, new DateTimeOffset(2026, 3, 1, 13, 0, 6, TimeSpan.Zero)));
        Task(9).ReleasedAttempts.Should().Be(1);
    }

    [Fact]
    public async Task A_holder_of_yesterday_completes_its_run_and_dead_ones_are_taken_over_before_what_is_queued()
    {
        var store = await OpenAsync();

        var held = (await store.GetAsync(Project, [new TaskId(6)])).Should().ContainSingle().Subject.Lease!;
        (await store.DecideAsync(TaskDecision.Complete(new TaskId(6), held, ["0.jpg"]))).Answer.Should().Be(CompleteAnswer.Recorded);
        var claimed = await store.ClaimAsync(new Claim("worker", Minute, 100));

        claimed.Select(outcome => (outcome.Task.Id.Value, outcome.Answer, outcome.Task.Attempt)).Should().Equal(
            (9, ClaimAnswer.TakenOver, 2), (7, ClaimAnswer.TakenOver, 2), (11, ClaimAnswer.Started, 1), (10, ClaimAnswer.Started, 1));
    }

    [Fact]
    public async Task An_id_is_not_given_again_also_when_its_task_had_been_removed()
    {
        var highest = (await RowsBeforeAsync()).Max(row => (long)row["id"]);
        var store = await OpenAsync();

        var added = (await store.AddAsync(new NewTask(Project, new SnapshotRequest(new("in", "", "a"), new("out", "", "b"), Sampling.At(Minute))))).Task;

        added.Id.Value.Should().Be(highest + (HasRemoved ? 2 : 1));
    }

    /// <summary>Whether 0.1 had removed a task, which was the last.</summary>
    protected virtual bool HasRemoved => true;

    protected static async Task<IReadOnlyList<Dictionary<string, object>>> ReadAsync(DbConnection connection, string statement)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<Dictionary<string, object>>();
        while (await reader.ReadAsync())
        {
            rows.Add(Enumerable.Range(0, reader.FieldCount).ToDictionary(reader.GetName, reader.GetValue));
        }

        return rows;
    }

    protected static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "Yesterday", file);

    /// <summary>A submission of 0.1 is repeated with the hash that its row has, and refused with another.</summary>
    protected static async Task RepeatsAsync(ITaskStore store, IReadOnlyList<Dictionary<string, object>> before)
    {
        var keyed = before.Where(row => row["idempotency_key"] is string).ToList();
        keyed.Should().HaveCount(6);
        foreach (var row in keyed)
        {
            async Task<Decision<SubmitAnswer>> SubmitAsync(string hash) => await store.AddAsync(
                new NewTask(Project, new SnapshotRequest(new("in", "", "a"), new("out", "", "b"), Sampling.At(Minute)))
                {
                    Key = new IdempotencyKey((string)row["idempotency_key"], hash),
                });

            var repeated = await SubmitAsync((string)row["request_hash"]);
            (repeated.Answer, repeated.Task.Id.Value).Should().Be((SubmitAnswer.Repeated, (long)row["id"]));
            (await SubmitAsync("another")).Answer.Should().Be(SubmitAnswer.KeyReused);
        }
    }
}
