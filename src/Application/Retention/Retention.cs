using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>How long ended tasks are kept.</summary>
public sealed class RetentionOptions
{
    /// <summary>How long after its end a task is removed, 1 minute to 36,500 days, default 30 days; 0 keeps tasks for ever.</summary>
    public TimeSpan Age { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>Says how long ended tasks are kept.</summary>
public static class RetentionRegistration
{
    /// <summary>Keeps ended tasks for another time than 30 days; their pictures are never touched.</summary>
    public static SnapshotTasksBuilder UseRetention(this SnapshotTasksBuilder builder, Action<RetentionOptions> configure)
    {
        builder.Services.Configure(configure);
        return builder;
    }

    /// <summary>Removes ended tasks in this process, whatever age is chosen afterwards.</summary>
    internal static void AddRetention(this IServiceCollection services)
    {
        services.AddOptions<RetentionOptions>().ValidateOnStart();
        services.AddSingleton<IValidateOptions<RetentionOptions>, RetentionOptionsValidator>();
        services.AddHostedService<RetentionSweep>();
    }
}

/// <summary>Refuses an age out of its range when the host starts, with a sentence that names it.</summary>
internal sealed class RetentionOptionsValidator : IValidateOptions<RetentionOptions>
{
    // Short of an age, a caller could not read how its task ended; the longest keeps clear of the first day of the calendar.
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1), Longest = TimeSpan.FromDays(36_500);

    public ValidateOptionsResult Validate(string? name, RetentionOptions options) =>
        options.Age == TimeSpan.Zero || (options.Age >= Shortest && options.Age <= Longest)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"The retention's Age must be 0, which keeps tasks for ever, or between 1 minute and 36,500 days, it is {options.Age}.");
}
