using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace SnapshotTasks;

/// <summary>Chooses the SQLite store.</summary>
public static class SqliteRegistration
{
    /// <summary>Keeps tasks in one SQLite file; it and its folder are created when they do not exist.</summary>
    public static SnapshotTasksBuilder UseSqlite(this SnapshotTasksBuilder tasks, string path, Action<SqliteOptions>? configure = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var options = new SqliteOptions();
        configure?.Invoke(options);
        return tasks.UseStore(provider => new SqliteTaskStore(
            path, provider.GetService<TimeProvider>(), meters: provider.GetService<IMeterFactory>(), options: options));
    }
}
