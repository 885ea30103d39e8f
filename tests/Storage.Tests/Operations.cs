namespace SnapshotTasks.Tests;

/// <summary>Work for a batch, and what became of it.</summary>
internal static class Operations
{
    public static Deciding<TAnswer> On<TAnswer>(TaskDecision<TAnswer> decision)
        where TAnswer : struct, Enum => new(decision with { Whole = true });

    /// <summary>The answer, which is there once the work was told that it is committed.</summary>
    public static TAnswer Answer<TAnswer>(this StoreOperation<TAnswer> operation) => operation.Answered.GetAwaiter().GetResult();
}
