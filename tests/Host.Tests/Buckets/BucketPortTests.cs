using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace SnapshotTasks.Tests;

/// <summary>An embedder answers from a database of its own which project may use which bucket.</summary>
public sealed class BucketPortTests : IDisposable
{
    public const string Foreign = "theirs";

    private static readonly ProjectId Project = new("shop");
    private static readonly SnapshotRequest Good = new(new("ours", "here", "a.mp4"), new("ours", "here", "out"), Sampling.At(TimeSpan.Zero));

    private readonly string root = Directory.CreateTempSubdirectory("snapshot-buckets-").FullName;
    private readonly Customers customers = new();

    public static TheoryData<string, SnapshotRequest> ForeignRequests => new()
    {
        { "Request.Input.Bucket", Good with { Input = Good.Input with { Bucket = Foreign } } },
        { "Request.Output.Bucket", Good with { Output = Good.Output with { Bucket = Foreign } } },
    };

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_is_asked_for_both_buckets_before_anything_is_stored(bool registeredFirst)
    {
        using var host = Start(registeredFirst);
        var mediator = host.Services.GetRequiredService<IMediator>();

        await mediator.Send(new SubmitSnapshotTask(Project, Good));
        customers.Asked.Should().Equal("shop ours", "shop ours");
        foreach (var (field, request) in ForeignRequests.Select(row => row.Data))
        {
            (await RefusedAsync(mediator, new SubmitSnapshotTask(Project, request))).Should().Equal(field);
            (await RefusedAsync(mediator, new TakeSnapshotNow(Project, request))).Should().Equal(field);
        }

        (await host.Services.GetRequiredService<ITaskStore>().CountAsync(new TaskFilter(Project), 9)).Should().Be(1);
    }

    [Fact]
    public async Task It_is_asked_before_the_bound_of_the_queue_and_after_all_that_is_checked_without_it()
    {
        using var host = Start();
        var mediator = host.Services.GetRequiredService<IMediator>();
        await mediator.Send(new SubmitSnapshotTask(Project, Good));
        customers.Asked.Clear();

        (await mediator.Send(new SubmitSnapshotTask(Project, Good))).Answer.Should().Be(SubmitAnswer.LimitReached);
        (await RefusedAsync(mediator, new SubmitSnapshotTask(Project, Good with { Input = new(Foreign, "here", "a.mp4") }))).Should().Equal("Request.Input.Bucket");
        customers.Asked.Clear();
        (await RefusedAsync(mediator, new SubmitSnapshotTask(Project, Good with { Input = new(Foreign, "here", "../a") }))).Should().Equal("Request.Input.Path");
        customers.Asked.Should().BeEmpty();
    }

    [Fact]
    public async Task Without_a_port_buckets_are_bound_in_code_or_everybodys()
    {
        var request = Good with { Input = new("videos", "here", "a.mp4"), Output = new("videos", "here", "out") };
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        using (var host = builder.Build())
        {
            (await host.Services.GetRequiredService<IMediator>().Send(new SubmitSnapshotTask(new("pub"), request))).Answer.Should().Be(SubmitAnswer.Accepted);
        }

        builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.Configure<BucketOptions>(options => options.Buckets.Add(
            new() { Name = "videos", Readers = { "shop", "bank" }, Writers = { BucketBinding.EveryProject } }));
        using var bound = builder.Build();
        var mediator = bound.Services.GetRequiredService<IMediator>();

        (await mediator.Send(new SubmitSnapshotTask(new("bank"), request))).Answer.Should().Be(SubmitAnswer.Accepted);
        (await RefusedAsync(mediator, new SubmitSnapshotTask(new("pub"), request))).Should().Equal("Request.Input.Bucket");
    }

    [Theory, MemberData(nameof(ForeignRequests))]
    public async Task The_worker_asks_again_and_a_task_whose_bucket_is_not_its_projects_ends_as_failed(string field, SnapshotRequest request)
    {
        var input = field == "Request.Input.Bucket";

        var result = await TakeAsync(request);

        result.Failure.Should().Be(input
            ? new Failure(FailureCode.InputUnreadable, "The input's bucket must be a bucket that this project may read.")
            : new Failure(FailureCode.SystemError, "The output's bucket must be a bucket that this project may write."));
        (await TakeAsync(Good)).Failure!.Code.Should().Be(FailureCode.InputNotFound, "that was let through, and there is no video");
    }

    [Fact]
    public async Task A_database_that_is_away_fails_no_task()
    {
        customers.Failure = new IOException("It is away.");

        var result = await TakeAsync(Good);

        result.Failure.Should().BeNull();
        result.Obstacle.Should().Be("It cannot be found out whose bucket it is (IOException).");
    }

    private static async Task<IEnumerable<string>> RefusedAsync<TAnswer>(IMediator mediator, IRequest<TAnswer> command) =>
        (await mediator.Invoking(it => it.Send(command)).Should().ThrowAsync<ValidationException>()).Which.Errors.Select(error => error.PropertyName);

    private async Task<CaptureResult> TakeAsync(SnapshotRequest request)
    {
        var media = new MediaFolder(Options.Create(new FfmpegOptions { MediaRoot = root }));
        using var capture = new FfmpegCapture(
            media, Options.Create(new WorkerOptions()), NullLogger<FfmpegCapture>.Instance, new CustomerBuckets(customers));
        var store = new InMemoryTaskStore(TimeProvider.System);
        await store.AddAsync(new NewTask(Project, request));
        var task = (await store.ClaimAsync(new Claim("worker", TimeSpan.FromMinutes(1)))).Single().Task;
        return await capture.CaptureAsync(new CaptureRun(task, _ => Task.CompletedTask), TestContext.Current.CancellationToken);
    }

    private IHost Start(bool registeredFirst = false)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Services.AddSingleton(customers);
        if (registeredFirst)
        {
            builder.Services.AddSingleton<IBucketAccess, CustomerBuckets>();
        }

        builder.Services.AddSnapshotTasks(tasks => tasks.UseInMemory());
        builder.Services.Configure<SubmissionOptions>(submissions => submissions.MaxQueuedTasks = 1);
        if (!registeredFirst)
        {
            builder.Services.AddSingleton<IBucketAccess, CustomerBuckets>();
        }

        return builder.Build();
    }
}

/// <summary>The embedder's own customers.</summary>
internal sealed class Customers
{
    public List<string> Asked { get; } = [];

    public Exception? Failure { get; set; }

    public async Task<bool> HaveBucketAsync(string customer, string bucket, CancellationToken cancellationToken)
    {
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        Asked.Add($"{customer} {bucket}");
        return Failure is null ? bucket != BucketPortTests.Foreign : throw Failure;
    }
}

internal sealed class CustomerBuckets(Customers customers) : IBucketAccess
{
    public async ValueTask<bool> MayUseAsync(ProjectId project, string bucket, BucketUse use, CancellationToken cancellationToken) =>
        await customers.HaveBucketAsync(project.Value, bucket, cancellationToken);
}
