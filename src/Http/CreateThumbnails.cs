using System.Diagnostics.CodeAnalysis;
using MediatR;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace SnapshotTasks;

/// <summary>POST: queues a task.</summary>
internal static class CreateThumbnails
{
    private const int DefaultInterval = 12, Jpg = 1;

    public static async Task<IResult> Handle(
        [FromRoute(Name = "project_id")] string projectId, HttpRequest request, IMediator mediator, CancellationToken cancellationToken)
    {
        var body = await CreateThumbnailsBody.ReadAsync(request, cancellationToken);
        var task = await mediator.Send(ToCommand(new ProjectId(projectId), body), cancellationToken);
        return Results.Json(new CreatedTask(task.Id.ToString()), WireJson.Answers.CreatedTask, statusCode: StatusCodes.Status202Accepted);
    }

    private static SubmitSnapshotTask ToCommand(ProjectId project, CreateThumbnailsBody body)
    {
        var para = Required(body.ThumbnailPara, "thumbnail_para");
        var sampling = ToSampling(para);
        RefuseUnsupported(body, para);
        if (para.Format is not (null or Jpg))
        {
            throw WireException.Invalid("thumbnail_para.format must be 1, which is JPG.");
        }

        var request = new SnapshotRequest(ToMedia(body.Input, "input"), ToMedia(body.Output, "output"), sampling)
        {
            UserData = body.UserData,
            OutputFileName = string.IsNullOrEmpty(para.OutputFilename) ? null : para.OutputFilename,
        };
        return new(project, request)
        {
            OwnDirectory = body.OriginalDir switch
            {
                null or 0 => true,
                1 => false,
                _ => throw WireException.Invalid("original_dir must be 0 or 1."),
            },
        };
    }

    private static MediaObject ToMedia(ObsObject? place, string name)
    {
        Required(place, name);
        return new(
            Required(place.Bucket, $"{name}.bucket"),
            Required(place.Location, $"{name}.location"),
            Required(place.Object, $"{name}.object"),
            place.FileName);
    }

    // The fields of the other type are ignored, as the vendor documents each for its own type and clients leave old ones set.
    private static Sampling ToSampling(ThumbnailPara para) => para.Type switch
    {
        null or "TIME" => Sampling.Every(
            TimeSpan.FromSeconds(para.Time ?? DefaultInterval),
            TimeSpan.FromSeconds(para.StartTime ?? 0),
            TimeSpan.FromSeconds(para.Duration ?? 0)),
        "DOTS" => Sampling.At([.. (para.Dots ?? []).Select(second => TimeSpan.FromSeconds(second))]),
        "DOTS_MS" => throw WireException.Invalid("thumbnail_para.type DOTS_MS is not supported yet: it must be TIME or DOTS."),
        "PERCENT" => throw WireException.Invalid("thumbnail_para.type PERCENT is no longer supported: use TIME with time, or DOTS with dots."),
        _ => throw WireException.Invalid("thumbnail_para.type must be TIME or DOTS."),
    };

    // A documented default is no wish: clients send it without being told to.
    private static void RefuseUnsupported(CreateThumbnailsBody body, ThumbnailPara para)
    {
        Refuse(body.Tar is not (null or 1), "tar");
        Refuse(body.Sync is not (null or 0), "sync");
        Refuse(para.DotsMs is { Count: > 0 }, "thumbnail_para.dots_ms");
        Refuse(para.Width is not (null or 0), "thumbnail_para.width");
        Refuse(para.Height is not (null or 0), "thumbnail_para.height");
        Refuse(para.MaxLength is not (null or 0), "thumbnail_para.max_length");
        Refuse(para.Amount is not null, "thumbnail_para.amount");
        Refuse(para.Threshold is not null, "thumbnail_para.threshold");
        Refuse(para.Percent is not null, "thumbnail_para.percent", "no longer supported");

        static void Refuse(bool asked, string field, string why = "not supported yet")
        {
            if (asked)
            {
                throw WireException.Invalid($"{field} is {why}.");
            }
        }
    }

    private static T Required<T>([NotNull] T? value, string field)
        where T : class => value ?? throw WireException.Invalid($"{field} is required.");
}

/// <summary>The answer to a create.</summary>
internal sealed record CreatedTask(string TaskId);
