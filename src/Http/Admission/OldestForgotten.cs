using System.Diagnostics.CodeAnalysis;

namespace SnapshotTasks;

/// <summary>Remembers only so much: what was written longest ago is forgotten first.</summary>
internal sealed class OldestForgotten<TKey, TValue>(int most)
    where TKey : notnull
{
    private readonly Dictionary<TKey, LinkedListNode<KeyValuePair<TKey, TValue>>> byKey = [];
    private readonly LinkedList<KeyValuePair<TKey, TValue>> oldestFirst = [];

    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var found = byKey.TryGetValue(key, out var node);
        value = found ? node!.Value.Value : default;
        return found;
    }

    public void Remove(TKey key)
    {
        if (byKey.Remove(key, out var node))
        {
            oldestFirst.Remove(node);
        }
    }

    public void Set(TKey key, TValue value)
    {
        Remove(key);
        if (byKey.Count == most)
        {
            Remove(oldestFirst.First!.Value.Key);
        }

        byKey.Add(key, oldestFirst.AddLast(new KeyValuePair<TKey, TValue>(key, value)));
    }
}
