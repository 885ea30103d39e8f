using FluentValidation;

namespace SnapshotTasks;

/// <summary>A place, as an output is one.</summary>
internal class MediaObjectValidator : AbstractValidator<MediaObject>
{
    public MediaObjectValidator()
    {
        RuleFor(media => media.Bucket).NotEmpty().MaximumLength(MediaObject.MaxNameLength)
            .Must(MediaObject.IsSegment).WithMessage("'{PropertyName}' must be a name without slashes and control characters, and not '.' or '..'.");
        RuleFor(media => media.Location).NotEmpty().MaximumLength(MediaObject.MaxNameLength).IsStoredText();
        RuleFor(media => media.Path).NotEmpty().MaximumLength(MediaObject.MaxPathLength)
            .Must(MediaObject.IsPath)
            .WithMessage("'{PropertyName}' must be a path without '.', '..', empty segments, backslashes and control characters.");
        RuleFor(media => media.FileName!).MaximumLength(MediaObject.MaxPathLength).IsStoredText();
    }
}

/// <summary>A place that is a file.</summary>
internal sealed class InputValidator : MediaObjectValidator
{
    public InputValidator() => RuleFor(media => media.Path)
        .Must(path => path?.EndsWith('/') != true).WithMessage("'{PropertyName}' must name a file, without a slash at its end.");
}
