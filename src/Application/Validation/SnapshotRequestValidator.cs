using FluentValidation;

namespace SnapshotTasks;

/// <summary>What can be asked for, whether the task is queued or run at once.</summary>
internal sealed class SnapshotRequestValidator : AbstractValidator<SnapshotRequest>
{
    public SnapshotRequestValidator()
    {
        RuleFor(request => request.Input).NotNull().SetValidator(new InputValidator());
        RuleFor(request => request.Output).NotNull().SetValidator(new OutputValidator());
        RuleFor(request => request.UserData!).MaximumLength(SnapshotRequest.MaxUserDataLength).IsStoredText();
        RuleFor(request => request.OutputFileName)
            .MaximumLength(SnapshotRequest.MaxOutputFileNameLength)
            .Must(name => string.IsNullOrEmpty(name) || (MediaObject.IsSegment(name) && !name.StartsWith('.')))
            .WithMessage("'{PropertyName}' must be a file name that has no slashes or control characters and does not begin with a dot.");
        RuleFor(request => request.Sampling).NotNull().SetValidator(new SamplingValidator());
        RuleFor(request => request.Size!).SetValidator(new PictureSizeValidator()).When(request => request.Size is not null);
        RuleFor(request => request.Black!).SetValidator(new BlackFramesValidator()).When(request => request.Black is not null);
    }
}

internal sealed class SamplingValidator : AbstractValidator<Sampling>
{
    public SamplingValidator()
    {
        RuleFor(sampling => sampling.Kind).IsInEnum();
        When(sampling => sampling.Kind == SamplingKind.Interval, () =>
        {
            RuleFor(sampling => sampling.Interval)
                .InclusiveBetween(TimeSpan.FromSeconds(Sampling.MinInterval), TimeSpan.FromSeconds(Sampling.MaxInterval))
                .WithMessage($"'{{PropertyName}}' must be between {Sampling.MinInterval} and {Sampling.MaxInterval} seconds.");
            RuleFor(sampling => sampling.Start).GreaterThanOrEqualTo(TimeSpan.Zero).WithMessage("'{PropertyName}' must be at least 0 seconds.");
            RuleFor(sampling => sampling.Duration).GreaterThanOrEqualTo(TimeSpan.Zero).WithMessage("'{PropertyName}' must be at least 0 seconds.");
        });
        When(sampling => sampling.Kind == SamplingKind.Points, () =>
        {
            RuleFor(sampling => sampling.Points)
                .Must(points => points is { Count: >= 1 and <= Sampling.MaxPoints })
                .WithMessage($"'{{PropertyName}}' must have 1 to {Sampling.MaxPoints} points.")
                .Must(points => points is null || points.All(point => point >= TimeSpan.Zero)).WithMessage("'{PropertyName}' must not be negative.");
        });
    }
}

internal sealed class PictureSizeValidator : AbstractValidator<PictureSize>
{
    public PictureSizeValidator()
    {
        RuleFor(size => size.Width).Must(width => width is 0 or (>= PictureSize.MinSide and <= PictureSize.MaxWidth))
            .WithMessage($"'{{PropertyName}}' must be 0, or more than {PictureSize.MinSide - 1} and at most {PictureSize.MaxWidth} pixels.");
        RuleFor(size => size.Height).Must(height => height is 0 or (>= PictureSize.MinSide and <= PictureSize.MaxHeight))
            .WithMessage($"'{{PropertyName}}' must be 0, or more than {PictureSize.MinSide - 1} and at most {PictureSize.MaxHeight} pixels.");
        RuleFor(size => size.MaxLength).Must(length => length is 0 or (>= PictureSize.MinMaxLength and <= PictureSize.MaxMaxLength))
            .WithMessage($"'{{PropertyName}}' must be 0, or at least {PictureSize.MinMaxLength} and at most {PictureSize.MaxMaxLength} pixels.");
    }
}

internal sealed class BlackFramesValidator : AbstractValidator<BlackFrames>
{
    public BlackFramesValidator()
    {
        RuleFor(black => black.Amount).InclusiveBetween(0, BlackFrames.MaxAmount)
            .WithMessage($"'{{PropertyName}}' must be between 0 and {BlackFrames.MaxAmount} percent.");
        RuleFor(black => black.Threshold).InclusiveBetween(0, BlackFrames.MaxThreshold)
            .WithMessage($"'{{PropertyName}}' must be between 0 and {BlackFrames.MaxThreshold}.");
    }
}
