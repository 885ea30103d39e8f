using FluentValidation;
using FluentValidation.Results;

namespace SnapshotTasks;

/// <summary>Refuses buckets that are not the project's, as a bad field is refused.</summary>
internal static class BucketRefusal
{
    /// <summary>Asks for both buckets of a request.</summary>
    /// <exception cref="ValidationException">The project may not use one of them; foreign and unknown ones are refused in the same words.</exception>
    public static async ValueTask RefuseForeignAsync(
        this IBucketAccess buckets, ProjectId project, SnapshotRequest request, CancellationToken cancellationToken)
    {
        var refused = new List<ValidationFailure>();
        if (!await buckets.MayUseAsync(project, request.Input.Bucket, BucketUse.Read, cancellationToken))
        {
            refused.Add(Refusal($"{nameof(SubmitSnapshotTask.Request)}.{nameof(request.Input)}", "read"));
        }

        if (!await buckets.MayUseAsync(project, request.Output.Bucket, BucketUse.Write, cancellationToken))
        {
            refused.Add(Refusal($"{nameof(SubmitSnapshotTask.Request)}.{nameof(request.Output)}", "write"));
        }

        if (refused.Count > 0)
        {
            throw new ValidationException(refused);
        }
    }

    private static ValidationFailure Refusal(string place, string verb)
    {
        const string Member = nameof(MediaObject.Bucket);
        return new($"{place}.{Member}", $"'{Member}' must be a bucket that this project may {verb}.")
        {
            FormattedMessagePlaceholderValues = new() { ["PropertyName"] = Member },
        };
    }
}
