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
        RuleFor(command => command.Request).SetValidator(new SnapshotRequestValidator());
    }
}

internal sealed class SubmitSnapshotTaskHandler(ITaskStore store) : IRequestHandler<SubmitSnapshotTask, SnapshotTask>
{
    public Task<SnapshotTask> Handle(SubmitSnapshotTask command, CancellationToken cancellationToken) =>
        store.AddAsync(
            new NewTask(command.Project, command.OwnDirectory ? command.Request.InADirectoryOfItsOwn() : command.Request), cancellationToken);
}

internal static class OwnDirectories
{
    /// <summary>The request with a directory drawn below its output: drawn before it is stored, so that no attempt draws again.</summary>
    public static SnapshotRequest InADirectoryOfItsOwn(this SnapshotRequest request) => request with
    {
        Output = request.Output with { Path = $"{request.Output.Path.TrimEnd('/')}/{RandomNumberGenerator.GetHexString(16, lowercase: true)}" },
    };
}
