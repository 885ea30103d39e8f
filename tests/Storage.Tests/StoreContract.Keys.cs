namespace SnapshotTasks.Tests;

/// <summary>Submissions that may be repeated.</summary>
public abstract partial class StoreContract
{
    [Theory]
    [InlineData(TaskState.Queued)]
    [InlineData(TaskState.Running)]
    [InlineData(TaskState.Completed)]
    [InlineData(TaskState.Cancelled)]
    public async Task A_submission_with_the_key_of_an_earlier_one_gives_its_task_in_whatever_state_it_is(TaskState state)
    {
        var first = await Store.AddAsync(Keyed("key"));
        first.Answer.Should().Be(SubmitAnswer.Accepted);
        var task = await Move(first.Task, state);

        var again = await Store.AddAsync(Keyed("key"));

        again.Should().BeEquivalentTo(new { Answer = SubmitAnswer.Repeated, Task = task });
        (await Store.CountAsync(new TaskFilter(Project), 9)).Should().Be(1);
    }

    [Fact]
    public async Task A_key_that_is_used_for_another_request_is_refused_and_adds_nothing()
    {
        var first = await Store.AddAsync(Keyed("key"));

        var other = await Store.AddAsync(Keyed("key", hash: "of another request"));

        other.Should().BeEquivalentTo(new { Answer = SubmitAnswer.KeyReused, Task = first.Task });
        (await Store.CountAsync(new TaskFilter(Project), 9)).Should().Be(1);
        (await Store.AddAsync(Keyed("key"))).Answer.Should().Be(SubmitAnswer.Repeated, "the refused one has left no trace");
    }

    [Fact]
    public async Task Keys_of_other_projects_and_keys_that_differ_in_case_are_other_keys()
    {
        var added = new[]
        {
            await Store.AddAsync(Keyed("key")),
            await Store.AddAsync(Keyed("Key")),
            await Store.AddAsync(Keyed("key ")),
            await Store.AddAsync(Keyed("key") with { Project = Another }),
            await Store.AddAsync(new NewTask(Project, Request)),
            await Store.AddAsync(new NewTask(Project, Request)),
        };

        added.Should().OnlyContain(outcome => outcome.Answer == SubmitAnswer.Accepted);
        added.Select(outcome => outcome.Task.Id).Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task Callers_that_send_the_same_keys_at_once_get_one_task_for_each_key()
    {
        const int keys = 10, callers = 20;

        var answers = await Task.WhenAll(Enumerable.Range(0, callers).SelectMany(caller =>
            Enumerable.Range(0, keys).Select(i => Store.AddAsync(Keyed($"key {(caller % 2 == 0 ? i : keys - 1 - i)}")))));

        answers.Where(answer => answer.Answer == SubmitAnswer.Accepted).Should().HaveCount(keys);
        answers.Where(answer => answer.Answer == SubmitAnswer.Repeated).Should().HaveCount(keys * (callers - 1));
        answers.Select(answer => answer.Task.Id).Distinct().Should().HaveCount(keys);
        (await Store.CountAsync(new TaskFilter(Project), 1000)).Should().Be(keys);
    }

    [Fact]
    public async Task The_trace_of_a_submission_is_kept_with_its_task()
    {
        const string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        var added = (await Store.AddAsync(new NewTask(Project, Request) { TraceParent = trace })).Task;

        added.TraceParent.Should().Be(trace);
        (await Row(added.Id)).Should().BeEquivalentTo(added);
        (await ClaimOne()).TraceParent.Should().Be(trace);
    }

    protected static NewTask Keyed(string key, string hash = "of the request") => new(Project, Request) { Key = new IdempotencyKey(key, hash) };
}
