using System.Data.Common;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace SnapshotTasks.Tests;

/// <summary>What has ended is submitted anew, once for each action.</summary>
public sealed class RunAgainTests : IDisposable
{
    private static readonly ProjectId Project = new("project");
    private static readonly SnapshotRequest Request = new(new("in", "here", "a.mp4"), new("out", "here", "pictures/"), Sampling.At(TimeSpan.Zero))
    {
        UserData = "kept",
        Archive = true,
    };

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly FaultyStore store;
    private readonly ServiceProvider services;

    public RunAgainTests()
    {
        store = new FaultyStore(new InMemoryTaskStore(time));
        services = new ServiceCollection().AddSingleton<TimeProvider>(time).AddSnapshotTasks(tasks => tasks.UseStore(_ => store))
            .Configure<SubmissionOptions>(options => options.MaxQueuedTasks = 1000).BuildServiceProvider();
    }

    public static TheoryData<Func<IMediator, Task>, string> Refused => new()
    {
        { mediator => mediator.Send(new RunSnapshotTaskAgain(default, new(1), "a")), "Project" },
        { mediator => mediator.Send(new RunSnapshotTaskAgain(Project, default, "a")), "TaskId" },
        { mediator => mediator.Send(new RunSnapshotTaskAgain(Project, new(1), "")), "Action" },
        { mediator => mediator.Send(new RunSnapshotTaskAgain(Project, new(1), null!)), "Action" },
        { mediator => mediator.Send(new RunSnapshotTaskAgain(Project, new(1), "a\nb")), "Action" },
        { mediator => mediator.Send(new RunSnapshotTaskAgain(Project, new(1), new('a', 101))), "Action" },
        { mediator => mediator.Send(new RunSnapshotTasksAgain(new(Project, Failed: true), "é")), "Action" },
        { mediator => mediator.Send(new RunSnapshotTasksAgain(null!, "a")), "Filter" },
        { mediator => mediator.Send(new RunSnapshotTasksAgain(new(Project), "a")), "Filter" },
        { mediator => mediator.Send(new RunSnapshotTasksAgain(new(default, Failed: true), "a")), "Filter.Project" },
    };

    public void Dispose() => services.Dispose();

    [Fact]
    public async Task A_task_that_has_ended_is_submitted_as_it_was_asked_for_and_names_the_old_one()
    {
        var old = await EndAsync(await SubmitAsync(priority: TaskPriority.High));

        var outcome = await SendAsync(new RunSnapshotTaskAgain(Project, old.Id, "ticket 7"));

        outcome.Answer.Should().Be(RunAgainAnswer.Accepted);
        outcome.Task!.Id.Should().NotBe(old.Id);
        outcome.Task.Request.Should().BeEquivalentTo(Request with { Again = new(old.Id, "ticket 7") });
        (outcome.Task.IsQueued, outcome.Task.Priority).Should().Be((true, TaskPriority.High));
        (await TaskAsync(old.Id)).Should().Be(old);
    }

    [Fact]
    public async Task A_directory_that_was_drawn_is_drawn_anew_beside_the_old_one_also_the_third_time()
    {
        var task = await SubmitAsync(ownDirectory: true);
        var paths = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            paths.Add(task.Request.Output.Path);
            task.Request.Output.Path.Should().Be($"pictures/{task.Request.DrawnDirectory}");
            task = (await SendAsync(new RunSnapshotTaskAgain(Project, (await EndAsync(task)).Id, "a"))).Task!;
        }

