using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace SnapshotTasks;

/// <summary>Chooses the PostgreSQL store.</summary>
public static class PostgresRegistration
{
    /// <summary>Keeps tasks in a PostgreSQL database, in the schema <c>snapshot_tasks</c>.</summary>
    public static SnapshotTasksBuilder UsePostgres(this SnapshotTasksBuilder tasks, string connectionString, Action<PostgresOptions>? configure = null) =>
        Use(tasks, () => PostgresConnections.Create(connectionString), ownsSource: true, configure);

    /// <summary>Keeps tasks in the database of a data source, in the schema <c>snapshot_tasks</c>; the store does not close the source.</summary>
    public static SnapshotTasksBuilder UsePostgres(this SnapshotTasksBuilder tasks, NpgsqlDataSource source, Action<PostgresOptions>? configure = null) =>
        Use(tasks, () => source, ownsSource: false, configure);

    private static SnapshotTasksBuilder Use(SnapshotTasksBuilder tasks, Func<NpgsqlDataSource> source, bool ownsSource, Action<PostgresOptions>? configure)
    {
        var options = new PostgresOptions();
        configure?.Invoke(options);
        return tasks.UseStore(provider => new PostgresTaskStore(
            source(), ownsSource, options, provider.GetService<ILogger<PostgresTaskStore>>(), provider.GetService<IMeterFactory>()));
    }
}
