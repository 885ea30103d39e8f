using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Validates every command before its handler: the one place that does.</summary>
/// <remarks>
/// It is around the handler and no behaviour of MediatR's pipeline, which belongs to the host: what we put there would run for the
/// host's requests too, or a second time beside the host's own.
/// </remarks>
/// <param name="validators">Ours, and those that the host has registered beyond it.</param>
/// <param name="handler">What may rely on a valid command.</param>
internal sealed class Validated<TRequest, TAnswer>(IEnumerable<IValidator<TRequest>> validators, IRequestHandler<TRequest, TAnswer> handler)
    : IRequestHandler<TRequest, TAnswer>
    where TRequest : IRequest<TAnswer>
{
    public async Task<TAnswer> Handle(TRequest request, CancellationToken cancellationToken)
    {
        foreach (var validator in validators)
        {
            validator.ValidateAndThrow(request);
        }

        return await handler.Handle(request, cancellationToken);
    }
}

/// <summary>The rules that commands have in common.</summary>
internal static class Rules
{
    public static IRuleBuilderOptions<T, TaskId> IsTaskId<T>(this IRuleBuilder<T, TaskId> rule) => rule
        .Must(id => TaskId.IsValid(id.Value)).WithMessage("'{PropertyName}' must be a number of 1 to 16 digits, at least 1.");

    public static IRuleBuilderOptions<T, ProjectId> IsProjectId<T>(this IRuleBuilder<T, ProjectId> rule) => rule
        .Must(id => ProjectId.IsValid(id.Value))
        .WithMessage($"'{{PropertyName}}' must be 1 to {ProjectId.MaxLength} characters of A-Z, a-z, 0-9, '-' and '_'.");

    public static IRuleBuilderOptions<T, string?> IsIdempotencyKey<T>(this IRuleBuilder<T, string?> rule) => rule
        .Must(key => key is null || IdempotencyKey.IsValid(key))
        .WithMessage($"'{{PropertyName}}' must be 1 to {IdempotencyKey.MaxLength} printable ASCII characters.");

    public static IRuleBuilderOptions<T, string> IsStoredText<T>(this IRuleBuilder<T, string> rule) => rule
        .Must(StoredText.IsKept).WithMessage("'{PropertyName}' must not contain U+0000 or an unpaired surrogate.");
}

internal sealed class MediaObjectValidator : AbstractValidator<MediaObject>
{
    public MediaObjectValidator()
    {
        RuleFor(media => media.Bucket).NotEmpty().MaximumLength(MediaObject.MaxNameLength)
            .Must(MediaObject.IsSegment).WithMessage("'{PropertyName}' must be a name without slashes and control characters, and not '.' or '..'.");
        RuleFor(media => media.Location).NotEmpty().MaximumLength(MediaObject.MaxNameLength).IsStoredText();
        RuleFor(media => media.Path).NotEmpty().MaximumLength(MediaObject.MaxPathLength)
            .Must(MediaObject.IsPath)
            .WithMessage("'{PropertyName}' must be a relative path without '.', '..', empty segments, backslashes and control characters.");
        RuleFor(media => media.FileName!).MaximumLength(MediaObject.MaxPathLength).IsStoredText();
    }
}