        paths.Should().OnlyHaveUniqueItems();
    }

    [Fact]
    public async Task The_same_action_makes_no_second_task_and_another_one_does()
    {
        var old = await EndAsync(await SubmitAsync(ownDirectory: true));
        store.Loss = new UnknownOutcomeException("lost");
        await FluentActions.Awaiting(() => SendAsync(new RunSnapshotTaskAgain(Project, old.Id, "a"))).Should().ThrowAsync<UnknownOutcomeException>();
        store.Loss = null;

        var repeated = await SendAsync(new RunSnapshotTaskAgain(Project, old.Id, "a"));
        var other = await SendAsync(new RunSnapshotTaskAgain(Project, old.Id, "b"));

        (repeated.Answer, other.Answer).Should().Be((RunAgainAnswer.Repeated, RunAgainAnswer.Accepted));
        repeated.Task!.Request.Again.Should().Be(new RunAgain(old.Id, "a"));
        (await CountAsync()).Should().Be(3);
    }

    [Fact]
    public async Task What_has_not_ended_is_refused_with_its_state_and_what_is_not_there_is_not_found()
    {
        var queued = await SubmitAsync();
        (await SendAsync(new RunSnapshotTaskAgain(Project, queued.Id, "a"))).Should().Be(new RunAgainOutcome(RunAgainAnswer.Refused, queued));
        var running = (await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)), TestContext.Current.CancellationToken))[0].Task;
        (await SendAsync(new RunSnapshotTaskAgain(Project, queued.Id, "a"))).Should().Be(new RunAgainOutcome(RunAgainAnswer.Refused, running));

        (await SendAsync(new RunSnapshotTaskAgain(Project, new(99), "a"))).Should().Be(new RunAgainOutcome(RunAgainAnswer.NotFound));
        (await SendAsync(new RunSnapshotTaskAgain(new("other"), queued.Id, "a"))).Should().Be(new RunAgainOutcome(RunAgainAnswer.NotFound));
        (await CountAsync()).Should().Be(1);
    }

    [Fact]
    public async Task Of_many_those_run_again_that_match_and_a_crash_in_between_makes_none_twice()
    {
        for (var i = 0; i < 250; i++)
        {
            await EndAsync(await SubmitAsync());
        }

        var since = time.GetUtcNow().AddMinutes(1);
        time.SetUtcNow(since);
        var cancelled = await SubmitAsync();
        await store.DecideAsync(TaskDecision.Cancel(Project, cancelled.Id), cancellationToken: TestContext.Current.CancellationToken);
        var command = new RunSnapshotTasksAgain(new(Project, Failed: true, CreatedTo: since.AddSeconds(-1)), "a");
        store.CrashesAfter = 130;

        await FluentActions.Awaiting(() => SendAsync(command)).Should().ThrowAsync<StoreUnavailableException>();
        store.CrashesAfter = int.MaxValue;
        var rest = await SendAsync(command);

        rest.Should().Be(new RunsAgain(120, 130, 0, HasMore: false));
        (await SendAsync(command)).Should().Be(new RunsAgain(0, 250, 0, HasMore: false));
        (await CountAsync()).Should().Be(501);
    }

    [Fact]
    public async Task What_the_action_has_made_does_not_run_again_with_it_when_it_fails_too()
    {
        await EndAsync(await SubmitAsync());
        var command = new RunSnapshotTasksAgain(new(Project, Failed: true), "a");
        await SendAsync(command);
        await EndNextAsync();

        (await SendAsync(command)).Should().Be(new RunsAgain(0, 1, 0, HasMore: false));
        (await SendAsync(command with { Action = "b" })).Should().Be(new RunsAgain(2, 0, 0, HasMore: false), "to another action it is one that failed");
    }

    [Fact]
    public async Task More_than_there_is_time_for_is_said_and_goes_on_when_it_is_sent_again()
    {
        for (var i = 0; i < 450; i++)
        {
            await EndAsync(await SubmitAsync());
        }

        store.OnAdd = () => time.Advance(TimeSpan.FromMilliseconds(60));
        var command = new RunSnapshotTasksAgain(new(Project, Failed: true), "a");
        var (calls, accepted, done) = (0, 0, new RunsAgain(0, 0, 0, HasMore: true));
        for (; done.HasMore; calls++)
        {
            done = await SendAsync(command);
            done.Accepted.Should().BeGreaterThan(0, "each call comes further");
            accepted += done.Accepted;
        }

        (accepted, calls).Should().Match<(int Accepted, int Calls)>(it => it.Accepted == 450 && it.Calls > 1);
    }

    [Fact]
    public async Task A_limit_of_the_project_holds_and_the_rest_follows_when_there_is_room()
    {
        for (var i = 0; i < 1001; i++)
        {
            time.Advance(TimeSpan.FromMilliseconds(10)); // Counts are a second old at most.
            await EndAsync(await SubmitAsync());
        }

        var command = new RunSnapshotTasksAgain(new(Project, Failed: true), "a");
        time.Advance(TimeSpan.FromSeconds(2));
        (await SendAsync(command)).Should().Be(new RunsAgain(1000, 0, 0, HasMore: true, new ReachedLimit(ProjectLimit.MaxQueuedTasks, 1000)));
        (await SendAsync(new RunSnapshotTaskAgain(Project, new(1), "b"))).Answer.Should().Be(RunAgainAnswer.LimitReached);
        await EndNextAsync();
        time.Advance(TimeSpan.FromSeconds(2));

        (await SendAsync(command)).Should().Be(new RunsAgain(1, 1000, 0, HasMore: false));
    }

    [Theory, MemberData(nameof(Refused))]
    public async Task What_is_wrong_is_refused_by_name(Func<IMediator, Task> send, string member) =>
        (await FluentActions.Awaiting(() => send(services.GetRequiredService<IMediator>())).Should().ThrowAsync<ValidationException>())
        .Which.Errors.Select(error => error.PropertyName).Distinct().Should().Equal(member);

    private Task<T> SendAsync<T>(IRequest<T> request) => services.GetRequiredService<IMediator>().Send(request, TestContext.Current.CancellationToken);

    private async Task<SnapshotTask> SubmitAsync(bool ownDirectory = false, TaskPriority priority = TaskPriority.Normal) =>
        (await SendAsync(new SubmitSnapshotTask(Project, Request) { OwnDirectory = ownDirectory, Priority = priority })).Task;

    private async Task<SnapshotTask> EndAsync(SnapshotTask task)
    {
        var ended = await EndNextAsync();
        ended.Id.Should().Be(task.Id);
        return ended;
    }

    private async Task<SnapshotTask> EndNextAsync()
    {
        var run = (await store.ClaimAsync(new Claim("worker", TimeSpan.FromSeconds(30)))).Single().Task;
        return (await store.DecideAsync(TaskDecision.Fail(run.Id, run.Lease!, new(FailureCode.InvalidFormat, "No video.")) with { Whole = true })).Task;
    }

    private async Task<SnapshotTask> TaskAsync(TaskId id) => (await store.GetAsync(Project, [id])).Single();

    private Task<int> CountAsync() => store.CountAsync(new(Project), 10_000);

    private sealed class FaultyStore(ITaskStore store) : PassingStore(store)
    {
        public Exception? Loss { get; set; }

        public int CrashesAfter { get; set; } = int.MaxValue;

        public Action OnAdd { get; set; } = () => { };

        public override async Task<Decision<SubmitAnswer>> AddAsync(
            NewTask task, DbTransaction? transaction = null, CancellationToken cancellationToken = default)
        {
            OnAdd();
            if (task.Request.Again is not null && CrashesAfter-- <= 0)
            {
                throw new StoreUnavailableException("gone");
            }

            var added = await base.AddAsync(task, transaction, cancellationToken);
            return Loss is { } loss ? throw loss : added;
        }
    }
}
