using System.Globalization;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>Cancelling many through the commands: a dry run, exactly what it has said, an outcome for each.</summary>
public sealed class CancelManyTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddSnapshotTasks(tasks => tasks.UseInMemory()).BuildServiceProvider();

    public static TheoryData<Func<IMediator, Task>, string> Refused => new()
    {
        { mediator => mediator.Send(new CancelSnapshotTasks(Some.Project, [.. Enumerable.Range(1, 1001).Select(id => new TaskId(id))])), "*must have 1 to 1000 ids*" },
        { mediator => mediator.Send(new CancelSnapshotTasks(Some.Project, [])), "*must have 1 to 1000 ids*" },
        { mediator => mediator.Send(new CancelSnapshotTasks(Some.Project, [new TaskId(0)])), "*must be a number of 1 to 16 digits*" },
        { mediator => mediator.Send(new PrepareCancellation(Some.Project, new())), "*must be said when there is no other condition*" },
        { mediator => mediator.Send(new PrepareCancellation(Some.Project, new() { All = true, Priority = TaskPriority.Low })), "*must be said when there is no other condition*" },
        { mediator => mediator.Send(new PrepareCancellation(Some.Project, new() { InputPathPrefix = "" })), "*must have 1 to 1024 bytes*" },
        { mediator => mediator.Send(new PrepareCancellation(Some.Project, null!)), "*must not be empty*" },
        { mediator => mediator.Send(new CarryOutCancellation(Some.Project, new("yesterday"))), "*must be 32 lower-case hexadecimal digits*" },
        { mediator => mediator.Send(new FindCancelledTasks(Some.Project, CancellationId.New(), Size: 1001)), "*must be between 1 and 1000*" },
    };

    private IMediator Mediator => services.GetRequiredService<IMediator>();

    public void Dispose() => services.Dispose();

    [Fact]
    public async Task A_dry_run_cancels_nothing_and_what_follows_cancels_exactly_what_it_has_counted()
    {
        await SubmitAsync(2500);

        var prepared = await SendAsync(new PrepareCancellation(Some.Project, new() { All = true }));
        (prepared!.Listed, prepared.Remaining, prepared.Cancelled).Should().Be((2500, 2500, 0));
        await SubmitAsync(1);
        var done = await SendAsync(new CarryOutCancellation(Some.Project, prepared!.Id));

        (done!.Cancelled, done.Remaining).Should().Be((2500, 0));
        (await services.GetRequiredService<ITaskStore>().CountAsync(TaskFilter.Queued(Some.Project), 10, TestContext.Current.CancellationToken)).Should().Be(1, "it came later");
        var page = await SendAsync(new FindCancelledTasks(Some.Project, prepared!.Id, new TaskId(2400), 1000));
        page!.Tasks.Should().HaveCount(100).And.OnlyContain(task => task.Outcome!.Answer == CancelAnswer.Cancelled);
    }

    [Fact]
    public async Task The_same_with_the_same_key_is_the_same_cancellation()
    {
        await SubmitAsync(3);
        var command = new CancelSnapshotTasks(Some.Project, [new TaskId(2), new TaskId(1), new TaskId(2), new TaskId(9)]) { IdempotencyKey = "once" };

        var first = await SendAsync(command);
        var again = await SendAsync(command);

        again.Should().BeEquivalentTo(first);
        first!.Cancellation.Should().BeEquivalentTo(new { Listed = 3, Cancelled = 2, Refused = 0, NotFound = 1 });
        (await SendAsync(command with { Project = new ProjectId("other") }))!.Cancellation.NotFound.Should().Be(3, "a key is its project's");
    }

    [Fact]
    public async Task A_key_that_is_used_for_something_else_is_refused_and_nothing_is_cancelled()
    {
        await SubmitAsync(3);
        var first = await SendAsync(new CancelSnapshotTasks(Some.Project, [new TaskId(1)]) { IdempotencyKey = "once" });

        (await SendAsync(new CancelSnapshotTasks(Some.Project, [new TaskId(1), new TaskId(2)]) { IdempotencyKey = "once" })).Should().BeNull();
        (await SendAsync(new PrepareCancellation(Some.Project, new() { All = true }) { IdempotencyKey = "once" })).Should().BeNull();

        (await SendAsync(new FindCancelledTasks(Some.Project, first!.Cancellation.Id))).Should().BeEquivalentTo(first);
        (await services.GetRequiredService<ITaskStore>().CountAsync(TaskFilter.Queued(Some.Project), 10, TestContext.Current.CancellationToken)).Should().Be(2);
    }

    [Fact]
    public async Task A_filter_with_a_key_is_the_same_cancellation_in_every_culture_and_is_another_an_instant_later()
    {
        var command = new PrepareCancellation(Some.Project, new() { CreatedFrom = Some.Now }) { IdempotencyKey = "once" };
        var first = await SendAsync(command);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (other.DateTimeFormat.ShortDatePattern, other.DateTimeFormat.LongTimePattern) = ("d.M.yyyy", "H.mm.ss");
            CultureInfo.CurrentCulture = other;
            (await SendAsync(command))!.Id.Should().Be(first!.Id);
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        (await SendAsync(command with { Filter = new() { CreatedFrom = Some.Now.AddTicks(1) } })).Should().BeNull();
    }

    [Fact]
    public async Task A_filter_that_nothing_matches_is_an_empty_cancellation()
    {
        var prepared = await SendAsync(new PrepareCancellation(Some.Project, new() { InputPathPrefix = "nothing" }));

        (await SendAsync(new CarryOutCancellation(Some.Project, prepared!.Id))).Should().Be(new Cancellation(prepared!.Id, 0, 0, 0, 0));
    }

    [Fact]
    public async Task A_cancellation_of_another_project_is_none()
    {
        var prepared = await SendAsync(new PrepareCancellation(Some.Project, new() { All = true }));

        (await SendAsync(new CarryOutCancellation(new ProjectId("other"), prepared!.Id))).Should().BeNull();
        (await SendAsync(new FindCancelledTasks(new ProjectId("other"), prepared!.Id))).Should().BeNull();
    }

    [Theory, MemberData(nameof(Refused))]
    public async Task What_is_wrong_is_refused_with_its_limit(Func<IMediator, Task> send, string problem) =>
        await FluentActions.Awaiting(() => send(Mediator)).Should().ThrowAsync<ValidationException>().WithMessage(problem);

    private Task<T> SendAsync<T>(IRequest<T> request) => Mediator.Send(request, TestContext.Current.CancellationToken);

    private async Task SubmitAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await SendAsync(new SubmitSnapshotTask(Some.Project, Some.Request));
        }
    }
}
