using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks;

/// <summary>Delivers events to a handler, each in a scope of its own.</summary>
internal sealed class HandlerDelivery<THandler>(string name, IServiceScopeFactory scopes, ISubscriptionStore store, TimeProvider time) : IDelivery
    where THandler : class, IEventHandler
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public string Name { get; } = name;

    /// <inheritdoc/>
    public bool Wants(RecordedEvent happened) => true;

    /// <inheritdoc/>
    public async Task<DeliveryResult> DeliverAsync(RecordedEvent happened, int attempt, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        await using var delivery = new EventDelivery(happened, attempt, cancel => BeginAsync(EventKey.Of(happened), cancel));
        try
        {
            await scope.ServiceProvider.GetRequiredService<THandler>().HandleAsync(delivery, cancellationToken);
            await delivery.CommitAsync();
        }
        catch (Exception exception) when (!(exception is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            if (!delivery.WasHandled)
            {
                return new(DeliveryEnd.Failed, $"{exception.GetType().Name}: {exception.Message}");
            }
        }

        return new(DeliveryEnd.Delivered);
    }

    // That somebody else holds what this has to write is no failure of the handler's. Nobody leaves while it is asked for: a transaction that came
    // too late would stay open.
    private async Task<DeliveryTransaction?> BeginAsync(EventKey happened, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await store.BeginDeliveryAsync(Name, happened, cancellationToken);
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(Pause, time, cancellationToken);
            }
        }
    }
}
