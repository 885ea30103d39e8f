using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace SnapshotTasks;

/// <summary>What <c>AddSnapshotTasks</c> configures: <c>Use…</c> chooses the store, <c>Add…</c> adds a part.</summary>
/// <param name="services">The host's services.</param>
public sealed class SnapshotTasksBuilder(IServiceCollection services)
{
    internal const string ChosenStore = "SnapshotTasks";

    /// <summary>The host's services, for the extension methods of stores and parts.</summary>
    public IServiceCollection Services { get; } = services;

    /// <summary>Keeps tasks in this process only: for tests, and for work that may be lost.</summary>
    public SnapshotTasksBuilder UseInMemory() =>
        UseStore(provider => new InMemoryTaskStore(provider.GetService<TimeProvider>() ?? TimeProvider.System));

    /// <summary>Chooses the store; the last choice counts.</summary>
    public SnapshotTasksBuilder UseStore(Func<IServiceProvider, ITaskStore> create)
    {
        // Under a key, because what callers are given watches the store that was chosen.
        Services.Replace(ServiceDescriptor.KeyedSingleton(ChosenStore, (provider, _) => create(provider)));
        Services.TryAddSingleton(provider => provider.GetRequiredKeyedService<ITaskStore>(ChosenStore));
        return this;
    }
}
