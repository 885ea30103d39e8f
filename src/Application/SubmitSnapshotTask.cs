using System.Security.Cryptography;
using FluentValidation;
using MediatR;

namespace SnapshotTasks;

/// <summary>Queues a task; the answer is the task as it was accepted.</summary>
/// <param name="Project">The project the task belongs to.</param>
/// <param name="Request">What is asked for.</param>
public sealed record SubmitSnapshotTask(ProjectId Project, SnapshotRequest Request) : IRequest<SnapshotTask>
{
    /// <summary>Whether the pictures go into a directory of their own below the output, drawn once and kept with the task.</summary>
    public bool OwnDirectory { get; init; }
}

internal sealed class SubmitSnapshotTaskValidator : AbstractValidator<SubmitSnapshotTask>
{
    public SubmitSnapshotTaskValidator()
    {
        RuleFor(command => command.Project).IsProjectId();
        RuleFor(command => command.Request.Input).SetValidator(new MediaObjectValidator());
        RuleFor(command => command.Request.Output).SetValidator(new MediaObjectValidator());
        RuleFor(command => command.Request.Input.Path)
            .Must(path => !path.EndsWith('/')).WithMessage("'{PropertyName}' must name a file, without a slash at its end.");
        RuleFor(command => command.Request.UserData!).MaximumLength(SnapshotRequest.MaxUserDataLength).IsStoredText();
        RuleFor(command => command.Request.OutputFileName)
            .MaximumLength(SnapshotRequest.MaxOutputFileNameLength)
            .Must(name => string.IsNullOrEmpty(name) || MediaObject.IsSegment(name))
            .WithMessage("'{PropertyName}' must be a file name without slashes and control characters, and not '.' or '..'.");
        RuleFor(command => command.Request.Sampling).SetValidator(new SamplingValidator());
    }
}

internal sealed class SamplingValidator : AbstractValidator<Sampling>
{
    public SamplingValidator()
    {
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
                .Must(points => points.Count is >= 1 and <= Sampling.MaxPoints)
                .WithMessage($"'{{PropertyName}}' must have 1 to {Sampling.MaxPoints} points.")
                .Must(points => points.All(point => point >= TimeSpan.Zero)).WithMessage("'{PropertyName}' must not be negative.");
        });
    }
}

internal sealed class SubmitSnapshotTaskHandler(ITaskStore store) : IRequestHandler<SubmitSnapshotTask, SnapshotTask>
{
    public Task<SnapshotTask> Handle(SubmitSnapshotTask command, CancellationToken cancellationToken) =>
        store.AddAsync(new NewTask(command.Project, WithItsDirectory(command)), cancellationToken);

    private static SnapshotRequest WithItsDirectory(SubmitSnapshotTask command)
    {
        var output = command.Request.Output;
        return command.OwnDirectory
            ? command.Request with { Output = output with { Path = $"{output.Path.TrimEnd('/')}/{RandomNumberGenerator.GetHexString(16, lowercase: true)}" } }
            : command.Request;
    }
}
