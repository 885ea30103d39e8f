using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>How much of a project is accepted; each limit is without effect when it is 0.</summary>
public sealed class SubmissionOptions
{
    /// <summary>The most queued tasks of a project, 100,000 by default.</summary>
    public int MaxQueuedTasks { get; set; } = 100_000;

    /// <summary>The most stored tasks of a project, in whatever state; 0 by default.</summary>
    public int MaxStoredTasks { get; set; }

    /// <summary>The most bytes, in UTF-8, that the <c>user_data</c> of all stored tasks of a project has; 0 by default.</summary>
    public long MaxUserData { get; set; }

    /// <summary>The most captures of a project that were wanted at once and have not ended, in this process; 0 by default.</summary>
    public int MaxImmediate { get; set; }
}

/// <summary>Refuses a limit out of its range when the host starts.</summary>
internal sealed class SubmissionOptionsValidator : IValidateOptions<SubmissionOptions>
{
    public ValidateOptionsResult Validate(string? name, SubmissionOptions options)
    {
        var refused = new (ProjectLimit Limit, long Max)[]
        {
            (ProjectLimit.MaxQueuedTasks, options.MaxQueuedTasks),
            (ProjectLimit.MaxStoredTasks, options.MaxStoredTasks),
            (ProjectLimit.MaxUserData, options.MaxUserData),
            (ProjectLimit.MaxImmediate, options.MaxImmediate),
        }.Where(each => each.Max < 0).Select(each => $"{each.Limit} must be 0 (without limit) or more, it is {each.Max}.").ToList();
        return refused.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refused);
    }
}
