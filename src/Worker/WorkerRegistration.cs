using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Adds the worker to a host.</summary>
public static class WorkerRegistration
{
    /// <summary>Runs tasks in this process, with the <see cref="ICapture"/> that the host has: by <c>AddFfmpeg</c>, or registered by itself.</summary>
    public static SnapshotTasksBuilder AddWorker(this SnapshotTasksBuilder builder, Action<WorkerOptions>? configure = null)
    {
        var services = builder.Services;
        services.AddOptions<WorkerOptions>().Configure(options => configure?.Invoke(options)).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WorkerOptions>, WorkerOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<WorkerCounters>();
        services.TryAddSingleton<WorkerTraces>();

        // One worker, in its two parts: the host starts and stops it, the use case of snapshots that are wanted now asks it.
        // Added again, it is configured further; a second start of the same one would claim twice.
        if (services.All(service => service.ServiceType != typeof(SnapshotWorker)))
        {
            services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SnapshotWorker>(provider, CaptureOf(provider)));
            services.AddSingleton<IImmediateWorker>(provider => provider.GetRequiredService<SnapshotWorker>());
            services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<SnapshotWorker>());
        }

        return builder;
    }

    /// <summary>
    /// Runs tasks in this process, with the options that <paramref name="configuration"/> names, such as the section <c>Worker</c>;
    /// a name that is no option keeps the host from starting.
    /// </summary>
    public static SnapshotTasksBuilder AddWorker(this SnapshotTasksBuilder builder, IConfiguration configuration)
    {
        builder.Services.AddOptions<WorkerOptions>().Bind(configuration);
        builder.Services.AddSingleton<IValidateOptions<WorkerOptions>>(new WorkerOptionNames(configuration));
        return builder.AddWorker();
    }

    private static ICapture CaptureOf(IServiceProvider provider) => provider.GetService<ICapture>() ?? throw new InvalidOperationException(
        "SnapshotTasks has a worker and nothing that takes pictures: call AddFfmpeg of the package SnapshotTasks.Ffmpeg, or register an ICapture.");
}
