using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace SnapshotTasks;

/// <summary>DELETE: cancels a task as long as it is still queued.</summary>
internal static class CancelThumbnails
{
    public static async Task<IResult> Handle(
        [FromRoute(Name = "project_id")] string projectId,
        [FromQuery(Name = QueryFields.TaskId)] string[] taskIds,
        HttpContext http,
        IMediator mediator,
        CancellationToken cancellationToken)
    {
        if (taskIds.Length != 1)
        {
            throw WireException.Invalid($"task_id must be given exactly once, not {taskIds.Length} times.");
        }

        var outcome = await mediator.Send(new CancelSnapshotTask(new ProjectId(projectId), QueryText.TaskId(taskIds[0])) { By = CallerName.Of(http) }, cancellationToken);
        return WireErrors.For(outcome) ?? Results.NoContent();
    }
}
