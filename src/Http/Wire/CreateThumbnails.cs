using System.Globalization;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace SnapshotTasks;

/// <summary>POST: queues a task, or has its one picture taken at once.</summary>
internal static class CreateThumbnails
{
    public static async Task<IResult> Handle(
        [FromRoute(Name = "project_id")] string projectId,
        HttpRequest http,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        var body = await RequestBody.ReadJsonAsync(http, CreateFields.All, cancellationToken);
        var project = new ProjectId(projectId);
        var key = RequestReading.KeyOf(http.Headers);
        var request = RequestReading.RequestOf(body);
        var by = CallerName.Of(http.HttpContext);
        var ownDirectory = !RequestReading.IsOne(body, CreateFields.OriginalDir);
        return RequestReading.IsOne(body, CreateFields.Sync)
            ? Answer(await mediator.Send(
                new TakeSnapshotNow(project, request) { OwnDirectory = ownDirectory, IdempotencyKey = key, By = by }, cancellationToken))
            : Answer(await mediator.Send(
                new SubmitSnapshotTask(project, request) { OwnDirectory = ownDirectory, IdempotencyKey = key, By = by }, cancellationToken));
    }

    private static IResult Answer(SubmitOutcome outcome) =>
        WireErrors.For(outcome) ?? Answer(new CreatedTask(outcome.Task.Id.ToString()));

    private static IResult Answer(TakeSnapshotNowOutcome outcome) => WireErrors.For(outcome) ?? Answer(CreatedTask.Of(outcome.Task!));

    private static IResult Answer(CreatedTask created) =>
        Results.Json(created, WireJson.Answers.CreatedTask, statusCode: StatusCodes.Status202Accepted);
}

/// <summary>The answer to a create: the id alone for a task that was queued.</summary>
internal sealed record CreatedTask(string TaskId)
{
    public string? Status { get; init; }

    public string? CreateTime { get; init; }

    public ObsObject? Output { get; init; }

    public string? OutputFileName { get; init; }

    public string? ThumbnailTime { get; init; }

    public string? Description { get; init; }

    /// <summary>The answer for a task that was started at once.</summary>
    public static CreatedTask Of(SnapshotTask task)
    {
        var wire = WireTask.Of(task);
        return new(wire.TaskId)
        {
            Status = wire.Status,
            CreateTime = wire.CreateTime,
            Output = wire.Output,
            OutputFileName = wire.OutputFileName,
            ThumbnailTime = task.Request.Sampling.Points[0].TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture),
            Description = wire.Description,
        };
    }
}
