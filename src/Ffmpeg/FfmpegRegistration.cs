using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SnapshotTasks;

/// <summary>Adds the capture with ffmpeg to a host.</summary>
public static class FfmpegRegistration
{
    /// <summary>Lets the worker take pictures with ffmpeg, unless the host has registered an <see cref="ICapture"/> of its own.</summary>
    public static SnapshotTasksBuilder AddFfmpeg(this SnapshotTasksBuilder builder, Action<FfmpegOptions>? configure = null)
    {
        builder.Services.AddOptions<FfmpegOptions>().Configure(options => configure?.Invoke(options))
            .Validate(options => !string.IsNullOrWhiteSpace(options.MediaRoot), "The capture's MediaRoot must name a folder.")
            .Validate(options => Enum.IsDefined(options.Layout), $"The capture's Layout must be {nameof(BucketLayout.Shared)} or {nameof(BucketLayout.PerProject)}.")
            .ValidateOnStart();
        builder.Services.TryAddSingleton<IMedia, MediaFolder>();
        builder.Services.TryAddSingleton<ICapture, FfmpegCapture>();
        builder.Services.AddHostedService<BoxCheck>();
        builder.Services.AddHostedService<LeftoverSweep>();
        return builder;
    }

    /// <summary>
    /// Lets the worker take pictures with ffmpeg, with the options that <paramref name="configuration"/> names, such as the section
    /// <c>Ffmpeg</c>; a name that is no option keeps the host from starting.
    /// </summary>
    public static SnapshotTasksBuilder AddFfmpeg(this SnapshotTasksBuilder builder, IConfiguration configuration)
    {
        builder.Services.AddOptions<FfmpegOptions>().Bind(configuration, binder => binder.ErrorOnUnknownConfiguration = true);
        return builder.AddFfmpeg();
    }
}
