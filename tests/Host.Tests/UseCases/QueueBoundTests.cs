using FluentValidation;
using MediatR;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

/// <summary>The bound on queued tasks, as an embedder meets it; the wire's answers are in AuthThrottleTests.</summary>
public sealed class QueueBoundTests : IDisposable
{
    private static readonly ProjectId Project = new("project");
    private static readonly MediaObject Place = new("bucket", "region", "path");
    private static readonly SubmitSnapshotTask Submit = new(Project, new(Place, Place, Sampling.At(TimeSpan.Zero)));

    private readonly string folder = Directory.CreateTempSubdirectory("snapshot-tasks-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    public static TheoryData<string> Stores => ["memory", "sqlite"];

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_project_whose_queue_is_full_is_told_so_and_nothing_is_added(string store)
    {
        await using var services = Host(store, maxQueuedTasks: 2);
        var mediator = services.GetRequiredService<IMediator>();
        await mediator.Send(Submit);
        await mediator.Send(Submit);

        var refused = await mediator.Send(Submit);

        (refused.Answer, refused.Limit).Should().Be((SubmitAnswer.LimitReached, new ReachedLimit(ProjectLimit.MaxQueuedTasks, 2)));
        refused.Invoking(outcome => outcome.Task).Should().Throw<InvalidOperationException>().WithMessage("No task was added*");
        (await services.GetRequiredService<ITaskStore>().CountAsync(new TaskFilter(Project), 9)).Should().Be(2);
        (await mediator.Send(Submit with { Project = new("another") })).Answer.Should().Be(SubmitAnswer.Accepted);
    }

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task A_repetition_of_what_was_accepted_is_never_refused_as_one_too_many(string store)
    {
        await using var services = Host(store, maxQueuedTasks: 1);
        var mediator = services.GetRequiredService<IMediator>();
        var first = await mediator.Send(Submit with { IdempotencyKey = "key" });

        var again = await mediator.Send(Submit with { IdempotencyKey = "key" });

        (again.Answer, again.Task.Id).Should().Be((SubmitAnswer.Repeated, first.Task.Id));
        (await mediator.Send(Submit with { IdempotencyKey = "key", OwnDirectory = true })).Answer.Should().Be(SubmitAnswer.KeyReused);
        (await mediator.Send(Submit with { IdempotencyKey = "another" })).Answer.Should().Be(SubmitAnswer.LimitReached);
        (await services.GetRequiredService<ITaskStore>().CountAsync(new TaskFilter(Project), 9)).Should().Be(1);
    }

    [Fact]
    public async Task A_repetition_and_a_refusal_take_no_place()
    {
        await using var services = Host("memory", maxQueuedTasks: 2);
        var mediator = services.GetRequiredService<IMediator>();
        for (var attempt = 0; attempt < 3; attempt++)
        {
            await mediator.Send(Submit with { IdempotencyKey = "key" });
            await mediator.Invoking(it => it.Send(Submit with { Request = null! })).Should().ThrowAsync<ValidationException>();
        }

        (await mediator.Send(Submit)).Answer.Should().Be(SubmitAnswer.Accepted);
        (await mediator.Send(Submit)).Answer.Should().Be(SubmitAnswer.LimitReached);
    }

    [Fact]
    public async Task A_submission_in_the_callers_transaction_is_bounded_too()
    {
        await using var services = Host("sqlite", maxQueuedTasks: 1);
        var mediator = services.GetRequiredService<IMediator>();
        await mediator.Send(Submit);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "tasks.db")};Pooling=False");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();

        (await mediator.Send(Submit with { Transaction = transaction })).Answer.Should().Be(SubmitAnswer.LimitReached);
    }

    [Fact]
    public void A_negative_bound_is_refused()
    {
        using var services = Host("memory", maxQueuedTasks: -1);

        services.Invoking(it => it.GetRequiredService<IOptions<SubmissionOptions>>().Value).Should().Throw<OptionsValidationException>()
            .WithMessage("MaxQueuedTasks must be 0 (without limit) or more, it is -1.");
    }

    private ServiceProvider Host(string store, int maxQueuedTasks)
    {
        var services = new ServiceCollection().AddLogging();
        services.AddSnapshotTasks(tasks => _ = store == "sqlite" ? tasks.UseSqlite(Path.Combine(folder, "tasks.db")) : tasks.UseInMemory());
        services.Configure<SubmissionOptions>(submissions => submissions.MaxQueuedTasks = maxQueuedTasks);
        return services.BuildServiceProvider();
    }
}
