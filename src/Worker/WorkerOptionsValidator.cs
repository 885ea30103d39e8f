using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Refuses options out of their range when the host starts, each with a sentence that names it.</summary>
internal sealed class WorkerOptionsValidator : IValidateOptions<WorkerOptions>
{
    // What the timers of .NET can count.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(24);

    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var refused = new List<string>();
        Require(options.Concurrency is >= 1 and <= 1024, "Concurrency", "must be between 1 and 1024", options.Concurrency);
        Require(options.Lease >= TimeSpan.FromSeconds(1) && options.Lease <= Longest, "Lease", "must be between 1 second and 24 days", options.Lease);
        Require(options.Poll > TimeSpan.Zero && options.Poll <= Longest, "Poll", "must be more than 0 and at most 24 days", options.Poll);
        Require(options.TimeLimit > TimeSpan.Zero && options.TimeLimit <= Longest, "TimeLimit", "must be more than 0 and at most 24 days", options.TimeLimit);
        Require(options.Shutdown >= TimeSpan.Zero && options.Shutdown <= Longest, "Shutdown", "must be between 0 and 24 days", options.Shutdown);
        Require(options.MaxAttempts >= 1, "MaxAttempts", "must be at least 1", options.MaxAttempts);
        Require(options.RetryDelay > TimeSpan.Zero && options.RetryDelay <= Longest, "RetryDelay", "must be more than 0 and at most 24 days", options.RetryDelay);
        Require(options.MaxRetryDelay >= options.RetryDelay && options.MaxRetryDelay <= Longest, "MaxRetryDelay", "must be between RetryDelay and 24 days", options.MaxRetryDelay);
        Require(options.MaxRunning >= 0, "MaxRunning", "must be at least 0", options.MaxRunning);
        Require(options.MaxOutput >= 1_000_000, "MaxOutput", "must be at least 1000000", options.MaxOutput);
        Require(Enum.IsDefined(options.Sandbox), "Sandbox", "must be Preferred or Required", options.Sandbox);
        return refused.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refused);

        void Require(bool kept, string option, string range, object value)
        {
            if (!kept)
            {
                refused.Add($"The worker's {option} {range}, it is {value}.");
            }
        }
    }
}

/// <summary>Refuses what a section of the configuration names and no option is: a misspelt one would be passed over.</summary>
internal sealed class WorkerOptionNames(IConfiguration configuration) : IValidateOptions<WorkerOptions>
{
    private static readonly string[] Known = [.. typeof(WorkerOptions).GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal)];

    public ValidateOptionsResult Validate(string? name, WorkerOptions options)
    {
        var refused = configuration.GetChildren()
            .Where(setting => !Known.Contains(setting.Key, StringComparer.OrdinalIgnoreCase))
            .Select(setting => $"The worker has no option {setting.Key}, it has {string.Join(", ", Known)}.")
            .ToList();
        return refused.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(refused);
    }
}
