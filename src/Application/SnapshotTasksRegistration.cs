using FluentValidation;
using MediatR;
using MediatR.Pipeline;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SnapshotTasks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds SnapshotTasks to a host.</summary>
public static class SnapshotTasksRegistration
{
    /// <summary>Adds the commands and queries; <paramref name="configure"/> chooses the store and adds parts.</summary>
    public static IServiceCollection AddSnapshotTasks(this IServiceCollection services, Action<SnapshotTasksBuilder> configure)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ITaskStore>(_ => throw new InvalidOperationException(
            "SnapshotTasks has no store: call UseSqlite, or UseInMemory, in AddSnapshotTasks."));
        services.AddHostedService<StoreAtStart>();

        // The whole of MediatR's registration, by hand: no assembly is scanned, and a host that has its own keeps it.
        services.TryAddTransient<ServiceFactory>(provider => provider.GetRequiredService);
        services.TryAddTransient<IMediator, Mediator>();
        services.TryAddEnumerable(ServiceDescriptor.Transient(typeof(IPipelineBehavior<,>), typeof(RequestPreProcessorBehavior<,>)));

        services.AddUseCase<SubmitSnapshotTask, SubmitOutcome, SubmitSnapshotTaskHandler, SubmitSnapshotTaskValidator>();
        services.AddUseCase<TakeSnapshotNow, TakeSnapshotNowOutcome, TakeSnapshotNowHandler, TakeSnapshotNowValidator>();
        services.AddUseCase<CancelSnapshotTask, CancelOutcome, CancelSnapshotTaskHandler, CancelSnapshotTaskValidator>();
        services.AddUseCase<FindSnapshotTasks, IReadOnlyList<SnapshotTask>, FindSnapshotTasksHandler, FindSnapshotTasksValidator>();
        services.AddUseCase<FindSnapshotTaskPage, SnapshotTaskPage, FindSnapshotTasksHandler, FindSnapshotTaskPageValidator>();

        configure(new SnapshotTasksBuilder(services));
        return services;
    }

    private static void AddUseCase<TRequest, TAnswer, THandler, TValidator>(this IServiceCollection services)
        where TRequest : IRequest<TAnswer>
        where THandler : class, IRequestHandler<TRequest, TAnswer>
        where TValidator : class, IValidator<TRequest>
    {
        services.TryAddTransient<IRequestHandler<TRequest, TAnswer>, THandler>();
        services.TryAddSingleton<IValidator<TRequest>, TValidator>();
        services.TryAddEnumerable(ServiceDescriptor.Transient<IRequestPreProcessor<TRequest>, Validation<TRequest>>());
    }

    /// <summary>Opens the store when the host starts, so that a missing or newer one is said then.</summary>
    private sealed class StoreAtStart(IServiceProvider provider) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            provider.GetRequiredService<ITaskStore>();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
