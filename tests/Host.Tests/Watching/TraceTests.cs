using System.Collections.Concurrent;
using System.Diagnostics;
using MediatR;
using Microsoft.Extensions.DependencyInjection;
using static SnapshotTasks.Tests.WorkerHost;

namespace SnapshotTasks.Tests;

/// <summary>One trace from a submission to its completion, whoever runs it.</summary>
public sealed class TraceTests : IDisposable
{
    // Activities are heard in the whole process: these tests know theirs by a project that no other test has.
    private readonly ProjectId project = new($"traced-{Guid.NewGuid():N}");
    private readonly ConcurrentQueue<Activity> ended = new();
    private readonly ActivityListener listener;
    private readonly PatientCapture capture = new();
    private readonly InMemoryTaskStore store = new(TimeProvider.System);

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name.StartsWith("SnapshotTasks.", StringComparison.Ordinal),
            Sample = (ref _) => ActivitySamplingResult.AllData,
            ActivityStopped = activity =>
            {
                if (project.Value.Equals(activity.GetTagItem("snapshot_task.project")))
                {
                    ended.Enqueue(activity);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
    }

    public void Dispose() => listener.Dispose();

    [Fact]
    public async Task The_run_and_the_completion_belong_to_the_trace_of_the_submission_in_whatever_host_they_happen()
    {
        var task = (await Embedder().Send(new SubmitSnapshotTask(project, CaptureStudio.Request(CaptureStudio.At(1))))).Task;
        capture.End();
        await using var worker = await StartAsync(store, capture);
        await UntilAsync(() => ended.Count == 3, "the end of the run");

        var (submission, completion, run) = (ended.ElementAt(0), ended.ElementAt(1), ended.ElementAt(2));
        ended.Select(each => $"{each.Source.Name}: {each.OperationName}, {each.Kind}").Should().Equal(
            "SnapshotTasks.Application: submit snapshot task, Producer",
            "SnapshotTasks.Worker: complete snapshot task, Internal",
            "SnapshotTasks.Worker: run snapshot task, Consumer");
        ended.Select(each => each.TraceId).Distinct().Should().ContainSingle();
        ended.Select(each => each.GetTagItem("snapshot_task.id")).Should().AllBeEquivalentTo(task.Id.Value);
        task.TraceParent.Should().Be(submission.Id);
        run.ParentSpanId.Should().Be(submission.SpanId);
        completion.ParentSpanId.Should().Be(run.SpanId);
        run.GetTagItem("snapshot_task.outcome").Should().Be("Pictures");
        run.Status.Should().Be(ActivityStatusCode.Unset);
    }

    [Fact]
    public async Task A_failure_is_an_error_of_the_run()
    {
        await Embedder().Send(new SubmitSnapshotTask(project, CaptureStudio.Request(CaptureStudio.At(1))));
        capture.End(CaptureResult.Failed(FailureCode.InvalidCodec, "Nobody can read it."));
        await using var worker = await StartAsync(store, capture);
        await UntilAsync(() => ended.Count == 3, "the end of the run");

        var run = ended.Last();
        (run.Status, run.StatusDescription, run.GetTagItem("snapshot_task.outcome"))
            .Should().Be((ActivityStatusCode.Error, "Nobody can read it.", "InvalidCodec"));
    }

    [Fact]
    public async Task A_submission_belongs_to_the_trace_of_its_caller_and_a_handler_to_that_of_its_task()
    {
        var ear = new Ear();
        Activity? heardIn = null;
        ear.Before = (_, _) =>
        {
            heardIn = Activity.Current;
            return Task.CompletedTask;
        };
        using var caller = new Activity("a request").Start();
        var task = (await Embedder(ear).Send(new SubmitSnapshotTask(project, CaptureStudio.Request(CaptureStudio.At(1))))).Task;
        caller.Stop();
        await ear.NextAsync(1);

        ended.First().ParentSpanId.Should().Be(caller.SpanId);
        task.TraceParent.Should().Contain(caller.TraceId.ToHexString());
        heardIn!.TraceId.Should().Be(caller.TraceId);
        heardIn.ParentSpanId.Should().Be(ended.First().SpanId, "it is a part of the task's trace and not of whoever happened to publish first");
    }

    private IMediator Embedder(Ear? ear = null)
    {
        var services = new ServiceCollection();
        ear?.AddTo(services);
        return services.AddSnapshotTasks(tasks => tasks.UseStore(_ => store)).BuildServiceProvider().GetRequiredService<IMediator>();
    }
}
