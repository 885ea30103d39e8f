namespace SnapshotTasks.Tests;

public sealed class InMemoryStoreTests() : StoreContract(new InMemoryStoreFactory());

internal sealed class InMemoryStoreFactory : StoreFactory
{
    public override Task<ITaskStore> CreateAsync() => Task.FromResult<ITaskStore>(new InMemoryTaskStore(Time));
}
