using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace SnapshotTasks;

/// <summary>Adds handlers of events to a host.</summary>
public static class EventHandlerRegistration
{
    /// <summary>The most characters of the name of a handler.</summary>
    public const int MaxNameLength = 80;

    /// <summary>Has a handler told of every event of the store from now on, also of those that happen while no host has it; the store keeps events then.</summary>
    /// <param name="builder">What <c>AddSnapshotTasks</c> configures.</param>
    /// <param name="name">Under which the store keeps how far it has come, 1 to 80 characters: the same in every host and for ever.</param>
    /// <exception cref="ArgumentException">The name is none.</exception>
    /// <exception cref="InvalidOperationException">Another handler has this name.</exception>
    public static SnapshotTasksBuilder AddEventHandler<THandler>(this SnapshotTasksBuilder builder, string name)
        where THandler : class, IEventHandler
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > MaxNameLength || !StoredText.IsPlain(name))
        {
            throw new ArgumentException($"The name of an event handler must be 1 to {MaxNameLength} characters, not all blank, without control characters.", nameof(name));
        }

        var named = new HandlerName($"handler:{name}");
        if (builder.Services.Any(service => named.Equals(service.ImplementationInstance)))
        {
            throw new InvalidOperationException($"There are two event handlers with the name {name}: each needs one of its own.");
        }

        builder.Services.AddSingleton(named);
        builder.Services.TryAddScoped<THandler>();
        builder.Services.AddSingleton<IDelivery>(provider => ActivatorUtilities.CreateInstance<HandlerDelivery<THandler>>(provider, named.Subscription));
        return builder.AddDeliverer();
    }

    /// <summary>Adds what delivers to every registered <see cref="IDelivery"/>.</summary>
    internal static SnapshotTasksBuilder AddDeliverer(this SnapshotTasksBuilder builder)
    {
        if (builder.Services.All(service => service.ServiceType != typeof(Deliverer)))
        {
            builder.Services.TryAddSingleton(TimeProvider.System);
            builder.Services.AddSingleton<DeliveryCounters>();
            builder.Services.AddSingleton<PatientStore>();
            builder.Services.AddSingleton<Deliverer>();
            builder.Services.AddSingleton<IEventDeliveries>(provider => provider.GetRequiredService<Deliverer>());
            builder.Services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Deliverer>());
            builder.Services.AddHostedService<DeliveryGauges>();
        }

        return builder;
    }

    private sealed record HandlerName(string Subscription);
}
