using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>How much is accepted.</summary>
public sealed class SubmissionOptions
{
    /// <summary>The most queued tasks of a project, 100,000 by default; 0 is without limit.</summary>
    public int MaxQueuedTasks { get; set; } = 100_000;
}

/// <summary>Refuses a limit out of its range when the host starts.</summary>
internal sealed class SubmissionOptionsValidator : IValidateOptions<SubmissionOptions>
{
    public ValidateOptionsResult Validate(string? name, SubmissionOptions options) => options.MaxQueuedTasks >= 0
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail($"MaxQueuedTasks must be 0 (without limit) or more, it is {options.MaxQueuedTasks}.");
}
