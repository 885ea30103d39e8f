using System.Globalization;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace SnapshotTasks;

/// <summary>Bounds the open connections: when there are as many as there may be, the one that has been idle longest makes room.</summary>
/// <remarks>Without it callers who do nothing take the descriptors of the process, which then can neither accept nor open a file.</remarks>
internal sealed class ConnectionBound(long most)
{
    // What else has descriptors: the store, captures and their pipes, the runtime.
    private const int Reserved = 200, MostByDefault = 10_000, Fallback = 1_000;

    // How many may be accepted before those that make room for them are closed.
    private const int Surplus = 16;

    private readonly Lock turn = new();
    private readonly LinkedList<Connection> idleLongestFirst = [];
    private int open;

    /// <summary>The room for connections: a place in it is taken before one is accepted, and given back when it has ended.</summary>
    public SemaphoreSlim Room { get; } = new((int)Math.Min(most, int.MaxValue - Surplus) + Surplus);

    /// <summary>How many connections the limit of descriptors has room for, when nobody says how many there may be.</summary>
    public static long ForDescriptors(string limits = "/proc/self/limits")
    {
        var line = File.Exists(limits) ? File.ReadLines(limits).FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal)) : null;
        var soft = line?.Split(' ', StringSplitOptions.RemoveEmptyEntries).ElementAtOrDefault(3);
        return long.TryParse(soft, CultureInfo.InvariantCulture, out var descriptors)
            ? Math.Clamp((descriptors - Reserved) * 3 / 4, 16, MostByDefault)
            : soft == "unlimited" ? MostByDefault : Fallback;
    }

    /// <summary>Stands before everything that is done on a connection.</summary>
    public async Task OnConnectionAsync(ConnectionContext context, ConnectionDelegate next)
    {
        var connection = new Connection(context);
        context.Items[typeof(Connection)] = connection;
        try
        {
            if (TryOpen(connection))
            {
                await GoOnAsync(connection, next);
            }
            else
            {
                context.Abort();
            }
        }
        finally
        {
            Room.Release();
        }
    }

    /// <summary>Stands before everything that is done for a request, whose connection is busy meanwhile.</summary>
    public async Task OnRequestAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items.TryGetValue(typeof(Connection), out var item) != true || item is not Connection connection)
        {
            await next(context);
            return;
        }

        lock (turn)
        {
            connection.Requests++;
            Leave(connection);
        }

        try
        {
            await next(context);
        }
        finally
        {
            lock (turn)
            {
                if (--connection.Requests == 0 && !connection.IsClosed)
                {
                    idleLongestFirst.AddLast(connection.Place);
                }
            }
        }
    }

    private async Task GoOnAsync(Connection connection, ConnectionDelegate next)
    {
        try
        {
            await next(connection.Context);
        }
        finally
        {
            lock (turn)
            {
                open--;
                connection.IsClosed = true;
                Leave(connection);
            }
        }
    }

    private bool TryOpen(Connection connection)
    {
        Connection? idlest = null;
        lock (turn)
        {
            if (open >= most)
            {
                if (idleLongestFirst.First is not { } first)
                {
                    return false;
                }

                idlest = first.Value;
                idlest.IsClosed = true;
                Leave(idlest);
            }

            open++;
            idleLongestFirst.AddLast(connection.Place);
        }

        idlest?.Context.Abort();
        return true;
    }

    private void Leave(Connection connection)
    {
        if (connection.Place.List is not null)
        {
            idleLongestFirst.Remove(connection.Place);
        }
    }

    private sealed class Connection
    {
        public Connection(ConnectionContext context) => (Context, Place) = (context, new LinkedListNode<Connection>(this));

        public ConnectionContext Context { get; }

        public LinkedListNode<Connection> Place { get; }

        public int Requests { get; set; }

        public bool IsClosed { get; set; }
    }
}
