using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

public sealed class UseCaseTests
{
    private readonly ServiceProvider services = Host();

    private IMediator Mediator => services.GetRequiredService<IMediator>();

    private ITaskStore Store => services.GetRequiredService<ITaskStore>();

    [Fact]
    public async Task A_queued_task_is_cancelled_through_the_mediator_and_never_starts()
    {
        var task = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request))).Task;

        var outcome = await Mediator.Send(new CancelSnapshotTask(Some.Project, task.Id));

        outcome.Answer.Should().Be(CancelAnswer.Cancelled);
        (await Store.ClaimAsync(Some.Claim)).Should().BeEmpty();
    }

    [Fact]
    public async Task A_submission_has_the_priority_that_it_says_and_there_is_one_for_what_says_none()
    {
        var usual = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request))).Task;
        var urgent = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request) { Priority = TaskPriority.High })).Task;

        (usual.Priority, urgent.Priority).Should().Be((TaskPriority.Normal, TaskPriority.High));
        (await Store.ClaimAsync(Some.Claim)).Single().Task.Id.Should().Be(urgent.Id);
        (await Rejected(new SubmitSnapshotTask(Some.Project, Some.Request) { Priority = (TaskPriority)9 })).Should().Equal("Priority");
    }

    [Fact]
    public async Task A_started_task_refuses_its_cancel_naming_the_state_and_since_when()
    {
        var task = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request))).Task;
        var started = (await Store.ClaimAsync(Some.Claim)).Single().Task;

        var outcome = await Mediator.Send(new CancelSnapshotTask(Some.Project, task.Id));

        outcome.Answer.Should().Be(CancelAnswer.Refused);
        outcome.State.Should().Be(started.State);
        outcome.Since.Should().Be(started.StartedAt);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(10_000_000_000_000_000)]
    public async Task A_cancel_with_an_invalid_task_id_is_rejected_before_any_store(long id) =>
        (await Rejected(new CancelSnapshotTask(Some.Project, new TaskId(id)))).Should().Equal("TaskId");

    [Fact]
    public async Task Every_command_validates_its_project()
    {
        var project = new ProjectId("a/b");
        (await Rejected(new CancelSnapshotTask(project, new TaskId(1)))).Should().Equal("Project");
        (await Rejected(new SubmitSnapshotTask(project, Some.Request))).Should().Equal("Project");
        (await Rejected(new TakeSnapshotNow(project, Some.OnePoint))).Should().Equal("Project");
        (await Rejected(new FindSnapshotTasks(project, [new TaskId(1)]))).Should().Equal("Project");
        (await Rejected(new FindSnapshotTaskPage(new TaskFilter(project)))).Should().Equal("Filter.Project");
    }

    public static TheoryData<string, SnapshotRequest> BadRequests => new()
    {
        { "Request.Input.Bucket", Some.Request with { Input = new("..", "r", "a") } },
        { "Request.Input.Bucket", Some.Request with { Input = new(new string('b', 65), "r", "a") } },
        { "Request.Input.Location", Some.Request with { Input = new("b", "", "a") } },
        { "Request.Input.Path", Some.Request with { Input = new("b", "r", "../a") } },
        { "Request.Input.Path", Some.Request with { Input = new("b", "r", "a/") } },
        { "Request.Output.Path", Some.Request with { Output = new("b", "r", "//a") } },
        { "Request.Output.FileName", Some.Request with { Output = new("b", "r", "a", "\0") } },
        { "Request.UserData", Some.Request with { UserData = "a\0" } },
        { "Request.UserData", Some.Request with { UserData = new string('u', 65_536) } },
        { "Request.OutputFileName", Some.Request with { OutputFileName = "../x" } },
        { "Request.OutputFileName", Some.Request with { OutputFileName = new string('n', 257) } },
        { "Request.OutputFileName", Some.Request with { OutputFileName = ".cover" } },
        { "Request.Input.Bucket", Some.Request with { Input = new(".b", "r", "a") } },
        { "Request.Output.Bucket", Some.Request with { Output = new(".snapshots", "r", "a") } },
        { "Request.Output.Path", Some.Request with { Output = new("b", "r", "a/.b/c") } },
        { "Request.Output.Path", Some.Request with { Output = new("b", "r", "/.a") } },
        { "Request.Input.Path", Some.Request with { Input = new("b", "r", new string('é', 513)) } },
        { "Request.Output.Path", Some.Request with { Output = new("b", "r", $"{new string('é', 512)}/") } },
        { "Request.Sampling.Interval", Some.Request with { Sampling = Sampling.Every(TimeSpan.FromSeconds(101)) } },
        { "Request.Sampling.Start", Some.Request with { Sampling = Sampling.Every(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(-1)) } },
        { "Request.Sampling.Duration", Some.Request with { Sampling = Sampling.Every(TimeSpan.FromSeconds(1), default, TimeSpan.FromSeconds(-1)) } },
        { "Request.Sampling.Points", Some.Request with { Sampling = Sampling.At() } },
        { "Request.Sampling.Points", Some.Request with { Sampling = Sampling.At(TimeSpan.FromSeconds(-1)) } },
        { "Request.Sampling.Points", Some.Request with { Sampling = Sampling.At([.. Enumerable.Range(0, 11).Select(i => TimeSpan.FromSeconds(i))]) } },
        { "Request.Size.Width", Some.Request with { Size = new(Width: 96) } },
        { "Request.Size.Width", Some.Request with { Size = new(Width: 3841, Height: 100) } },
        { "Request.Size.Height", Some.Request with { Size = new(Width: 100, Height: 96) } },
        { "Request.Size.Height", Some.Request with { Size = new(Height: 2161) } },
        { "Request.Size.Height", Some.Request with { Size = new(Height: -1) } },
        { "Request.Size.MaxLength", Some.Request with { Size = new(MaxLength: 239) } },
        { "Request.Size.MaxLength", Some.Request with { Size = new(MaxLength: 3841) } },
        { "Request.Black.Amount", Some.Request with { Black = new(-1, 32) } },
        { "Request.Black.Amount", Some.Request with { Black = new(101, 32) } },
        { "Request.Black.Threshold", Some.Request with { Black = new(98, -1) } },
        { "Request.Black.Threshold", Some.Request with { Black = new(98, 256) } },
    };

    [Theory]
    [MemberData(nameof(BadRequests))]
    public async Task A_bad_request_is_rejected_naming_the_field_and_stores_nothing(string field, SnapshotRequest request)
    {
        (await Rejected(new SubmitSnapshotTask(Some.Project, request))).Should().Equal(field);
        (await Store.CountAsync(new TaskFilter(Some.Project), 1)).Should().Be(0);
    }

    public static TheoryData<SnapshotRequest> GoodRequests =>
    [
        Some.Request with { Size = new(), Black = new(0, 0) },
        Some.Request with { Size = new(97, 97, 240), Black = new(100, 255) },
        Some.Request with { Size = new(3840, 2160, 3840), Archive = true },
        Some.Request with { Input = new("b", "r", ".hidden/.a"), Output = new("b.", "r", "a../b.c"), OutputFileName = "a.b" },
        Some.Request with { Input = new("b", "r", new string('é', 512)) },
    ];

    [Theory]
    [MemberData(nameof(GoodRequests))]
    public async Task What_is_at_its_limits_is_accepted_and_kept(SnapshotRequest request) =>
        (await Mediator.Send(new SubmitSnapshotTask(Some.Project, request))).Task.Request.Should().Be(request);

    [Fact]
    public async Task A_snapshot_that_is_wanted_now_is_of_exactly_one_point()
    {
        var second = TimeSpan.FromSeconds(1);
        (await Rejected(new TakeSnapshotNow(Some.Project, Some.Request))).Should().Equal("Request.Sampling.Kind");
        foreach (var sampling in new[] { Sampling.At(), Sampling.At(second, second), Sampling.At(-second) })
        {
            (await Rejected(new TakeSnapshotNow(Some.Project, Some.Request with { Sampling = sampling }))).Should().Equal("Request.Sampling.Points");
        }

        (await Rejected(new TakeSnapshotNow(Some.Project, Some.OnePoint with { UserData = "a\0" }))).Should().Equal("Request.UserData");
    }

    [Fact]
    public async Task Without_a_worker_in_this_process_a_snapshot_that_is_wanted_now_has_no_slot_and_stores_nothing()
    {
        var outcome = await Mediator.Send(new TakeSnapshotNow(Some.Project, Some.OnePoint));

        outcome.Should().Be(new TakeSnapshotNowOutcome(TakeSnapshotNowAnswer.NoFreeSlot, null));
        (await Store.CountAsync(new TaskFilter(Some.Project), 1)).Should().Be(0);
    }

    [Fact]
    public async Task A_directory_of_its_own_is_drawn_once_and_kept()
    {
        var task = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request) { OwnDirectory = true })).Task;
        task.Request.Output.Path.Should().MatchRegex("^out/[0-9a-f]{16}$");
        (await Store.GetAsync(Some.Project, [task.Id])).Single().Request.Output.Should().Be(task.Request.Output);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_submission_that_is_repeated_with_its_key_gives_the_same_task_in_the_same_directory(bool own)
    {
        var command = new SubmitSnapshotTask(Some.Project, Some.Request) { OwnDirectory = own, IdempotencyKey = "key" };
        var first = await Mediator.Send(command);

        var again = await Mediator.Send(command with { Request = Some.Request });

        first.Answer.Should().Be(SubmitAnswer.Accepted);
        again.Should().BeEquivalentTo(new SubmitOutcome(SubmitAnswer.Repeated, first.Task));
        (await Mediator.Send(command with { OwnDirectory = !own })).Answer.Should().Be(SubmitAnswer.KeyReused, "that asks for something else");
        (await Store.CountAsync(new TaskFilter(Some.Project), 9)).Should().Be(1);
    }

    [Theory]
    [InlineData("")]
    [InlineData("a\n")]
    [InlineData("café")]
    public async Task A_key_that_is_none_is_rejected_before_any_store(string key)
    {
        (await Rejected(new SubmitSnapshotTask(Some.Project, Some.Request) { IdempotencyKey = key })).Should().Equal("IdempotencyKey");
        (await Rejected(new TakeSnapshotNow(Some.Project, Some.OnePoint) { IdempotencyKey = key })).Should().Equal("IdempotencyKey");
    }

    [Fact]
    public async Task Pages_are_newest_first_and_say_whether_there_is_more()
    {
        for (var i = 0; i < 5; i++)
        {
            await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request));
        }

        var first = await Mediator.Send(new FindSnapshotTaskPage(new TaskFilter(Some.Project), 0, 3));
        var second = await Mediator.Send(new FindSnapshotTaskPage(new TaskFilter(Some.Project), 1, 3));

        first.Tasks.Select(task => task.Id.Value).Should().Equal(5, 4, 3);
        second.Tasks.Select(task => task.Id.Value).Should().Equal(2, 1);
        (first.HasMore, second.HasMore, first.Total).Should().Be((true, false, 5));
    }

    [Fact]
    public async Task The_last_page_that_can_be_asked_for_does_not_overflow() =>
        (await Mediator.Send(new FindSnapshotTaskPage(new TaskFilter(Some.Project), FindSnapshotTaskPage.MaxPage, FindSnapshotTaskPage.MaxSize)))
            .Tasks.Should().BeEmpty();

    [Fact]
    public async Task Ids_are_found_in_their_project_only()
    {
        var task = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request))).Task;
        (await Mediator.Send(new FindSnapshotTasks(Some.Project, [task.Id, new TaskId(99)]))).Should().ContainSingle().Which.Should().Be(task);
        (await Mediator.Send(new FindSnapshotTasks(new ProjectId("other"), [task.Id]))).Should().BeEmpty();
    }

    [Fact]
    public async Task Two_hosts_in_one_process_do_not_see_each_other()
    {
        var task = (await Mediator.Send(new SubmitSnapshotTask(Some.Project, Some.Request))).Task;
        var other = Host().GetRequiredService<IMediator>();
        (await other.Send(new FindSnapshotTasks(Some.Project, [task.Id]))).Should().BeEmpty();
    }

    [Fact]
    public void A_host_without_a_store_says_what_to_call()
    {
        var host = new ServiceCollection().AddSnapshotTasks(_ => { }).BuildServiceProvider();
        host.Invoking(h => h.GetRequiredService<ITaskStore>()).Should().Throw<InvalidOperationException>().WithMessage("*UseSqlite*");
    }

    private static ServiceProvider Host() => new ServiceCollection().AddSnapshotTasks(tasks => tasks.UseInMemory()).BuildServiceProvider();

    private async Task<IEnumerable<string>> Rejected<TAnswer>(IRequest<TAnswer> command)
    {
        var rejection = await Mediator.Invoking(mediator => mediator.Send(command)).Should().ThrowAsync<ValidationException>();
        return rejection.Which.Errors.Select(error => error.PropertyName).Distinct();
    }
}
