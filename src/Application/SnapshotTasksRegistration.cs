using System.Runtime.CompilerServices;
using FluentValidation;
using MediatR;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using SnapshotTasks;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds SnapshotTasks to a host.</summary>
public static class SnapshotTasksRegistration
{
    /// <summary>Adds the commands and queries; <paramref name="configure"/> chooses the store and adds parts.</summary>
    public static IServiceCollection AddSnapshotTasks(this IServiceCollection services, Action<SnapshotTasksBuilder> configure)
    {
        MediatRVersion.Check(typeof(IMediator).Assembly.GetName());

        // Called again, it configures further: what runs beside the host must not run twice.
        if (services.All(service => service.ServiceType != typeof(NotificationPublisher)))
        {
            services.AddParts();
        }

        configure(new SnapshotTasksBuilder(services));
        return services;
    }

    // Not inlined: with another MediatR this cannot even be compiled, and what is missing would be said in place of our sentence.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void AddParts(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<Telemetry>();
        services.AddSingleton<NotificationPublisher>();
        services.TryAddSingleton<ITaskStore>(provider => ActivatorUtilities.CreateInstance<ObservedTaskStore>(
            provider,
            provider.GetKeyedService<ITaskStore>(SnapshotTasksBuilder.ChosenStore) ?? throw new InvalidOperationException(
                "SnapshotTasks has no store: call UseSqlite, UsePostgres or UseInMemory in AddSnapshotTasks.")));
        services.TryAddSingleton(provider => provider.GetRequiredService<ITaskStore>() as ICancellationStore ?? throw new InvalidOperationException(
            $"The store keeps no cancellations of many: it has to implement {nameof(ICancellationStore)}."));
        services.TryAddSingleton(provider => (provider.GetKeyedService<ITaskStore>(SnapshotTasksBuilder.ChosenStore) ?? provider.GetRequiredService<ITaskStore>()) as IEventStore
            ?? throw new InvalidOperationException($"The store keeps no events: it has to implement {nameof(IEventStore)}."));
        services.TryAddSingleton(provider => provider.GetRequiredService<IEventStore>() as ISubscriptionStore
            ?? throw new InvalidOperationException($"The store keeps no subscriptions: it has to implement {nameof(ISubscriptionStore)}."));
        services.TryAddSingleton(provider => ObservedTaskStore.QueueOf(provider.GetRequiredService<ITaskStore>()) ?? throw new InvalidOperationException(
            $"The store does not say where tasks stand in its queue: it has to implement {nameof(IQueueStore)}."));
        services.AddHostedService<StoreAtStart>();
        services.TryAddSingleton<StoreProbe>();
        services.TryAddSingleton<QueueProbe>();
        services.AddOptions<SubmissionOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<SubmissionOptions>, SubmissionOptionsValidator>());
        services.TryAddSingleton<ProjectBounds>();
        services.AddOptions<BucketOptions>().ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<BucketOptions>, BucketOptionsValidator>());
        services.TryAddSingleton<IBucketAccess, ConfiguredBuckets>();

        // Stops after every part that is added later, so that what they decide to the last is published.
        services.AddHostedService(provider => provider.GetRequiredService<NotificationPublisher>());
        services.AddHostedService<QueueGauges>();

        // The whole of MediatR's registration, by hand: no assembly is scanned, and a host that has its own keeps it.
        services.TryAddTransient<ServiceFactory>(provider => provider.GetRequiredService);
        services.TryAddTransient<IMediator, Mediator>();

        services.AddUseCase<SubmitSnapshotTask, SubmitOutcome, SubmitSnapshotTaskHandler, SubmitSnapshotTaskValidator>();
        services.AddUseCase<TakeSnapshotNow, TakeSnapshotNowOutcome, TakeSnapshotNowHandler, TakeSnapshotNowValidator>();
        services.AddUseCase<CancelSnapshotTask, CancelOutcome, CancelSnapshotTaskHandler, CancelSnapshotTaskValidator>();
        services.AddUseCase<CancelSnapshotTasks, CancelledTasks?, CancelSnapshotTasksHandler, CancelSnapshotTasksValidator>();
        services.AddUseCase<PrepareCancellation, Cancellation?, CancelSnapshotTasksHandler, PrepareCancellationValidator>();
        services.AddUseCase<CarryOutCancellation, Cancellation?, CancelSnapshotTasksHandler, CarryOutCancellationValidator>();
        services.AddUseCase<FindCancelledTasks, CancelledTasks?, CancelSnapshotTasksHandler, FindCancelledTasksValidator>();
        services.AddUseCase<AbortSnapshotTask, AbortOutcome, AbortSnapshotTaskHandler, AbortSnapshotTaskValidator>();
        services.AddUseCase<RunSnapshotTaskAgain, RunAgainOutcome, RunSnapshotTasksAgainHandler, RunSnapshotTaskAgainValidator>();
        services.AddUseCase<RunSnapshotTasksAgain, RunsAgain, RunSnapshotTasksAgainHandler, RunSnapshotTasksAgainValidator>();
        services.AddUseCase<PauseSnapshotTasks, PauseOutcome, PauseSnapshotTasksHandler, PauseSnapshotTasksValidator>();
        services.AddUseCase<ResumeSnapshotTasks, PauseOutcome, PauseSnapshotTasksHandler, ResumeSnapshotTasksValidator>();
        services.AddUseCase<FindPauses, IReadOnlyList<Pause>, PauseSnapshotTasksHandler, FindPausesValidator>();
        services.AddUseCase<FindSnapshotTasks, IReadOnlyList<SnapshotTask>, FindSnapshotTasksHandler, FindSnapshotTasksValidator>();
        services.AddUseCase<FindQueuePlaces, IReadOnlyList<QueuePlace>, FindQueuePlacesHandler, FindQueuePlacesValidator>();
        services.AddUseCase<FindSnapshotTaskPage, SnapshotTaskPage, FindSnapshotTasksHandler, FindSnapshotTaskPageValidator>();
        services.AddUseCase<FindTaskHistory, IReadOnlyList<RecordedEvent>, FindEventsHandler, FindTaskHistoryValidator>();
        services.AddUseCase<FindEvents, FoundEvents, FindEventsHandler, FindEventsValidator>();
        services.AddUseCase<FindSubscriptions, IReadOnlyList<Subscription>, SubscriptionsHandler, FindSubscriptionsValidator>();
        services.AddUseCase<FindParkedEvents, IReadOnlyList<ParkedEvent>, SubscriptionsHandler, FindParkedEventsValidator>();
        services.AddUseCase<RepeatEvent, SubscriptionOutcome, SubscriptionsHandler, RepeatEventValidator>();
        services.AddUseCase<StopSubscription, SubscriptionOutcome, SubscriptionsHandler, StopSubscriptionValidator>();
        services.AddUseCase<ResumeSubscription, SubscriptionOutcome, SubscriptionsHandler, ResumeSubscriptionValidator>();

        services.AddRetention();
    }

    private static void AddUseCase<TRequest, TAnswer, THandler, TValidator>(this IServiceCollection services)
        where TRequest : IRequest<TAnswer>
        where THandler : class, IRequestHandler<TRequest, TAnswer>
        where TValidator : class, IValidator<TRequest>
    {
        services.TryAddTransient<THandler>();
        services.TryAddSingleton<TValidator>();

        // Replaced, not tried: a host that scans assemblies may have found the handler before, without its validation.
        services.Replace(ServiceDescriptor.Transient<IRequestHandler<TRequest, TAnswer>>(provider => new Validated<TRequest, TAnswer>(
            [provider.GetRequiredService<TValidator>(), .. provider.GetServices<IValidator<TRequest>>()], provider.GetRequiredService<THandler>())));
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
