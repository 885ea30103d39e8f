namespace SnapshotTasks.Tests;

public sealed class InMemoryStoreTests : StoreContract
{
    public InMemoryStoreTests()
        : base(new InMemoryStoreFactory())
    {
    }

    internal InMemoryStoreTests(StoreFactory broken)
        : base(broken)
    {
    }
}

internal sealed class InMemoryStoreFactory : StoreFactory
{
    public override Task<ITaskStore> CreateAsync() => Task.FromResult<ITaskStore>(new InMemoryTaskStore(Time));
}
