using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace SnapshotTasks;

/// <summary>Adds webhooks to a host.</summary>
public static class WebhookRegistration
{
    /// <summary>Tells the receivers that <paramref name="configure"/> adds what happens; called again, it adds more.</summary>
    public static SnapshotTasksBuilder AddWebhooks(this SnapshotTasksBuilder builder, Action<WebhookOptions> configure)
    {
        // At once: how many receivers there are decides what is registered.
        var added = new WebhookOptions();
        configure(added);

        var services = builder.Services;
        services.AddOptions<WebhookOptions>().Configure(options =>
        {
            AddAll(added.Endpoints, options.Endpoints);
            AddAll(added.AllowPrivateAddresses, options.AllowPrivateAddresses);
        }).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<WebhookOptions>, WebhookOptionsValidator>());
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new WebhookConnections(provider.GetRequiredService<IOptions<WebhookOptions>>()));
        services.TryAddSingleton<WebhookSender>();
        services.TryAddSingleton<WebhookBody>();
        foreach (var endpoint in added.Endpoints)
        {
            services.AddSingleton<IDelivery>(provider => Create(provider, endpoint));
        }

        return added.Endpoints.Count > 0 ? builder.AddDeliverer() : builder;
    }

    /// <summary>
    /// Tells the receivers that <paramref name="configuration"/> names, such as the section <c>Webhooks</c>, what happens;
    /// a name that is no option keeps the host from starting.
    /// </summary>
    /// <exception cref="InvalidOperationException">A name or a value is not understood.</exception>
    public static SnapshotTasksBuilder AddWebhooks(this SnapshotTasksBuilder builder, IConfiguration configuration) => builder.AddWebhooks(options =>
    {
        try
        {
            configuration.Bind(options, binder => binder.ErrorOnUnknownConfiguration = true);
        }
        catch (InvalidOperationException)
        {
            // What is wrong may be a secret in the wrong place.
            throw new InvalidOperationException(
                $"The section Webhooks has a name or a value that is not understood: it has the lists Endpoints ({Names}) and AllowPrivateAddresses.");
        }
    });

    private static string Names => string.Join(", ", typeof(WebhookEndpoint).GetProperties().Select(property => property.Name));

    private static WebhookDelivery Create(IServiceProvider provider, WebhookEndpoint endpoint)
    {
        // Whoever asks first is told what is wrong with all of them.
        _ = provider.GetRequiredService<IOptions<WebhookOptions>>().Value;
        return new(endpoint, provider.GetRequiredService<WebhookBody>(), provider.GetRequiredService<WebhookSender>());
    }

    private static void AddAll<T>(IList<T> from, IList<T> to)
    {
        foreach (var item in from)
        {
            to.Add(item);
        }
    }
}
