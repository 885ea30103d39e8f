namespace SnapshotTasks.Tests;

public sealed class WireCancelTests(WireServer server) : IClassFixture<WireServer>
{
    [Fact]
    public async Task A_queued_task_is_cancelled_once_and_the_repeat_is_told_so()
    {
        var id = await server.CreateAsync();

        var answer = await server.DeleteAsync($"?task_id={id}");
        var repeat = await server.DeleteAsync($"?task_id={id}");

        answer.Should().Match<WireAnswer>(cancel => cancel.Status == 204 && cancel.Body == "" && cancel.RequestId != null);
        repeat.MustBeError(400, "MPC.10212", "Operation failed.", "The task is CANCELED since 2026-01-02T03:04:05Z");
        (await server.TaskAsync(id)).State.Should().Be(TaskState.Cancelled);
    }

    [Fact]
    public async Task A_task_that_has_started_or_ended_cannot_be_cancelled()
    {
        await using var own = await WireServer.StartAsync();
        var (succeeded, failed, running) = await own.StartedAsync();

        foreach (var (id, status) in new[] { (succeeded, "SUCCEEDED"), (failed, "FAILED"), (running, "PROCESSING") })
        {
            var before = await own.TaskAsync(id);

            var answer = await own.DeleteAsync($"?task_id={id}");

            answer.MustBeError(
                400, "MPC.10212", $"Operation failed. The task is {status} since 2026-01-02T03:04:05Z and can no longer be cancelled.");
            (await own.TaskAsync(id)).Should().Be(before);
        }
    }

    [Fact]
    public async Task A_task_of_another_project_does_not_exist_in_this_one()
    {
        var id = await server.CreateAsync("another");

        var foreign = await server.DeleteAsync($"?task_id={id}");
        var unknown = await server.DeleteAsync("?task_id=9999999999999999");

        foreign.MustBeError(400, "MPC.10211", "The task does not exist.");
        unknown.MustBeError(400, "MPC.10211", "The task does not exist.");
        foreign.ErrorMessage.Should().Be(unknown.ErrorMessage);
        (await server.TaskAsync(id, "another")).State.Should().Be(TaskState.Queued);
    }

    public static TheoryData<string> BadIds =>
    [
        "-1", "%2B1", "1e3", "0", "007", "0x1", "1.0", "1,2", "１２", "٣", "12345678901234567", "99999999999999999999", "", "%20", "%201", "1%20", "1+", "1%00",
        "%00", "%FF", "%ZZ", "abc", "null", "System.Collections.Generic.List%601[System.String]",
    ];

    [Theory]
    [MemberData(nameof(BadIds))]
    public async Task An_id_that_is_no_id_is_refused_by_cancel_and_by_query(string id)
    {
        var task = await server.CreateAsync();

        (await server.DeleteAsync($"?task_id={id}")).MustBeError(400, "MPC.10202", "task_id", "1 to 16 digits");
        (await server.GetAsync($"?task_id={task}&task_id={id}")).MustBeError(400, "MPC.10202", "task_id", "1 to 16 digits");
        (await server.TaskAsync(task)).State.Should().Be(TaskState.Queued);
        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_cancel_needs_exactly_one_id()
    {
        var (first, second) = (await server.CreateAsync(), await server.CreateAsync());

        foreach (var query in new[] { "", "?", "?task=1", $"?task_id={first}&task_id={second}", $"?task_id={first}&task_id={first}", $"?task_id={first}&TASK_ID=" })
        {
            (await server.DeleteAsync(query)).MustBeError(400, "MPC.10202", "task_id", "exactly once");
        }

        (await server.TaskAsync(first)).State.Should().Be(TaskState.Queued);
        (await server.TaskAsync(second)).State.Should().Be(TaskState.Queued);
        server.LoggedErrors.Should().BeEmpty();
    }

    public static TheoryData<string> BadProjects =>
        ["%7Bproject_id%7D", new string('p', 65), "a%2Fb", "a%20b", "%20", "%C3%A9", "%FF", "a.b", "a%5Cb", "..%2F..", "a;b", "a+b"];

    [Theory]
    [MemberData(nameof(BadProjects))]
    public async Task A_project_id_that_is_none_is_refused_on_every_route(string project)
    {
        var before = await server.TotalAsync();

        foreach (var answer in new[]
        {
            await server.PostAsync(WireBody.With(), project),
            await server.GetAsync("", project),
            await server.GetAsync("?task_id=1", project),
            await server.DeleteAsync("?task_id=1", project),
        })
        {
            answer.MustBeError(400, "MPC.10202", "project_id", "1 to 64");
        }

        (await server.TotalAsync()).Should().Be(before);
        server.LoggedErrors.Should().BeEmpty();
    }

    [Fact]
    public async Task A_project_id_has_up_to_64_characters()
    {
        (await server.GetAsync("", new string('p', 64))).Status.Should().Be(200);
        (await server.GetAsync("", "aZ09_-")).Status.Should().Be(200);
    }
}
