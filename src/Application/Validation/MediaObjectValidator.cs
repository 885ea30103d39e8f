using System.Text;
using FluentValidation;

namespace SnapshotTasks;

/// <summary>A place, whatever it is for.</summary>
internal abstract class MediaObjectValidator : AbstractValidator<MediaObject>
{
    protected MediaObjectValidator()
    {
        RuleFor(media => media.Bucket).NotEmpty().MaximumLength(MediaObject.MaxNameLength)
            .Must(MediaObject.IsBucket).WithMessage("'{PropertyName}' must be a name that has no slashes or control characters and does not begin with a dot.");
        RuleFor(media => media.Location).NotEmpty().MaximumLength(MediaObject.MaxNameLength).IsStoredText();
        RuleFor(media => media.Path).NotEmpty()
            .Must(path => path is null || Encoding.UTF8.GetByteCount(path) <= MediaObject.MaxPathBytes)
            .WithMessage($"'{{PropertyName}}' must have at most {MediaObject.MaxPathBytes} bytes in UTF-8.")
            .Must(MediaObject.IsPath)
            .WithMessage("'{PropertyName}' must be a path without '.', '..', empty segments, backslashes and control characters.");
        RuleFor(media => media.FileName!).MaximumLength(MediaObject.MaxFileNameLength).IsStoredText();
    }
}

/// <summary>A place that is a file.</summary>
internal sealed class InputValidator : MediaObjectValidator
{
    public InputValidator() => RuleFor(media => media.Path)
        .Must(path => path?.EndsWith('/') != true).WithMessage("'{PropertyName}' must name a file, without a slash at its end.");
}

/// <summary>A place that is a directory to write to: where others hide things, such as the folder of runs, nothing is written.</summary>
internal sealed class OutputValidator : MediaObjectValidator
{
    public OutputValidator() => RuleFor(media => media.Path)
        .Must(path => path?.Split('/').Any(segment => segment.StartsWith('.')) != true)
        .WithMessage("'{PropertyName}' must be a path without segments that begin with a dot.");
}
