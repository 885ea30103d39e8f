using System.Net;
using Microsoft.AspNetCore.Connections;

namespace SnapshotTasks;

/// <summary>Listens as others do, and accepts no connection that there is no room for yet.</summary>
/// <remarks>
/// The web server accepts all that wait at once, before anything of ours is asked: as many descriptors as callers can open at a stretch. A
/// process that has none left may end.
/// </remarks>
internal sealed class BoundedListeners(IConnectionListenerFactory listeners, Func<ConnectionBound> bound) : IConnectionListenerFactory
{
    public async ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) =>
        new Listener(await listeners.BindAsync(endpoint, cancellationToken), bound());

    private sealed class Listener(IConnectionListener listener, ConnectionBound bound) : IConnectionListener
    {
        private readonly CancellationTokenSource unbound = new();

        public EndPoint EndPoint => listener.EndPoint;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, unbound.Token);
            try
            {
                await bound.Room.WaitAsync(waiting.Token);
            }
            catch (OperationCanceledException) when (unbound.IsCancellationRequested)
            {
                return null;
            }

            ConnectionContext? accepted = null;
            try
            {
                return accepted = await listener.AcceptAsync(cancellationToken);
            }
            finally
            {
                if (accepted is null)
                {
                    bound.Room.Release();
                }
            }
        }

        public async ValueTask UnbindAsync(CancellationToken cancellationToken = default)
        {
            await unbound.CancelAsync();
            await listener.UnbindAsync(cancellationToken);
        }

        public async ValueTask DisposeAsync()
        {
            await listener.DisposeAsync();
            unbound.Dispose();
        }
    }
}
