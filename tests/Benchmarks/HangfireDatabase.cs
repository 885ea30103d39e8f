using Hangfire.PostgreSql;
using Hangfire.PostgreSql.Factories;
using Npgsql;

namespace SnapshotTasks.Benchmarks;

/// <summary>A PostgreSQL database with the schema of Hangfire, which is used as fast as it sensibly can be.</summary>
internal sealed class HangfireDatabase(string connectionString, Func<string, ValueTask> drop) : IRivalDatabase
{
    private const int Fillers = 8;

    /// <summary>Makes the schema.</summary>
    public static void Prepare(string connectionString)
    {
        var factory = ConnectionsTo(connectionString, 1, out var options);
        options.PrepareSchemaIfNecessary = true;
        _ = new PostgreSqlStorage(factory, options);
        NpgsqlConnection.ClearPool(factory.GetOrCreateConnection());
    }

    /// <summary>Submits jobs; what was cancelled before is taken from the queue, as its servers would have done by then.</summary>
    public void Fill(int finished, int queued)
    {
        PostgresDatabases.Run(connectionString, "truncate hangfire.jobqueue");
        var submitting = Connect(Fillers);
        Callers.RunOnThreadsAsync(Fillers, queued, (caller, _) => submitting[caller].SubmitAsync().AsTask().GetAwaiter().GetResult()).GetAwaiter().GetResult();
        foreach (var connection in submitting)
        {
            connection.Dispose();
        }

        Settle();
    }

    public void Settle() => PostgresDatabases.Settle(connectionString);

    public IReadOnlyList<IRival> Connect(int connections, bool blocking = true)
    {
        var factory = ConnectionsTo(connectionString, connections, out var options);

        // Each is held until all are open: then the pool has them.
        var open = Enumerable.Range(0, connections).Select(_ => factory.GetOrCreateConnection()).ToList();
        open.ForEach(connection => connection.Open());
        open.ForEach(connection => connection.Dispose());

        var storage = new PostgreSqlStorage(factory, options);
        return [.. open.Select(_ => new HangfireRival(storage))];
    }

    public async ValueTask DisposeAsync() => await drop(connectionString);

    private static NpgsqlConnectionFactory ConnectionsTo(string connectionString, int connections, out PostgreSqlStorageOptions options)
    {
        options = new PostgreSqlStorageOptions { EnableTransactionScopeEnlistment = false, PrepareSchemaIfNecessary = false };
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Enlist = false,
            MaxPoolSize = connections,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
        };
        return new NpgsqlConnectionFactory(settings.ConnectionString, options);
    }
}
