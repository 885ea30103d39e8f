using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks.Tests;

/// <summary>What an embedder leaves out is refused where every other bad value is.</summary>
public sealed class NullTests : IDisposable
{
    private static readonly ProjectId Project = new("project");
    private static readonly MediaObject Place = new("bucket", "region", "path");
    private static readonly SnapshotRequest Good = new(Place, Place, Sampling.At(TimeSpan.Zero));

    private readonly ServiceProvider services = new ServiceCollection().AddSnapshotTasks(tasks => tasks.UseInMemory()).BuildServiceProvider();

    public void Dispose() => services.Dispose();

    public static TheoryData<string, SnapshotRequest> Requests => new()
    {
        { "Request", null! },
        { "Request.Input", Good with { Input = null! } },
        { "Request.Output", Good with { Output = null! } },
        { "Request.Sampling", Good with { Sampling = null! } },
        { "Request.Sampling.Points", Good with { Sampling = Sampling.At(null!) } },
        { "Request.Sampling.Kind", Good with { Sampling = new() { Kind = (SamplingKind)7 } } },
        { "Request.Input.Bucket", Good with { Input = Place with { Bucket = null! } } },
        { "Request.Input.Location", Good with { Input = Place with { Location = null! } } },
        { "Request.Input.Path", Good with { Input = Place with { Path = null! } } },
        { "Request.Output.Bucket", Good with { Output = Place with { Bucket = null! } } },
        { "Request.Output.Location", Good with { Output = Place with { Location = null! } } },
        { "Request.Output.Path", Good with { Output = Place with { Path = null! } } },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task A_part_of_a_request_that_is_null_is_refused_by_name_and_nothing_is_stored(string member, SnapshotRequest request)
    {
        await MustBeRefusedAsync(new SubmitSnapshotTask(Project, request), member);
        await MustBeRefusedAsync(new SubmitSnapshotTask(Project, request) { OwnDirectory = true, IdempotencyKey = "key" }, member);
        await MustBeRefusedAsync(new TakeSnapshotNow(Project, request), member);

        (await services.GetRequiredService<ITaskStore>().CountAsync(new TaskFilter(Project), 1)).Should().Be(0);
    }

    [Fact]
    public async Task A_project_that_is_null_is_refused_by_every_command()
    {
        await MustBeRefusedAsync(new SubmitSnapshotTask(default, Good), "Project");
        await MustBeRefusedAsync(new TakeSnapshotNow(default, Good), "Project");
        await MustBeRefusedAsync(new CancelSnapshotTask(default, new TaskId(1)), "Project");
        await MustBeRefusedAsync(new FindSnapshotTasks(default, [new TaskId(1)]), "Project");
        await MustBeRefusedAsync(new FindSnapshotTaskPage(new TaskFilter(default)), "Filter.Project");
        await MustBeRefusedAsync(new FindQueuePlaces(default, [new TaskId(1)]), "Project");
    }

    [Fact]
    public async Task What_to_find_is_never_null()
    {
        await MustBeRefusedAsync(new CancelSnapshotTask(Project, default), "TaskId");
        await MustBeRefusedAsync(new FindSnapshotTasks(Project, null!), "TaskIds");
        await MustBeRefusedAsync(new FindSnapshotTasks(Project, [default]), "TaskIds[0]");
        await MustBeRefusedAsync(new FindQueuePlaces(Project, null!), "TaskIds");
        await MustBeRefusedAsync(new FindQueuePlaces(Project, [default]), "TaskIds[0]");
        await MustBeRefusedAsync(new FindSnapshotTaskPage(null!), "Filter");
        await MustBeRefusedAsync(new FindSnapshotTaskPage(new TaskFilter(Project, (TaskState)7)), "Filter.State");
    }

    private async Task MustBeRefusedAsync<TAnswer>(IRequest<TAnswer> command, string member)
    {
        var send = () => services.GetRequiredService<IMediator>().Send(command);

        (await send.Should().ThrowAsync<ValidationException>()).Which.Errors.Select(error => error.PropertyName).Distinct().Should().Equal(member);
    }
}
